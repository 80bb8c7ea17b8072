import { describe, expect, it } from 'vitest'
import { oursIn } from '../../src/engine/undo-database.ts'
import type { Change } from '../../src/model/change.ts'
import type { DirectGrant } from '../../src/model/granted.ts'
import type { ReceiptRun } from '../../src/model/receipt-run.ts'

const why = 'a test'

const laterTables: Change = {
  kind: 'grant-default-privileges',
  owner: 'owner',
  schema: 'app',
  privileges: ['SELECT'],
  grantee: 'tool',
  why,
}

function runWith(changes: readonly Change[]): ReceiptRun {
  return {
    server: { host: 'db', port: 5432, database: 'postgres', user: 'admin', tls: 'disable' },
    secret: { store: 'show-once' },
    databases: ['music'],
    grantee: 'tool',
    units: [
      { database: 'postgres', changes: changes.filter(({ kind }) => kind === 'create-role') },
      { database: 'music', changes: changes.filter(({ kind }) => kind !== 'create-role') },
    ],
    granted: null,
  }
}

/** By the owner of the table, as the default privileges of a later one would be. */
const byOwner: DirectGrant = {
  on: 'relation',
  schema: 'app',
  name: 'payroll',
  oid: 20_001,
  privilege: 'SELECT',
  grantor: 'owner',
  owner: 'owner',
}

describe('a run of which nobody could read what it had granted', () => {
  it('takes no grant for a later table, which a role that was there may have had before', () => {
    expect(oursIn(runWith([laterTables]), 'music')(byOwner)).toBe(false)
  })

  it('takes later tables back from a role that it has made, and what the plan names', () => {
    const made: Change = { kind: 'create-role', role: 'tool', connectionLimit: null, why }
    expect(oursIn(runWith([made, laterTables]), 'music')(byOwner)).toBe(true)
    const named: Change = {
      kind: 'grant-relations',
      schema: 'app',
      relations: ['payroll'],
      privileges: ['SELECT'],
      grantee: 'tool',
      why,
    }
    expect(oursIn(runWith([named]), 'music')(byOwner)).toBe(true)
    expect(oursIn(runWith([named]), 'music')({ ...byOwner, grantor: 'another' })).toBe(false)
  })

  it('leaves alone what it held besides, where that is known', () => {
    const run = runWith([laterTables])
    const besides = [{ database: 'music', oids: [20_001] }]
    const granted = { roles: [], couldLogIn: true, grants: [], besides }
    expect(oursIn({ ...run, granted }, 'music')(byOwner)).toBe(false)
    expect(oursIn({ ...run, granted }, 'music')({ ...byOwner, oid: 20_002 })).toBe(true)
  })

  it('takes no relation for a later one that was there when it ended', () => {
    const run = runWith([laterTables])
    const granted = { roles: [], couldLogIn: true, grants: [], newest: [{ database: 'music', oid: 20_001 }] }
    expect(oursIn({ ...run, granted }, 'music')(byOwner)).toBe(false)
    expect(oursIn({ ...run, granted }, 'music')({ ...byOwner, oid: 20_002 })).toBe(true)
  })
})
