import type { Change, TablePrivilege } from '../model/change.ts'
import type { DirectGrant, GrantedSet } from '../model/granted.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { ReceiptRun } from '../model/receipt-run.ts'
import { relationsPerTransaction } from '../plan/transaction-size.ts'
import type { Session } from '../postgres/session.ts'
import { actingAs } from './act-as.ts'
import { notHolding } from './checks.ts'
import { directGrants, directGrantsBesides, directGrantsOn, keyOf, wantedBy } from './direct-grants.ts'
import {
  askingReplaced,
  assertNoneReplaced,
  isMoved,
  type PlannedRelations,
  relationKey,
} from './planned-relations.ts'
import { undoChanges } from './run-changes.ts'
import { limitColumns, limitsOf } from './server-identity.ts'

/** Grants of a run that are still there, and what it took away and is still missing, as changes to be undone. */
export interface UndoStep {
  /** Who takes them back: their grantor; null is the administrator. */
  readonly actAs: string | null
  readonly changes: readonly Change[]
}

/** What of a run is still in one database. */
export interface StillGranted {
  readonly steps: readonly UndoStep[]
  /** What the same role holds there by grants of others, or of later runs: it is left alone. */
  readonly others: readonly DirectGrant[]
  /** Which relation each name meant. */
  readonly relations: PlannedRelations
  /** Tells the run's own grants. */
  readonly isOurs: (grant: DirectGrant) => boolean
  /** Of how many relations one transaction takes grants back, as this server's lock table has room for it. */
  readonly atOnce: number
}

/** Reads what of the run is still granted in the session's database. */
export async function stillGranted(session: Session, run: ReceiptRun): Promise<StillGranted> {
  const held = await directGrants(session, run.grantee)
  const isOurs = oursIn(run, session.database, await knownThere(session, run))
  const ours = held.filter(isOurs)
  const owners = [...new Set(ours.map(grant => grant.owner))]
  const mine = await session.query<{ owner: string }>(mineSql, [owners])
  const own = new Set(mine.map(({ owner }) => owner))
  const [me] = await session.query<{ name: string }>(meSql)
  const actAs = ({ grantor, owner }: DirectGrant) =>
    grantor === me?.name || (grantor === owner && own.has(owner)) ? null : grantor
  const missing = await stillTakenAway(session, run)
  const back: UndoStep[] = missing.length === 0 ? [] : [{ actAs: null, changes: missing }]
  return {
    steps: [...stepsOf(ours, run.grantee, actAs), ...back],
    others: held.filter(grant => !isOurs(grant)),
    relations: new Map(
      ours.flatMap(({ on, schema, name, oid }) =>
        on === 'relation' && schema !== null ? [[relationKey(schema, name), oid]] : [],
      ),
    ),
    isOurs,
    atOnce: relationsPerTransaction(limitsOf(me)),
  }
}

/** Which of the run's relations there are, by oid. */
async function knownThere(session: Session, { granted }: ReceiptRun): Promise<ReadonlySet<number>> {
  const oids = (granted?.grants ?? [])
    .filter(({ database, on }) => database === session.database && on === 'relation')
    .flatMap(({ objects }) => objects.map(({ oid }) => oid))
  if (oids.length === 0) return new Set()
  const rows = await session.query<{ oid: number }>(oidsSql, [oids])
  return new Set(rows.map(({ oid }) => oid))
}

/**
 * What the run took away here and is still missing, of what there still is: its undo grants it again. Two round
 * trips, however much it took away.
 */
async function stillTakenAway(session: Session, run: ReceiptRun): Promise<readonly Change[]> {
  const taken = run.units
    .filter(unit => unit.database === session.database)
    .flatMap(unit => unit.changes)
    .filter(change => change.kind.startsWith('revoke-'))
  if (taken.length === 0) return []
  const present = await ofWhatIsThere(session, taken)
  const givenAgain = new Set(await notHolding(session, present))
  return present.filter(change => !givenAgain.has(change))
}

/** The changes without relations that are gone, and without those of which nothing is left or whose grantee is gone. */
async function ofWhatIsThere(session: Session, changes: readonly Change[]): Promise<readonly Change[]> {
  const named = changes.map((change, number) => ({
    number,
    grantee: 'grantee' in change ? change.grantee : null,
    schema: 'schema' in change ? change.schema : null,
    relations: 'relations' in change ? change.relations : [],
  }))
  const there = await session.query<{ number: number; relations: string[] }>(thereSql, [
    JSON.stringify(named),
  ])
  return there.flatMap(({ number, relations }): Change[] => {
    const change = changes[number]
    if (change === undefined) return []
    if (!('relations' in change)) return [change]
    return relations.length === 0 ? [] : [{ ...change, relations }]
  })
}

/**
 * Takes back, in the open transaction, what is still granted; at most so much that the lock table has room for
 * it. Each grant is taken back by its grantor: REVOKE by another leaves it, without an error.
 * @param found what is still there, as it was read or as the transaction before left it: to read all of it anew for
 *   each part would take as long as the number of parts squared
 * @returns what is left for another transaction
 * @throws ProblemError where a grant cannot be taken back, or would not go
 */
