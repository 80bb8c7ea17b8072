import { shellQuote } from '../model/shell-quote.ts'

/** The command line that takes back what a receipt says, to be typed or copied. */
export function undoCommand(receipt: string): string {
  return `pg-usher undo --receipt ${shellQuote(receipt)}`
}
