import { shellQuote } from '../model/shell-quote.ts'

/** The command line that compares on a later day, to be typed or copied. `FILE` where the answers have none yet. */
export function verifyCommand(answers: string | null): string {
  return `pg-usher verify --answers ${answers === null ? 'FILE' : shellQuote(answers)}`
}
