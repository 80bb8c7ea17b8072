import { usePaste } from 'ink'

/**
 * Keeps the terminal in raw mode with bracketed paste on while the component is mounted; use it once, in the
 * root component. The keys themselves go to `KeyStdin.onKey`, not through React. Ink owns both modes and
 * takes them back when it unmounts.
 */
export function useRawInput(): void {
  usePaste(ignore)
}

function ignore(): void {}
