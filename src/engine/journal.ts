import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Answers, SecretStoreKind } from '../model/answers.ts'
import type { HbaDone } from '../model/hba/change.ts'
import type { ListenDone } from '../model/listen/change.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { redactedJson, redactedJsonSliced } from '../model/redact.ts'
import type { Plan } from '../plan/plan.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { ServerIdentity } from './server-identity.ts'
import { type ProcessName, stillRuns, thisProcess } from './this-process.ts'

/** The first line of a journal: all that a later start has to know. */
export interface JournalBegin {
  readonly entry: 'begin'
  readonly version: 1
  readonly attempt: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly process: ProcessName
  readonly server: ServerIdentity
  readonly planHash: string
  readonly plan: Plan
  readonly answers: Answers
  readonly relationsPerStep: number
  /** The comments of the plan's roles as they were; null for none, and for roles that were not there. */
  readonly comments: Readonly<Record<string, string | null>>
}

/** One line of a journal, written before or after what it speaks of. */
export type JournalEntry =
  | JournalBegin
  | { readonly entry: 'resumed'; readonly at: string; readonly process: ProcessName }
  | {
      readonly entry: 'secret'
      readonly state: 'saving' | 'saved'
      readonly store: SecretStoreKind
      readonly place: string
      /** Whether the store had one for this login; then the new one is kept beside it until the end. */
      readonly existed: boolean
    }
  | {
      readonly entry: 'login-before'
      readonly canLogin: boolean
      readonly validUntil: string | null
      /** Whether the password in the store was the one in force; null where that could not be told. */
      readonly storedInForce: boolean | null
    }
  | {
      readonly entry: 'step'
      readonly step: number
      readonly state: 'intended' | 'committing' | 'committed' | 'undoing' | 'undone' | 'undo-failed'
      /** The transaction's number, before its COMMIT is sent. */
      readonly xid?: string
    }
  | {
      /** A change in AWS: `flag` and `changes` of the plan's AWS part, counted through from 0. */
      readonly entry: 'aws'
      readonly change: number
      /** `answered`: AWS said that it did it, and it is not yet seen. `refused`: nothing of it was made. */
      readonly state: 'intended' | 'answered' | 'refused' | 'done' | 'undoing' | 'undone' | 'undo-failed'
      /** Of what was made; for a policy's new version, its id too. */
      readonly arn?: string
      readonly versionId?: string
      /** The id of the access key that was made. */
      readonly keyId?: string
    }
  | {
      /** pg_hba.conf: `writing` from the moment on in which a backup of it is there. */
      readonly entry: 'hba'
      readonly state: 'writing' | 'written' | 'undoing' | 'undone' | 'undo-failed'
      readonly done: HbaDone
    }
  | {
      /** listen_addresses: `setting` from before ALTER SYSTEM on. */
      readonly entry: 'listen'
      readonly state: 'setting' | 'set' | 'undoing' | 'undone' | 'undo-failed'
      readonly done: ListenDone
    }
  | { readonly entry: 'left'; readonly left: readonly string[] }

/** Where a run says what it is about to do, and what it has done, so that it outlives the program. */
export interface Journal {
  readonly path: string
  /** The line is on the disk when this returns. @throws ProblemError `journal-not-written` */
  write(entry: JournalEntry): void
  /** As write, for what must go on all the same. */
  note(entry: JournalEntry): void
  /** Takes the file away: the run has come to its end. Never throws. */
  remove(): void
}

/** For a run that keeps no journal. */
export const noJournal: Journal = {
  path: '',
  write: () => {},
  note: () => {},
  remove: () => {},
}

/**
 * Makes the journal of a run: a file for its owner alone in a folder for its owner alone.
 * @throws ProblemError `journal-not-written`, with what to do
 */
export async function createJournal(
  folder: string,
  begin: Omit<JournalBegin, 'entry' | 'version' | 'process'>,
): Promise<Journal> {
  const path = join(folder, `journal-${begin.attempt}.jsonl`)
  // The plan of many tables is megabytes: neither writing it as JSON nor the disk is waited for in one go.
  const entry: JournalBegin = { entry: 'begin', version: 1, process: thisProcess(), ...begin }
  const line = Buffer.from(`${await inSlices(redactedJsonSliced(entry))}\n`)
  const { file, journal } = journalAt(path, 'ax')
  try {
    for (let at = 0; at < line.length; ) at += (await promisify(write)(file, line, at)).bytesWritten
    await promisify(fsync)(file)
  } catch (thrown) {
    throw new ProblemError(notWritten(path, problemOf(thrown)), { cause: thrown })
  }
  return journal
}

