import { dirname } from 'node:path'
import { defaultDeadline } from '../model/deadline.ts'
import { problemOf } from '../model/problem.ts'
import type { OpenSession } from '../postgres/session.ts'
import { keptSecret } from '../secrets/save-undoably.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import { defaultPatience } from './apply.ts'
import type { AwsWork } from './aws/aws-work.ts'
import { madeInJournal } from './aws/made-in-journal.ts'
import { notLookedAt, undoAwsChanges } from './aws/undo-aws-changes.ts'
import { readGranted } from './direct-grants.ts'
import type { OnEngineEvent } from './events.ts'
import { withFormerPassword } from './former-password.ts'
import { doorInJournal, undoHba } from './hba/apply-hba.ts'
import { type Journal, type LeftJournal, leftJournals, reopenJournal } from './journal.ts'
import { removeLedgerEntry, writeLedgerEntry } from './ledger-file.ts'
import { listenInJournal, undoListen } from './listen/apply-listen.ts'
import type { LoginBefore } from './login-before.ts'
import type { Left } from './outcome.ts'
import { isSameServer, type ServerIdentity } from './server-identity.ts'
import { settleSecret } from './settle-secret.ts'
import type { Standing } from './standing.ts'
import { undoCommitted } from './undo-committed.ts'

/** The runs on this server that were broken off, oldest first. */
export function brokenOff(folder: string, server: ServerIdentity): readonly LeftJournal[] {
  return leftJournals(folder).filter(({ begin }) => isSameServer(begin.server, server))
}

/** What is left of a run that was taken back. */
export interface TakenBack extends Left {
  /** What stays by intent, in words. */
  readonly notes: readonly string[]
  /** What to ask of the cloud team, where AWS denied something; lines. */
  readonly request: string | null
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
    /** For what the run has made in AWS. */
    readonly aws?: AwsWork | undefined
    readonly onEvent?: OnEngineEvent | undefined
    readonly deadline?: number | undefined
    readonly patience?: number | undefined
  },
): Promise<TakenBack> {
  const { marks, committed, secret } = standing
  const { open, store, entry, onEvent } = request
  let journal: Journal
  let loginBefore: LoginBefore | null
  try {
    loginBefore = await withFormerPassword(standing, store, entry)
    journal = reopenJournal(standing.journal.path)
  } catch (thrown) {
    return { left: [problemOf(thrown).message], undo: [], notes: [], request: null }
  }
  const door = doorInJournal(standing.journal)
  const { database } = standing.journal.begin.plan.server
  const listen = listenInJournal(standing.journal)
  const work = { open, journal, database }
  const unset = listen === null ? [] : await undoListen(listen, work)
  const closed = door === null ? { left: [], stays: [] } : await undoHba(door, work)
  const atDoor = [...unset, ...closed.left]
  const { left, undo, password } = await undoCommitted(
    {
      open,
      deadline: request.deadline ?? defaultDeadline,
      patience: request.patience ?? defaultPatience,
      onEvent,
      plan: standing.journal.begin.plan,
      run: { marks, journal },
    },
    committed,
    loginBefore,
  )
  const inAws = madeInJournal(standing.journal)
  const aws =
    request.aws === undefined
      ? notLookedAt(inAws)
      : await undoAwsChanges(request.aws, inAws, journal, { onEvent })
  // The flag stays, as it does after every undo: that is no failure.
  const notes = [...closed.stays, ...(aws.undone ? aws.left : [])]
  const things = [...atDoor, ...(aws.undone ? [] : aws.left), ...left]
  removeLedgerEntry(dirname(journal.path), marks.attempt)
  const kept = secret === null ? null : keptSecret(store, entry, { replaces: secret.existed })
  const unsettled = await settleSecret(kept, password, store.place)
  things.push(...unsettled)
  if (
    undo.length === 0 &&
    atDoor.length === 0 &&
    aws.undone &&
    unsettled.length === 0 &&
    password !== 'unknown'
  )
    journal.remove()
  else journal.note({ entry: 'left', left: things })
  return { left: things, undo, notes, request: aws.request }
}

/**
 * Throws the journal of a run away that a later one has overtaken. What it granted is noted as granted by a run of
 * ours, so that a later plan may take away what the later run did not choose.
 */
export async function setAside({ journal, marks }: Standing, open: OpenSession): Promise<void> {
  const { plan, at, server } = journal.begin
  const granted = await readGranted(open, plan, null).catch(() => null)
  const run = { grantee: plan.grantee, units: [], granted }
  await writeLedgerEntry(dirname(journal.path), {
    version: 1,
    attempt: marks.attempt,
    finishedAt: at,
    server,
    run,
  })
  forget(journal)
}

/** Throws a journal away whose run has left nothing. */
export function forget({ path }: LeftJournal): void {
  reopenJournal(path).remove()
}
