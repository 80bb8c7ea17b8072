/** How long a transaction of ours may last, in milliseconds, where nobody says otherwise. */
export const defaultDeadline = 2000

/** How long a person may allow, in seconds: all that an apply locks stays locked for so long, and others wait. */
export const deadlineBounds = { least: 1, most: 60 } as const
