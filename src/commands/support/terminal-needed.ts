import type { Problem } from '../../model/problem.ts'
import type { CommandIo } from './command-io.ts'

const wayWithout = [
  'Without one: pg-usher plan --answers FILE shows what would be done,',
  'pg-usher apply --answers FILE --yes does it,',
  'pg-usher demo --yes shows both on a server of its own.',
].join('\n')

/** Why the wizard cannot be shown here, with the way that needs no terminal; null where it can. */
export function terminalNeeded(io: Pick<CommandIo, 'stdin' | 'stdout' | 'env'>): Problem | null {
  const missing = !io.stdin.isTTY ? 'standard input' : !io.stdout.isTTY ? 'standard output' : null
  if (missing !== null) {
    return {
      code: 'no-terminal',
      message: `The wizard needs a terminal, and ${missing} is none.`,
      next: wayWithout,
    }
  }
  // An empty TERM and `unknown` are what cron, init scripts and some serial lines give.
  const term = io.env['TERM'] ?? ''
  if (term === '' || term === 'dumb' || term === 'unknown') {
    return {
      code: 'dumb-terminal',
      message: `The wizard needs a terminal that can move its cursor; TERM is ${term === '' ? 'not set' : `"${term}"`}.`,
      next: wayWithout,
    }
  }
  return null
}
