import type { Change } from '../model/change.ts'
import type { GrantedOn, GrantedSet } from '../model/granted.ts'
import type { Ledger, LedgerParameter } from '../model/ledger.ts'
import type { UndoableReceipt } from '../model/receipt-run.ts'

/** What of a receipt tells what its run has granted; those of the first versions have no `run`. */
export interface LedgerReceipt extends Pick<UndoableReceipt, 'finishedAt'> {
  readonly run?: Pick<UndoableReceipt['run'], 'grantee' | 'units' | 'granted'>
}

/**
 * What these runs have granted to one grantee and not taken away since, told by their ends; null where none of the
 * receipts says so.
 * @param receipts of one server, in any order; those of other grantees are left out
 */
export function ledgerOf(receipts: readonly LedgerReceipt[], grantee: string): Ledger | null {
  const runs = receipts
    .filter(({ run }) => run !== undefined && run.grantee === grantee)
    .toSorted((a, b) => compare(a.finishedAt, b.finishedAt))
  if (runs.length === 0) return null
  let grants: readonly GrantedSet[] = []
  const parameters = new Map<string, LedgerParameter>()
  for (const { run } of runs) {
    for (const { database, changes } of run?.units ?? []) {
      for (const change of changes) {
        grants = without(grants, database, change)
        noteParameter(parameters, change)
      }
    }
    grants = [...grants, ...(run?.granted?.grants ?? [])]
  }
  // The last run that knew a database.
  const newest = new Map(
    runs.flatMap(({ run }) => run?.granted?.newest ?? []).map(({ database, oid }) => [database, oid]),
  )
  return { grantee, grants, parameters: [...parameters.values()], ...(newest.size === 0 ? {} : { newest }) }
}

function noteParameter(parameters: Map<string, LedgerParameter>, change: Change): void {
  if (change.kind !== 'set-role-parameter' && change.kind !== 'reset-role-parameter') return
  const { role, parameter } = change
  const key = JSON.stringify([role, parameter])
  if (change.kind === 'reset-role-parameter') parameters.delete(key)
  else parameters.set(key, { role, parameter, value: change.value })
}

/** The grants that are left after a change has taken some away. */
function without(grants: readonly GrantedSet[], database: string, change: Change): readonly GrantedSet[] {
  const taken = takenBy(change)
  if (taken === null) return grants
  return grants.flatMap(set => {
    const same = set.database === database && set.on === taken.on && set.schema === taken.schema
    // An owner's grant has the present owner's name, whoever that was when it was made.
    if (!same || (!set.byOwner && taken.grantor !== null && set.grantor !== taken.grantor)) return [set]
    const kept = set.objects.filter(object => !taken.names.has(object.name))
    const gone = set.objects.filter(object => taken.names.has(object.name))
    const rest = set.privileges.filter(privilege => !taken.privileges.has(privilege))
    return [
      ...(kept.length === 0 ? [] : [{ ...set, objects: kept }]),
      ...(gone.length === 0 || rest.length === 0 ? [] : [{ ...set, objects: gone, privileges: rest }]),
    ]
  })
}

interface Taken {
  readonly on: GrantedOn
  readonly schema: string | null
  readonly names: ReadonlySet<string>
  readonly privileges: ReadonlySet<string>
  readonly grantor: string | null
}

function takenBy(change: Change): Taken | null {
  switch (change.kind) {
    case 'revoke-connect':
      return taken('database', null, [change.database], ['CONNECT'], change.grantor)
    case 'revoke-usage':
      return taken('schema', null, [change.schema], ['USAGE'], change.grantor)
    case 'revoke-relations':
      return taken('relation', change.schema, change.relations, change.privileges, change.grantor)
    case 'revoke-default-privileges':
      return taken('default', change.schema, [change.owner], change.privileges, null)
    default:
      return null
  }
}

function taken(
  on: GrantedOn,
  schema: string | null,
  names: readonly string[],
  privileges: readonly string[],
  grantor: string | null,
): Taken {
  return { on, schema, names: new Set(names), privileges: new Set(privileges), grantor }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
