import type { Knock } from '../postgres/knock.ts'
import type { Door } from './apply.ts'

/** What a knock means for the proof: only a door that asks for the password lets it be proved. */
export function doorOf(knock: Knock): Door {
  switch (knock.door) {
    case 'open':
      return { open: true }
    case 'closed':
      return {
        open: false,
        problem: { code: 'no-hba-line', message: knock.message },
        hbaLine: knock.hbaLine,
      }
    case 'trusted':
      return {
        open: false,
        problem: {
          code: 'trusted',
          message:
            'pg_hba.conf trusts everybody who comes from here: a login proves nothing about the password.',
          next: 'Have the line ask for scram-sha-256.',
        },
        hbaLine: null,
      }
    case 'unknown':
      return { open: false, problem: knock.problem, hbaLine: null }
  }
}
