import type { Unproved } from '../../../engine/outcome.ts'
import { printable, printableName } from '../../../model/identifier.ts'
import { paragraph } from './layout.ts'

/** Why the login could not be tried in a database, and the line of pg_hba.conf that is missing for it. */
export function unprovedText({ database, problem, hbaLine }: Unproved): string[] {
  return [
    ...paragraph(`${printableName(database)}: login: not provable from here. ${problem.message}`, '  '),
    ...(hbaLine === null
      ? []
      : ['    The line of pg_hba.conf that would let this machine in:', `      ${printable(hbaLine)}`]),
  ]
}