export async function revokeHere(
  session: Session,
  run: ReceiptRun,
  found: StillGranted,
): Promise<StillGranted> {
  const { now, later } = split(found.steps, found.atOnce)
  const changes = now.flatMap(step => step.changes)
  try {
    for (const { actAs, changes: some } of now) {
      if (actAs === null) await undoChanges(session, some)
      else await actingAs(session, actAs, () => undoChanges(session, some))
    }
    assertNoneReplaced(await session.script(askingReplaced(changes, found.relations)))
  } catch (thrown) {
    const problem = problemOf(thrown)
    // Read anew, it has another name or is gone.
    throw isMoved(problem)
      ? new ProblemError({ ...problem, code: 'relation-moved' }, { cause: thrown })
      : thrown
  }
  await assertGone(session, run, changes, found.isOurs)
  return { ...found, steps: later }
}

/** Looks at what was to be taken back: there must be none of it. @throws ProblemError `undo-did-not-take` */
async function assertGone(
  session: Session,
  run: ReceiptRun,
  changes: readonly Change[],
  isOurs: StillGranted['isOurs'],
): Promise<void> {
  const relations = changes.filter(change => change.kind === 'grant-relations')
  const besides = changes.filter(isGrantBesides)
  const left = [
    ...(await directGrantsOn(session, run.grantee, relations)),
    ...(besides.length === 0 ? [] : await directGrantsBesides(session, run.grantee)),
  ].filter(isOurs)
  const back = changes.filter(change => change.kind.startsWith('revoke-'))
  const missing = await notHolding(session, back)
  if (left.length === 0 && missing.length === back.length) return
  throw new ProblemError({
    code: 'undo-did-not-take',
    message: `The server took every REVOKE in database ${session.database}, and yet a grant is still there.`,
    next: 'Another session may be granting the same thing. Look at it, then run this again.',
  })
}

function isGrantBesides({ kind }: Change): boolean {
  return kind === 'grant-connect' || kind === 'grant-usage' || kind === 'grant-default-privileges'
}

/**
 * Tells the run's own grants: the same privilege on the same object (found by oid; by name where that oid is gone, as
 * after a restore from a dump), by the same grantor, or by the object's owner where the owner granted it. Tables made since by a role whose later tables
 * were granted count too; what the grantee held before does not.
 * @param there the oids of the run's relations that are still there, whatever they are called
 */
export function oursIn(
  run: ReceiptRun,
  database: string,
  there: ReadonlySet<number> = new Set(),
): (grant: DirectGrant) => boolean {
  const here = run.units.filter(unit => unit.database === database).flatMap(unit => unit.changes)
  const later = new Set(
    here.flatMap(change =>
      change.kind === 'grant-default-privileges'
        ? change.privileges.map(privilege => JSON.stringify([change.schema, change.owner, privilege]))
        : [],
    ),
  )
  const besides = besidesIn(run, database)
  const newest = run.granted?.newest?.find(each => each.database === database)?.oid ?? 0
  const isLater = ({ on, schema, oid, privilege, grantor, owner }: DirectGrant) =>
    besides !== null &&
    oid > newest &&
    on === 'relation' &&
    grantor === owner &&
    !besides.has(oid) &&
    later.has(JSON.stringify([schema, owner, privilege]))
  const isRecorded =
    run.granted === null ? unrecorded(run, here) : recorded(run.granted.grants, database, there)
  return grant => isRecorded(grant) || isLater(grant)
}

/**
 * On what the grantee held something besides when the run ended, so that it cannot be a table made later. null
 * where that is not known: then no table counts as one, except to a role that the run has made, which had nothing.
 */
function besidesIn({ granted, units, grantee }: ReceiptRun, database: string): ReadonlySet<number> | null {
  if (granted !== null) return new Set(granted.besides?.find(each => each.database === database)?.oids)
  const isMade = units.some(({ changes }) =>
    changes.some(change => change.kind === 'create-role' && change.role === grantee),
  )
  return isMade ? new Set() : null
}

function recorded(
  sets: readonly GrantedSet[],
  database: string,
  there: ReadonlySet<number>,
): (grant: DirectGrant) => boolean {
  const byKey = new Map<string, GrantedSet[]>()
  const add = (key: string, set: GrantedSet) => byKey.set(key, [...(byKey.get(key) ?? []), set])
  for (const set of sets.filter(each => each.database === database)) {
    for (const { name, oid } of set.objects) {
      for (const privilege of set.privileges) {
        const { on, schema } = set
        // Who has the name of a relation that is there is another one.
        if (on !== 'relation' || !there.has(oid)) add(keyOf({ on, schema, name, privilege }), set)
        // Default privileges are found by schema and owner alone.
        if (on !== 'default') add(keyOf({ on, schema: null, name: `\0${oid}`, privilege }), set)
      }
    }
  }
  const isBy =
    ({ grantor, owner }: DirectGrant) =>
    (set: GrantedSet) =>
      grantor === set.grantor || (set.byOwner && grantor === owner)
  return grant => {
    const { on, oid, privilege } = grant
    const byOid = byKey.get(keyOf({ on, schema: null, name: `\0${oid}`, privilege })) ?? []
    const byName = byKey.get(keyOf(grant)) ?? []
    return [...byOid, ...byName].some(isBy(grant))
  }
}

