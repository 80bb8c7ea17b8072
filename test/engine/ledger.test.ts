import { describe, expect, it } from 'vitest'
import { type LedgerReceipt, ledgerOf } from '../../src/engine/ledger.ts'
import type { Change } from '../../src/model/change.ts'
import type { GrantedSet } from '../../src/model/granted.ts'

const why = 'a test'
const tables = (names: readonly string[], privileges: GrantedSet['privileges'] = ['SELECT']): GrantedSet => ({
  database: 'shop',
  on: 'relation',
  schema: 'public',
  privileges,
  grantor: 'shopkeeper',
  byOwner: false,
  objects: names.map((name, index) => ({ name, oid: 100 + index })),
})

function receipt(
  finishedAt: string,
  grants: readonly GrantedSet[],
  changes: readonly Change[] = [],
  grantee = 'readers',
): LedgerReceipt {
  return {
    finishedAt,
    run: {
      grantee,
      units: [{ database: 'shop', changes }],
      granted: { roles: [], couldLogIn: null, grants },
    },
  }
}

const revoke = (relations: readonly string[], grantor = 'shopkeeper'): Change => ({
  kind: 'revoke-relations',
  schema: 'public',
  relations,
  privileges: ['SELECT'],
  grantee: 'readers',
  grantor,
  why,
})

const set = (value: string): Change => ({
  kind: 'set-role-parameter',
  role: 'reader',
  parameter: 'statement_timeout',
  value,
  before: null,
  why,
})

describe('the ledger of earlier runs', () => {
  it('is none without a receipt that says who granted what to this grantee', () => {
    expect(ledgerOf([], 'readers')).toBeNull()
    expect(ledgerOf([{ finishedAt: '2026-01-01T00:00:00.000Z' }], 'readers')).toBeNull()
    expect(ledgerOf([receipt('2026-01-01T00:00:00.000Z', [tables(['a'])])], 'others')).toBeNull()
  })

  it('goes by the time of the runs, not by the order of the files', () => {
    const granted = receipt('2026-01-01T00:00:00.000Z', [tables(['a', 'b'], ['SELECT', 'REFERENCES'])])
    const taken = receipt('2026-02-01T00:00:00.000Z', [], [revoke(['b'])])
    const again = receipt('2026-03-01T00:00:00.000Z', [tables(['c'])])
    expect(ledgerOf([again, taken, granted], 'readers')?.grants).toEqual([
      { ...tables(['a']), privileges: ['SELECT', 'REFERENCES'] },
      { ...tables([]), privileges: ['REFERENCES'], objects: [{ name: 'b', oid: 101 }] },
      tables(['c']),
    ])
  })

  it('keeps what another grantor gave', () => {
    const granted = receipt('2026-01-01T00:00:00.000Z', [tables(['a'])])
    const taken = receipt('2026-02-01T00:00:00.000Z', [], [revoke(['a'], 'somebody else')])
    expect(ledgerOf([granted, taken], 'readers')?.grants).toEqual([tables(['a'])])
  })

  it('knows the last setting of a login, and none after a reset', () => {
    const first = receipt('2026-01-01T00:00:00.000Z', [], [set('300s')])
    const second = receipt('2026-02-01T00:00:00.000Z', [], [set('60s')])
    expect(ledgerOf([first, second], 'readers')?.parameters).toEqual([
      { role: 'reader', parameter: 'statement_timeout', value: '60s' },
    ])
    const reset: Change = {
      kind: 'reset-role-parameter',
      role: 'reader',
      parameter: 'statement_timeout',
      before: '60s',
      why,
    }
    const third = receipt('2026-03-01T00:00:00.000Z', [], [reset])
    expect(ledgerOf([first, second, third], 'readers')?.parameters).toEqual([])
  })
})
