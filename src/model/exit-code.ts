/**
 * What the process says when it ends: one table for every command (README quotes it).
 * 130 is the shell's convention for "ended by SIGINT" (128 + 2).
 */
export const exitCodes = {
  done: 0,
  failedUnchanged: 1,
  badUsage: 2,
  failedChanged: 3,
  drift: 4,
  doneUnproved: 5,
  cancelled: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit code of each way in which a run on a server ends: an apply, a rotation. */
export const outcomeExitCodes = {
  done: exitCodes.done,
  'done-unproved': exitCodes.doneUnproved,
  'failed-unchanged': exitCodes.failedUnchanged,
  'failed-changed': exitCodes.failedChanged,
  cancelled: exitCodes.cancelled,
} as const satisfies Record<string, ExitCode>