/** Goes on with the journal of a run that was broken off; from now on it is this process's. @throws ProblemError */
export function reopenJournal(path: string): Journal {
  const { journal } = journalAt(path, 'a')
  journal.write({ entry: 'resumed', at: new Date().toISOString(), process: thisProcess() })
  return journal
}

function journalAt(path: string, flag: 'ax' | 'a'): { readonly file: number; readonly journal: Journal } {
  const folder = dirname(path)
  const file = attempt(path, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const opened = openSync(path, flag, 0o600)
    syncFolder(folder)
    return opened
  })
  let open = true
  const writeEntry = (entry: JournalEntry) =>
    attempt(path, () => {
      // What a torn line before it has left does not spoil this one.
      const line = Buffer.from(`${flag === 'a' ? '\n' : ''}${redactedJson(entry)}\n`)
      for (let at = 0; at < line.length; ) at += writeSync(file, line, at)
      if (needsFlush(entry)) fsyncSync(file)
    })
  const journal: Journal = {
    path,
    write: writeEntry,
    note: entry => {
      try {
        writeEntry(entry)
      } catch {
        // What is being done now must be done to its end, told or not.
      }
    },
    remove: () => {
      try {
        if (open) closeSync(file)
        open = false
        unlinkSync(path)
        syncFolder(folder)
      } catch {
        // Left behind, it is told at the next start as finished or undone, which the server confirms.
      }
    },
  }
  return { file, journal }
}

/** A step that is intended is nothing yet: what it becomes is flushed before its COMMIT, and this line with it. */
function needsFlush(entry: JournalEntry): boolean {
  return entry.entry !== 'step' || entry.state !== 'intended'
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof ProblemError) throw thrown
    throw new ProblemError(notWritten(path, problemOf(thrown)), { cause: thrown })
  }
}

function notWritten(path: string, { message }: Problem): Problem {
  return {
    code: 'journal-not-written',
    message: `The journal ${path} could not be written (${message}); without it nobody could say after a breakdown what was done.`,
    next: `Make room there, or make ${dirname(path)} writable, or set XDG_STATE_HOME to another folder.`,
  }
}

/** Whether only we can have written the file. @throws where it cannot be looked at */
export function isOursAlone(path: string): boolean {
  const { mode, uid } = statSync(path)
  return process.platform === 'win32' || ((mode & 0o022) === 0 && uid === process.geteuid?.())
}

/** So that a new name, or one that is gone, survives a power failure; not every system can flush a folder. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } catch {
    // The lines themselves are flushed.
  } finally {
    closeSync(handle)
  }
}

/** A journal that was left behind. */
export interface LeftJournal {
  readonly path: string
  readonly begin: JournalBegin
  /** All lines after the first. */
  readonly entries: readonly Exclude<JournalEntry, JournalBegin>[]
}

/**
 * The journals of runs that did not come to their end, oldest first; without those that still run, and without
 * what is not ours alone to write. A last line that was torn is passed over.
 */
export function leftJournals(folder: string): readonly LeftJournal[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => /^journal-[0-9a-f]+\.jsonl$/.test(name))
    .flatMap(name => readJournal(join(folder, name)) ?? [])
    .filter(left => stillRuns(lastProcess(left)) !== true)
    .toSorted((a, b) => (a.begin.at < b.begin.at ? -1 : 1))
}

/** The process that wrote last. */
export function lastProcess({ begin, entries }: LeftJournal): ProcessName {
  return entries.findLast(entry => entry.entry === 'resumed')?.process ?? begin.process
}

/** Reads one journal; null where the file is no whole beginning of one, or others could have written it. */
export function readJournal(path: string): LeftJournal | null {
  try {
    if (!isOursAlone(path)) return null
    const [begin, ...entries] = readFileSync(path, 'utf8').split('\n').flatMap(entryOf)
    if (begin?.entry !== 'begin' || begin.version !== 1) return null
    return { path, begin, entries: entries.filter(entry => entry.entry !== 'begin') }
  } catch {
    return null
  }
}

function entryOf(line: string): JournalEntry[] {
  try {
    const entry: unknown = JSON.parse(line)
    return isEntry(entry) ? [entry] : []
  } catch {
    return []
  }
}

function isEntry(value: unknown): value is JournalEntry {
  return typeof value === 'object' && value !== null && 'entry' in value
}
