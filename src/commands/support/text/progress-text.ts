import type { EngineEvent } from '../../../engine/events.ts'
import { phaseWords } from '../../../engine/report/phases.ts'
import { printable, printableName } from '../../../model/identifier.ts'

/**
 * One line for an event, or null where it is not worth one: of the counts within a part only the last is told,
 * since a log keeps every line.
 */
export function progressText(event: EngineEvent): string | null {
  switch (event.kind) {
    case 'phase':
      return `  ${capitalised(phaseWords[event.phase].doing)}${event.database === null ? '' : ` (${printableName(event.database)})`}`
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

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
