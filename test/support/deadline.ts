/**
 * Of a transaction in a test, in milliseconds, where the deadline is not what is tested: long, since the default of
 * two seconds is passed now and then on a busy machine.
 */
export const ampleDeadline = 60_000
