import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'

/** Milliseconds between two looks. */
const pause = 100

/**
 * Waits until the transaction of a backend that was lost is over. How it ended is not asked here: after a crash
 * the number is given again, and the answer would be about somebody else's.
 * @throws ProblemError `still-in-progress` when the patience (milliseconds) is over
 */
export async function awaitTransaction(session: Session, xid: string, patience: number): Promise<void> {
  for (let waited = 0; await inProgress(session, xid); waited += pause) {
    if (waited >= patience) throw new ProblemError(stillInProgress)
    await sleep(pause)
  }
}

async function inProgress(session: Session, xid: string): Promise<boolean> {
  try {
    const [row] = await session.query<{ status: string | null }>(
      'SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8) AS status',
      [xid],
    )
    return row?.status === 'in progress'
  } catch (thrown) {
    // "transaction ID is in the future": a crash took it along.
    if (problemOf(thrown).sqlstate === '22023') return false
    throw thrown
  }
}

const stillInProgress = {
  code: 'still-in-progress',
  message: 'The server is still busy with a transaction whose connection was lost.',
  next: 'Wait until it has ended (pg_stat_activity shows it), then try again.',
} as const
