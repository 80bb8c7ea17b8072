import type { EngineEvent, Phase } from '../../engine/events.ts'
import type { Progress } from '../state.ts'

const phaseWords: Readonly<Record<Phase, string>> = {
  knock: 'asking whether the login would be let in',
  secret: 'storing the password',
  roles: 'making the roles',
  database: 'granting',
  probe: 'trying what the login reaches',
  login: 'opening the login',
  proof: 'logging in as the new user',
  door: 'letting the tool in: pg_hba.conf',
  end: 'setting how long it is valid',
  undo: 'taking everything back',
}

/** How far the engine is, for one row; null where an event says nothing of it. */
export function progressOf(event: EngineEvent): Progress | null {
  if (event.kind === 'retry') return null
  if (event.kind === 'aws-change') return { label: event.title, done: 0, total: 0 }
  if (event.kind === 'aws-waiting') return { label: `${event.title}: ${event.because}`, done: 0, total: 0 }
  const words = phaseWords[event.phase]
  const label = event.database === null ? words : `${words}: ${event.database}`
  return event.kind === 'phase'
    ? { label, done: 0, total: 0 }
    : { label, done: event.done, total: event.total }
}
