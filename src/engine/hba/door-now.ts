import { blockIn, includedBy } from '../../model/hba/block.ts'
import { decodeContents, type HbaContents } from '../../model/hba/contents.ts'
import { configLocation } from '../../model/hba/files.ts'
import { ProblemError } from '../../model/problem.ts'
import { serverFile } from '../../postgres/hba-queries.ts'
import type { Session } from '../../postgres/session.ts'

/** What stands in pg_hba.conf of ours for a login, as the server reads it. */
export interface DoorNow {
  readonly bytes: Uint8Array
  readonly contents: HbaContents
  /** In the file, with their marks; none where there is nothing of ours. */
  readonly block: readonly string[]
  /** The file of our own that they include; its text is null where it is missing. */
  readonly own: { readonly path: string; readonly text: string | null } | null
  /** Our lines, wherever they stand. */
  readonly lines: readonly string[]
}

/** Reads it; null where there is no pg_hba.conf. @throws ProblemError `hba-marks` where what is ours cannot be told */
export async function readDoor(session: Session, path: string, login: string): Promise<DoorNow | null> {
  const bytes = await serverFile(session, path)
  if (bytes === null) return null
  const contents = decodeContents(bytes)
  const block = blockIn(contents.text, login)
  if (!block.ok) throw new ProblemError(block.problem)
  const name = includedBy(block.value)
  if (name === null) return { bytes, contents, block: block.value, own: null, lines: block.value }
  const ownPath = configLocation(name, path)
  const text = await ownText(session, ownPath)
  const ours = text === null ? null : blockIn(text, login)
  return {
    bytes,
    contents,
    block: block.value,
    own: { path: ownPath, text },
    lines: ours?.ok ? ours.value : [],
  }
}

/** A file of our own; null where it is missing. */
export async function ownText(session: Session, path: string): Promise<string | null> {
  const bytes = await serverFile(session, path)
  return bytes === null ? null : decodeContents(bytes).text
}

/** The lines of a file, without what ends them. */
export function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}
