import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ledger } from '../model/ledger.ts'
import { redactedJsonSliced } from '../model/redact.ts'
import { inSlices } from '../postgres/in-slices.ts'
import { type LedgerReceipt, ledgerOf } from './ledger.ts'
import { isSameServer, type ServerIdentity } from './server-identity.ts'

/** What a run that came to its end has granted, kept for the plans of later runs; without a secret. */
export interface LedgerEntry extends Required<LedgerReceipt> {
  readonly version: 1
  readonly attempt: string
  readonly server: ServerIdentity
}

/** Keeps an entry in a file for its owner alone; one of the same run is replaced. @throws the file system's error */
export async function writeLedgerEntry(folder: string, entry: LedgerEntry): Promise<void> {
  const text = await inSlices(redactedJsonSliced(entry))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, `ledger-${entry.attempt}.json`), `${text}\n`, {
    mode: 0o600,
    flush: true,
  })
}

/** A run that is taken back has granted nothing. Never throws. */
export function removeLedgerEntry(folder: string, attempt: string): void {
  try {
    rmSync(join(folder, `ledger-${attempt}.json`), { force: true })
  } catch {
    // Whether a grant is there is for the live server to say, whatever stands in the file.
  }
}

/**
 * What earlier runs granted to this role on this server: those from here, and those of the receipts, which may be
 * the same; null where none is known. What cannot be read,
 * or could have been written by others, counts as not known: then nothing of it is taken away.
 */
export function readLedger(
  folder: string,
  server: ServerIdentity,
  grantee: string,
  receipts: readonly LedgerReceipt[] = [],
): Ledger | null {
  const told = new Set(receipts.map(({ finishedAt }) => finishedAt))
  const entries = namesIn(folder)
    .flatMap(name => entryIn(join(folder, name)) ?? [])
    .filter(entry => isSameServer(entry.server, server) && !told.has(entry.finishedAt))
  return ledgerOf([...receipts, ...entries], grantee)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => /^ledger-[0-9a-f]+\.json$/.test(name))
  } catch {
    return []
  }
}

function entryIn(path: string): LedgerEntry | null {
  try {
    const { mode, uid } = statSync(path)
    if (process.platform !== 'win32' && ((mode & 0o022) !== 0 || uid !== process.geteuid?.())) return null
    const entry = JSON.parse(readFileSync(path, 'utf8'))
    return entry?.version === 1 ? entry : null
  } catch {
    return null
  }
}
