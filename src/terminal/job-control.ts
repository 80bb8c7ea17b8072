import process from 'node:process'

/** What gives the terminal back for a while, and takes it again. */
export interface TerminalHolder {
  /** Leaves the terminal as it was before the program. */
  release(): void
  /** Takes the terminal again and paints all of it. */
  take(): void
  /** What must come first where the program itself stops, such as hiding something; nothing where there is none. */
  prepare?(): Promise<void> | undefined
}

export interface JobControl {
  /** Ctrl-Z: gives the terminal back and stops the program and what was started with it, until `fg`. */
  suspend(): void
  close(): void
}

/**
 * A stop that the system does not carry out, because no shell would ever continue the program (POSIX,
 * "Orphaned Process Group"), is waited for so long, in milliseconds.
 */
const stopPatience = 200

/**
 * Stops the program as a shell's job and comes back from it. A program that was stopped from outside, without
 * a chance to give the terminal back, takes it anew when it is continued too.
 */
export function jobControl(holder: TerminalHolder): JobControl {
  let stopping: NodeJS.Timeout | undefined
  let released = false
  let preparing = false
  let closed = false

  const onContinue = (): void => {
    clearTimeout(stopping)
    // Of a stop from outside nobody knew; raw mode was taken by the shell, and is off and on again.
    if (!released) holder.release()
    released = false
    holder.take()
  }

  const suspend = (): void => {
    // Windows has no jobs.
    if (released || preparing || process.platform === 'win32') return
    const prepared = holder.prepare?.()
    if (prepared === undefined) {
      stop()
      return
    }
    preparing = true
    void prepared.finally(() => {
      preparing = false
      if (!closed) stop()
    })
  }

  const stop = (): void => {
    holder.release()
    released = true
    process.off('SIGTSTP', suspend)
    // All of the job: npm or a shell script that started the program would go on without it.
    process.kill(0, 'SIGTSTP')
    stopping = setTimeout(onContinue, stopPatience)
    process.on('SIGTSTP', suspend)
  }

  process.on('SIGTSTP', suspend)
  process.on('SIGCONT', onContinue)
  return {
    suspend,
    close: () => {
      closed = true
      clearTimeout(stopping)
      process.off('SIGTSTP', suspend)
      process.off('SIGCONT', onContinue)
    },
  }
}
