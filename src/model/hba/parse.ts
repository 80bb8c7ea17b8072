import { type HbaFiles, type HbaText, readHbaText } from './files.ts'
import { type HbaFault, type HbaRule, hbaRule } from './rule.ts'
import type { HbaServer } from './server.ts'

/** pg_hba.conf as the server reads it. */
export interface HbaConfiguration {
  /** Rules and faults in the order of reading, which is the order in which they are tried. */
  readonly lines: readonly (HbaRule | HbaFault)[]
  readonly unread: HbaText['unread']
}

/**
 * Reads the file with all that it includes. The contents are given by `files`; what it does not have yet stands
 * in `unread`.
 */
export function parseHba(path: string, files: HbaFiles, server: HbaServer): HbaConfiguration {
  const { lines, unread } = readHbaText(path, files, server.versionNumber)
  return { lines: lines.map(line => hbaRule(line, server)), unread }
}

/** The rules, in their order. */
export function rulesOf({ lines }: Pick<HbaConfiguration, 'lines'>): readonly HbaRule[] {
  return lines.filter(line => line.kind === 'rule')
}

/** What keeps the server from taking the file: with any of these it goes on with the rules that it has. */
export function faultsOf({ lines }: Pick<HbaConfiguration, 'lines'>): readonly HbaFault[] {
  return lines.filter(line => line.kind === 'fault')
}
