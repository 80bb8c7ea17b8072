import { type ListenChange, type ListenDone, listenStatement, listenUndo } from '../../model/listen/change.ts'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import { listenBySystem } from '../../postgres/listen-queries.ts'
import type { OpenSession, Session } from '../../postgres/session.ts'
import type { Journal, LeftJournal } from '../journal.ts'
import { withSession } from '../with-session.ts'

/** What it takes to set where the server listens. */
export interface ListenWork {
  readonly open: OpenSession
  readonly journal: Journal
  readonly database: string
  /** Told what has to be taken back should anything fail from now on. */
  readonly onListen: (done: ListenDone | null) => void
}

/**
 * Sets listen_addresses by ALTER SYSTEM and sees that the file has it; the running server goes on as it is. A run
 * that is gone on with finds it set already.
 * @throws ProblemError `listen-changed` where somebody else has set it since the plan was made
 */
export async function applyListen(
  { value, former }: ListenChange,
  { open, journal, database, onListen }: ListenWork,
): Promise<void> {
  const done = { value, former }
  await withSession(open, { database }, async session => {
    const now = await listenBySystem(session)
    if (now !== value) {
      if (now !== former) throw new ProblemError(changedSince(now))
      journal.write({ entry: 'listen', state: 'setting', done })
      onListen(done)
      await session.query(listenStatement(value))
    }
    await mustBe(session, value)
  })
  journal.write({ entry: 'listen', state: 'set', done })
  onListen(done)
}

/** Puts back what it was; what somebody else has set since is left as it is. Gives what is left, in words. */
export async function undoListen(
  done: ListenDone,
  { open, journal, database }: Omit<ListenWork, 'onListen'>,
): Promise<readonly string[]> {
  journal.note({ entry: 'listen', state: 'undoing', done })
  try {
    await resetListen(done, { open, database })
    journal.note({ entry: 'listen', state: 'undone', done })
    return []
  } catch (thrown) {
    journal.note({ entry: 'listen', state: 'undo-failed', done })
    return [
      `listen_addresses, set by ALTER SYSTEM (not taken back: ${problemOf(thrown).message}). To be run: ${listenUndo(done)};`,
    ]
  }
}

/** The same without a journal. @throws ProblemError */
export async function resetListen(
  done: ListenDone,
  { open, database }: Pick<ListenWork, 'open' | 'database'>,
): Promise<void> {
  await withSession(open, { database }, async session => {
    if ((await listenBySystem(session)) !== done.value) return
    await session.query(listenUndo(done))
    await mustBe(session, done.former)
  })
}

/** Whether it is set as the run has set it. */
export async function isListenSet(
  done: ListenDone,
  { open, database }: Pick<ListenWork, 'open' | 'database'>,
): Promise<boolean> {
  const now = await withSession(open, { database }, listenBySystem)
  return now === done.value
}

/** What a journal says of a listen_addresses that a run has set, or was about to; null where none is. */
export function listenInJournal({ entries }: Pick<LeftJournal, 'entries'>): ListenDone | null {
  const last = entries.findLast(entry => entry.entry === 'listen')
  return last === undefined || last.state === 'undone' ? null : last.done
}

async function mustBe(session: Session, value: string | null): Promise<void> {
  const now = await listenBySystem(session)
  if (now === value) return
  throw new ProblemError({
    code: 'listen-without-effect',
    message: `ALTER SYSTEM was done, and postgresql.auto.conf has ${inWords(now)} for listen_addresses.`,
    next: 'Look at postgresql.auto.conf before the server is restarted.',
  })
}

function changedSince(now: string | null): Problem {
  return {
    code: 'listen-changed',
    message: `Somebody else has changed listen_addresses since the plan was made: by ALTER SYSTEM it is ${inWords(now)} now.`,
    next: 'Make the plan again: it then begins with what is there.',
  }
}

function inWords(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`
}
