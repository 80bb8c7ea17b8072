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
