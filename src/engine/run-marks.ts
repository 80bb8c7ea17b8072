import { quoteIdentifier, quoteLiteral } from '../model/identifier.ts'
import { isOurComment, markerOf, withMarker, withoutMarker } from '../model/marker.ts'
import type { Plan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { Statement, StatementResult } from '../postgres/statement.ts'

/** What a run writes into the comments of its roles, within the transactions that change. */
export interface RunMarks {
  readonly plan: string
  readonly attempt: string
  /** How many steps the run has. */
  readonly of: number
  /** The roles that carry it. */
  readonly roles: readonly MarkedRole[]
}

/** Of a run that marks nothing. */
export const noMarks: RunMarks = { plan: '', attempt: '', of: 0, roles: [] }

interface MarkedRole {
  readonly name: string
  /** What its comment says besides. */
  readonly text: string
  /** The whole comment from before the run; null where the run makes the role. */
  readonly before: string | null
}

/** The comments of the plan's roles; null for a role without one, and for one that is not there. */
export function commentsOf(
  result: StatementResult | undefined,
  plan: Plan,
): Readonly<Record<string, string | null>> {
  const rows = new Map(result?.rows.map(({ name, comment }) => [name, comment]))
  return Object.fromEntries(
    rolesOf(plan).map(name => {
      const comment = rows.get(name)
      return [name, typeof comment === 'string' ? comment : null]
    }),
  )
}

/** Asks for what commentsOf reads. */
export function askingComments(plan: Plan): Statement {
  return { sql: commentsSql, values: [rolesOf(plan)] }
}

function rolesOf({ login, group }: Plan): readonly string[] {
  return group === null ? [login] : [login, group]
}

/** The roles that a run marks: those that it makes, and those whose comment says that they are ours. */
export function markedRoles(
  plan: Plan,
  comments: Readonly<Record<string, string | null>>,
): readonly MarkedRole[] {
  return Object.entries(comments).flatMap(([name, before]) => {
    const comment = plan.roles.find(change => change.kind === 'comment-role' && change.role === name)
    const text = comment?.kind === 'comment-role' ? comment.comment : before
    return isOurComment(text) ? [{ name, text: withoutMarker(text), before }] : []
  })
}

/**
 * Says in the open transaction that the steps up to this one are committed, once it is; the last statement gives
 * the transaction's number (xidOf). Where the administrator may not comment on a role, it stays as it is.
 */
export function markingStep(marks: RunMarks, step: number): readonly string[] {
  const { plan, attempt, of } = marks
  return [
    ...commenting(marks, ({ text }) => withMarker(text, { plan, attempt, step, of })),
    'SELECT pg_catalog.pg_current_xact_id()::text AS xid',
  ]
}

/** The transaction's number, as the statements of markingStep gave it. */
export function xidOf(results: readonly StatementResult[]): string {
  return String(results.at(-1)?.rows[0]?.['xid'] ?? '')
}

/** Says in the open transaction that this step is taken back; with the first, the comments are as before. */
export function unmarkingStep(marks: RunMarks, step: number): readonly string[] {
  const { plan, attempt, of } = marks
  return commenting(marks, ({ text, before }) =>
    step > 1 ? withMarker(text, { plan, attempt, step: step - 1, of }) : before,
  )
}

/** The last committed step of this run, as the server says; null where no comment says it. */
export async function markedStep(
  session: Session,
  { attempt, roles }: Pick<RunMarks, 'attempt' | 'roles'>,
): Promise<number | null> {
  const rows = await session.query<{ comment: string | null }>(commentsSql, [roles.map(role => role.name)])
  const steps = rows
    .map(row => markerOf(row.comment))
    .flatMap(marker => (marker?.attempt === attempt ? [marker.step] : []))
  return steps.length === 0 ? null : Math.max(...steps)
}

function commenting({ roles }: RunMarks, textOf: (role: MarkedRole) => string | null): readonly string[] {
  return roles.map(role => {
    const name = quoteLiteral(role.name)
    const text = textOf(role)
    const sql = `COMMENT ON ROLE ${quoteIdentifier(role.name)} IS ${text === null ? 'NULL' : quoteLiteral(text)}`
    return `DO ${quoteLiteral(`BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = ${name}) THEN
    ${sql};
  END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END`)}`
  })
}

const commentsSql = `
SELECT r.rolname::pg_catalog.text AS name, pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY ($1::pg_catalog.text[])`
