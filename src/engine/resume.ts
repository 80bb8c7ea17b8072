import { dirname } from 'node:path'
import { problemOf } from '../model/problem.ts'
import type { OpenSession } from '../postgres/session.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import { defaultPatience } from './apply.ts'
import type { OnEngineEvent } from './events.ts'
import { type LeftJournal, leftJournals, reopenJournal } from './journal.ts'
import { removeLedgerEntry } from './ledger-file.ts'
import type { Left } from './outcome.ts'
import { isSameServer, type ServerIdentity } from './server-identity.ts'
import type { Standing } from './standing.ts'
import { defaultDeadline } from './transaction.ts'
import { undoCommitted } from './undo-committed.ts'

/** The runs on this server that were broken off, oldest first. */
export function brokenOff(folder: string, server: ServerIdentity): readonly LeftJournal[] {
  return leftJournals(folder).filter(({ begin }) => isSameServer(begin.server, server))
}

/**
 * Takes back what a run that was broken off has left, last first; its journal goes when nothing is left of it.
 * Never throws: what cannot be taken back is named, and its journal stays.
 */
export async function undoStanding(
  standing: Standing,
  request: {
    readonly open: OpenSession
    readonly store: SecretStore
    readonly entry: SecretEntry
    readonly onEvent?: OnEngineEvent | undefined
    readonly deadline?: number | undefined
    readonly patience?: number | undefined
  },
): Promise<Left> {
  const { marks, committed, loginBefore, secret } = standing
  const { open, store, entry, onEvent } = request
  let journal: ReturnType<typeof reopenJournal>
  try {
    journal = reopenJournal(standing.journal.path)
  } catch (thrown) {
    return { left: [problemOf(thrown).message], undo: [] }
  }
  const { left, undo, passwordReplaced } = await undoCommitted(
    {
      open,
      deadline: request.deadline ?? defaultDeadline,
      patience: request.patience ?? defaultPatience,
      onEvent,
      run: { marks, journal },
    },
    committed,
    loginBefore,
  )
  const things = [...left]
  removeLedgerEntry(dirname(journal.path), marks.attempt)
  if (secret?.existed === false && !passwordReplaced) {
    await store.remove(entry).catch(thrown => {
      things.push(`The new password in ${store.place} (not removed: ${problemOf(thrown).message})`)
    })
  }
  if (things.length === 0) journal.remove()
  else journal.note({ entry: 'left', left: things })
  // To be known, and nothing that another start could mend.
  if (secret?.existed === true && !passwordReplaced) {
    things.push(
      `The password in ${store.place}: the run may have put a new one there, in place of the one that ${entry.user} has. Put the right one back, or run pg-usher again for a new one.`,
    )
  }
  return { left: things, undo }
}

/** Throws a journal away whose run has left nothing. */
export function forget({ path }: LeftJournal): void {
  reopenJournal(path).remove()
}
