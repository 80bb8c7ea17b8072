import type { EngineEvent } from '../../engine/events.ts'
import { phaseWords } from '../../engine/report/phases.ts'
import type { Progress } from '../state.ts'

/** How far the engine is, for one row; null where an event says nothing of it. */
export function progressOf(event: EngineEvent): Progress | null {
  if (event.kind === 'retry') return null
  if (event.kind === 'aws-change') return { label: event.title, done: 0, total: 0 }
  if (event.kind === 'aws-waiting') return { label: `${event.title}: ${event.because}`, done: 0, total: 0 }
  const words = phaseWords[event.phase].doing
  const label = event.database === null ? words : `${words}: ${event.database}`
  return event.kind === 'phase'
    ? { label, done: 0, total: 0 }
    : { label, done: event.done, total: event.total }
}
