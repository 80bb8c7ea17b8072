import { resolve } from 'node:path'
import { shellQuote } from '../../model/shell-quote.ts'
import type { RotateOptions } from './command-line.ts'

/** The command line that does this rotation again, from any folder. */
export function rotateCommand({ answers, finish }: Pick<RotateOptions, 'answers' | 'finish'>): string {
  const file = answers === '-' ? 'FILE' : shellQuote(resolve(answers))
  return `pg-usher rotate --answers ${file}${finish === undefined ? '' : ` --no-gap --finish ${shellQuote(finish)}`}`
}
