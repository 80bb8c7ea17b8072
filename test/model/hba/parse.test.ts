import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressText, numericAddress } from '../../../src/model/hba/address.ts'
import { parseHba } from '../../../src/model/hba/parse.ts'
import type { HbaFault, HbaRule } from '../../../src/model/hba/rule.ts'
import { anyFiles, type GeneratedHba, rightFiles } from '../../support/hba/generate.ts'
import { filesHere, putFiles } from '../../support/hba/place.ts'
import { replayable } from '../../support/hba/seed.ts'
import { isCi } from '../../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

/** What this build has not: the binaries of the npm packages are made without these. */
const missing = new Set(['gss', 'sspi', 'pam', 'bsd', 'ldap'])

describe.each(majorsInDepth)('pg_hba.conf on PostgreSQL %i', major => {
  let server: TestServer
  let admin: pg.Client
  beforeAll(async () => {
    server = await startServer({ major })
    admin = await server.client()
  })
  afterAll(async () => {
    await admin.end()
    await server.stop()
  })

  it('is read as the server reads it, line for line, faults too', async () => {
    const seen = { rules: 0, faults: 0, open: 0, options: 0 }
    const files = fc.oneof(
      { weight: 3, arbitrary: anyFiles(major) },
      { weight: 1, arbitrary: rightFiles(major) },
    )
    await replayable(files, { numRuns: isCi() ? 2000 : 120 }, async generated => {
      const path = await putFiles(server, generated)
      const { rows } = await admin.query<Row>(rowsSql(major))
      const { lines } = parseHba(path, filesHere, { versionNumber: major * 10_000, ssl: false, missing })
      for (const line of lines) seen[line.kind === 'rule' ? 'rules' : 'faults'] += 1
      // What is said to be for the server alone to say is not compared; it is little.
      const open = new Set(lines.filter(isOpen).map(({ file, line }) => `${file}:${line}`))
      seen.open += open.size
      seen.options += rows.filter(({ options }) => options !== null).length
      const [here, there] = [lines.map(ours), rows.map(theirs)].map(list =>
        list.filter(({ file, line }) => !open.has(`${file}:${line}`)).map(row => JSON.stringify(row)),
      )
      expect(here?.join('\n'), shown(generated)).toBe(there?.join('\n'))
    })
    expect(seen.rules).toBeGreaterThan(100)
    expect(seen.faults).toBeGreaterThan(100)
    expect(seen.options).toBeGreaterThan(10)
    expect(seen.open).toBeLessThan(seen.rules / 20)
  })
})

interface Row {
  readonly file: string
  readonly line: number
  readonly type: string | null
  readonly databases: readonly string[] | null
  readonly users: readonly string[] | null
  readonly address: string | null
  readonly mask: string | null
  readonly method: string | null
  /** `name=value`; what the server gives in an order of its own is sorted. */
  readonly options: readonly string[] | null
  readonly failed: boolean
}

function isOpen(line: HbaRule | HbaFault): boolean {
  return (
    line.kind === 'rule' && [...line.databases, ...line.users].some(({ regex }) => regex?.reads === 'unknown')
  )
}

function rowsSql(major: number): string {
  return `SELECT ${major >= 16 ? 'file_name' : "current_setting('hba_file')"} AS file, line_number AS line, type,
    database AS databases, user_name AS users, address, netmask AS mask, auth_method AS method,
    options, error IS NOT NULL AS failed FROM pg_hba_file_rules`
}

function theirs(row: Row) {
  const address = row.address === null ? null : (numericAddress(row.address) ?? row.address)
  return {
    ...row,
    options: row.options?.toSorted() ?? null,
    address: typeof address === 'object' && address !== null ? addressText(address) : address,
    mask: row.mask === null ? null : maskText(row.mask),
  }
}

function maskText(mask: string): string {
  const address = numericAddress(mask)
  return address === null ? mask : addressText(address)
}

function ours(line: HbaRule | HbaFault): Row {
  const { file, line: number } = line
  if (line.kind === 'fault') {
    const nothing = {
      type: null,
      databases: null,
      users: null,
      address: null,
      mask: null,
      method: null,
      options: null,
    }
    return { file, line: number, ...nothing, failed: line.shown }
  }
  const { address } = line
  return {
    file,
    line: number,
    type: line.type,
    databases: line.databases.map(({ text }) => text),
    users: line.users.map(({ text }) => text),
    address:
      address === null
        ? null
        : address.match === 'mask'
          ? addressText(address.address)
          : address.match === 'name'
            ? address.name
            : address.match,
    mask: address?.match === 'mask' ? addressText({ bits: address.address.bits, value: address.mask }) : null,
    method: line.method,
    options: optionsShown(line),
    failed: line.warning !== null,
  }
}

/** As the view has them (get_hba_options): each once, the last one, and what the method sets by itself. */
function optionsShown({ method, options }: HbaRule): readonly string[] | null {
  const last = new Map(options.map(({ name, value }) => [name, value]))
  last.delete('clientname')
  // A true one is shown as true, another one not at all.
  const delegates = last.get('delegate_ident_mapping')
  if (delegates !== undefined) {
    last.delete('delegate_ident_mapping')
    if (delegates === '1') last.set('delegate_ident_mapping', 'true')
  }
  if (method === 'cert') last.set('clientcert', 'verify-full')
  return last.size === 0 ? null : Array.from(last, ([name, value]) => `${name}=${value}`).toSorted()
}

function shown({ main, files }: GeneratedHba): string {
  return `${main}\n${JSON.stringify(files, null, 2)}`
}
