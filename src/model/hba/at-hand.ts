import type { ListenAtHand } from '../listen/at-hand.ts'
import type { Problem } from '../problem.ts'
import type { HbaContents } from './contents.ts'
import type { HbaSurroundings } from './decide.ts'
import type { HbaFiles } from './files.ts'
import type { HbaServer } from './server.ts'

/** pg_hba.conf of the server at hand, with all that decides how it is read. */
export interface HbaAtHand {
  readonly path: string
  /** The first file's, byte for byte. */
  readonly contents: HbaContents
  /** SHA-256 of all files read, in hexadecimal: by it is noticed that somebody has changed one. */
  readonly hash: string
  /** How it can be written: as a file of this machine, or through the server. */
  readonly by: 'file' | 'sql'
  readonly files: HbaFiles
  readonly server: HbaServer
  readonly surroundings: HbaSurroundings
  /** The login and all that it is or will be a member of. */
  readonly memberOf: ReadonlySet<string>
  /** Where this administrator's own session comes from, as the server sees it; null over a socket. */
  readonly clientAddress: string | null
  /** Where the server listens; null where this administrator may not see it. */
  readonly listening: ListenAtHand | null
}

/** For whom it is read. */
export interface HbaQuestion {
  readonly login: string
  /** The group that the login will be a member of. */
  readonly group: string | null
  readonly databases: readonly string[]
}

/** What could be read of it, or why nothing could. */
export type HbaReading =
  | { readonly read: true; readonly hba: HbaAtHand }
  | { readonly read: false; readonly problem: Problem }
