import { printable } from '../model/identifier.ts'

/** What a server or a library said, as one sentence that a terminal can show. */
export function sentence(text: string): string {
  const trimmed = printable(text.trim())
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(capital) || capital === '' ? capital : `${capital}.`
}
