import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { problemOf } from '../model/problem.ts'
import { redactedJson } from '../model/redact.ts'
import { isOursAlone, syncFolder } from './journal.ts'
import { isSameServer, type ServerIdentity } from './server-identity.ts'
import { type ProcessName, stillRuns, thisProcess } from './this-process.ts'

/** What is noted of an undo or a rotation while it is under way. Both are ended by running them again. */
export interface UnderWay {
  readonly kind: 'undo' | 'rotation'
  readonly server: ServerIdentity
  readonly login: string
  /** The command line that ends it. */
  readonly command: string
}

interface Noted extends UnderWay {
  readonly version: 1
  /** ISO 8601, UTC. */
  readonly at: string
  readonly process: ProcessName
}

/** One that was broken off. */
export interface LeftUnderWay extends Noted {
  readonly path: string
}

/** The note of what is under way. */
export interface UnderWayNote {
  /** It has come to its end: earlier ones of the same kind, which were broken off, have too. Never throws. */
  done(): void
  /** It has changed nothing. Never throws. */
  stopped(): void
}

/**
 * Notes that it begins, in a file for its owner alone and without a secret, on the disk when this returns. What is
 * not ended leaves the note behind.
 * @returns why it could not be noted, where it could not: it may go on all the same
 */
export function noteUnderWay(
  folder: string,
  what: UnderWay,
): { readonly note: UnderWayNote; readonly problem: string | null } {
  const path = join(folder, `under-way-${randomBytes(8).toString('hex')}.json`)
  const noted: Noted = { version: 1, at: new Date().toISOString(), process: thisProcess(), ...what }
  let problem: string | null = null
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = openSync(path, 'wx', 0o600)
    try {
      writeSync(file, `${redactedJson(noted)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    syncFolder(folder)
  } catch (thrown) {
    problem = problemOf(thrown).message
  }
  return {
    problem,
    note: {
      done: () => {
        remove(path)
        forgetUnderWay(folder, what)
      },
      stopped: () => remove(path),
    },
  }
}

/** Those that were broken off, oldest first; without those that still run, and without what others could have written. */
export function leftUnderWay(folder: string): readonly LeftUnderWay[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => /^under-way-[0-9a-f]+\.json$/.test(name))
    .flatMap(name => readNote(join(folder, name)))
    .filter(({ process }) => stillRuns(process) !== true)
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
}

/** Throws away the notes of those that this one has ended. Never throws. */
export function forgetUnderWay(folder: string, { kind, server, login }: Omit<UnderWay, 'command'>): void {
  for (const left of leftUnderWay(folder)) {
    if (left.kind === kind && left.login === login && isSameServer(left.server, server)) remove(left.path)
  }
}

function readNote(path: string): LeftUnderWay[] {
  try {
    if (!isOursAlone(path)) return []
    const noted: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isNoted(noted) ? [{ ...noted, path }] : []
  } catch {
    // A note that was torn was broken off before anything began.
    return []
  }
}

function isNoted(value: unknown): value is Noted {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Left behind, it is told at the next start, and the same command says that there is nothing to do.
  }
}
