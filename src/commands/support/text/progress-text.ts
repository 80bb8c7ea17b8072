import type { EngineEvent, Phase } from '../../../engine/events.ts'
import { printable, printableName } from '../../../model/identifier.ts'

const phases: Readonly<Record<Phase, string>> = {
  knock: 'Asking whether the new login will be let in from here',
  secret: 'Storing the password and reading it back',
  roles: 'Making the roles, not able to log in yet',
  database: 'Granting',
  probe: 'Trying what the login reaches',
  login: 'Opening the login',
  proof: 'Proving what the new login reaches',
  door: 'Letting the tool in at the door: pg_hba.conf',
  end: 'Setting how long the login is valid',
  undo: 'Undoing what was changed',
}

/**
 * One line for an event, or null where it is not worth one: of the counts within a part only the last is told,
 * since a log keeps every line.
 */
export function progressText(event: EngineEvent): string | null {
  switch (event.kind) {
    case 'phase':
      return `  ${phases[event.phase]}${event.database === null ? '' : ` (${printableName(event.database)})`}`
    case 'progress':
      return event.done < event.total ? null : `    ${event.done} of ${event.total}`
    case 'aws-change':
      return `  ${printable(event.title)}`
    case 'aws-waiting':
      return `    Waiting: ${printable(event.because)}`
    case 'retry':
      return `    Another session was in the way, trying again (${event.attempt} of ${event.of - 1}): ${printable(event.problem.message)}`
  }
}
