/** Why the program must end now. */
export type Ending =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly exitCode: number }
  | { readonly kind: 'error'; readonly error: unknown }

/**
 * Calls `end` once when the process is told to end (SIGTERM, SIGHUP, SIGINT) or an error was caught by nobody.
 * Returns what stops it.
 */
export function whenEnding(_end: (ending: Ending) => void): () => void {
  return () => {}
}
