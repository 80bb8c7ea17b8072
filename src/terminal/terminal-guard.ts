import { constants } from 'node:os'
import process from 'node:process'

/** Why the program must end now. */
export type Ending =
  | { readonly kind: 'signal'; readonly signal: EndingSignal; readonly exitCode: number }
  | { readonly kind: 'error'; readonly error: unknown }

export type EndingSignal = 'SIGTERM' | 'SIGHUP' | 'SIGINT'

const SIGNALS: readonly EndingSignal[] = ['SIGTERM', 'SIGHUP', 'SIGINT']

/**
 * Calls `end` whenever the process is told to end (the terminal's window closed, `kill`) or nobody caught an
 * error. Ink gives the terminal back by itself when it unmounts, so `end` unmounts it, tidies up, prints what
 * there is to say and exits: without this, Node prints a stack onto the alternate screen, where it is lost,
 * and a signal ends the program in the middle of its work. `end` is called for a second signal as well; that
 * one should not wait for anything.
 * @returns what takes all listeners away again
 */
export function whenEnding(end: (ending: Ending) => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    const known = SIGNALS.find(each => each === signal)
    // A shell's exit code for a program that a signal ended is 128 and the signal's number.
    if (known !== undefined) end({ kind: 'signal', signal: known, exitCode: 128 + constants.signals[known] })
  }
  const onError = (error: unknown): void => end({ kind: 'error', error })
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}
