import type { Environment } from './capabilities.ts'

/** The sequence that puts a text into the clipboard of the person's own terminal, also over SSH; null when too long. */
export function osc52(_text: string, _env: Environment): string | null {
  return null
}