/** Where the grantors could not be read after the run: the plan's grants, by the owner or the administrator. */
function unrecorded(run: ReceiptRun, changes: readonly Change[]): (grant: DirectGrant) => boolean {
  const wanted = wantedBy(changes)
  return grant => wanted(grant) && (grant.grantor === grant.owner || grant.grantor === run.server.user)
}

function stepsOf(
  grants: readonly DirectGrant[],
  grantee: string,
  actAs: (grant: DirectGrant) => string | null,
): readonly UndoStep[] {
  const objects = new Map<string, { as: string | null; grant: DirectGrant; privileges: TablePrivilege[] }>()
  for (const grant of grants) {
    const as = actAs(grant)
    const key = JSON.stringify([as, grant.on, grant.schema, grant.name])
    const known = objects.get(key) ?? { as, grant, privileges: [] }
    if (isTablePrivilege(grant.privilege)) known.privileges.push(grant.privilege)
    objects.set(key, known)
  }
  const steps = new Map<
    string | null,
    Map<string, { readonly change: Change; readonly relations: string[] }>
  >()
  for (const { as, grant, privileges } of objects.values()) {
    const changes = steps.get(as) ?? new Map<string, { change: Change; relations: string[] }>()
    steps.set(as, changes)
    const change = changeOf(grant, privileges, grantee)
    const key = JSON.stringify('relations' in change ? { ...change, relations: [] } : change)
    const known = changes.get(key)
    if (known === undefined)
      changes.set(key, { change, relations: grant.on === 'relation' ? [grant.name] : [] })
    else known.relations.push(grant.name)
  }
  return [...steps].map(([actAs, changes]) => ({
    actAs,
    changes: [...changes.values()].map(({ change, relations }) =>
      'relations' in change ? { ...change, relations } : change,
    ),
  }))
}

function changeOf(
  { on, schema, name }: DirectGrant,
  privileges: readonly TablePrivilege[],
  grantee: string,
): Change {
  const why = 'Granted by this run.'
  switch (on) {
    case 'database':
      return { kind: 'grant-connect', database: name, grantee, why }
    case 'schema':
      return { kind: 'grant-usage', schema: name, grantee, why }
    case 'relation':
      return { kind: 'grant-relations', schema: schema ?? '', relations: [name], privileges, grantee, why }
    case 'default':
      return {
        kind: 'grant-default-privileges',
        owner: name,
        schema: schema ?? '',
        privileges,
        grantee,
        why,
      }
  }
}

function isTablePrivilege(privilege: string): privilege is TablePrivilege {
  return privilege === 'SELECT' || privilege === 'REFERENCES'
}

/** What fits into one transaction, and the rest. */
function split(
  steps: readonly UndoStep[],
  relations: number,
): {
  readonly now: readonly UndoStep[]
  readonly later: readonly UndoStep[]
} {
  let room = relations
  const now: UndoStep[] = []
  const later: UndoStep[] = []
  for (const { actAs, changes } of steps) {
    const first: Change[] = []
    const rest: Change[] = []
    for (const change of changes) {
      if (!('relations' in change)) {
        first.push(change)
        continue
      }
      const taken = change.relations.slice(0, room)
      const left = change.relations.slice(room)
      room -= taken.length
      if (taken.length > 0) first.push({ ...change, relations: taken })
      if (left.length > 0) rest.push({ ...change, relations: left })
    }
    if (first.length > 0) now.push({ actAs, changes: first })
    if (rest.length > 0) later.push({ actAs, changes: rest })
  }
  return { now, later }
}

const meSql = `SELECT current_user::pg_catalog.text AS name, ${limitColumns}`

const oidsSql = `
SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.oid = ANY ($1::pg_catalog.oid[])`

/** OFFSET 0: one look-up in the index for each, as in column-grants.ts. */
const thereSql = `
SELECT w.number, ARRAY(
    SELECT c.relname::pg_catalog.text
    FROM pg_catalog.pg_namespace AS n
    CROSS JOIN LATERAL pg_catalog.json_array_elements_text(w.relations) AS e (name)
    CROSS JOIN LATERAL (
      SELECT o.relname, o.relkind FROM pg_catalog.pg_class AS o
      WHERE o.relnamespace = n.oid AND o.relname = e.name::pg_catalog.name OFFSET 0) AS c
    WHERE n.nspname = w.schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ORDER BY c.relname) AS relations
FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS w (
  number pg_catalog.int4, grantee pg_catalog.text, schema pg_catalog.text, relations pg_catalog.json)
WHERE EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.grantee)
  AND (w.schema IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = w.schema))
ORDER BY w.number`

const mineSql = `
SELECT r.rolname::pg_catalog.text AS owner
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY ($1::pg_catalog.text[]) AND pg_catalog.pg_has_role(r.oid, 'USAGE')`
