import type { Change } from '../../model/change.ts'
import { printable, printableName, quoteIdentifier, quoteLiteral } from '../../model/identifier.ts'
import { listenStatement, restartWords } from '../../model/listen/change.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import { iamGroup } from '../iam-login.ts'
import { databaseChanges, type Plan } from '../plan.ts'
import { checkOf, spareColumnsOf, statementsOf, titleOf } from '../statements.ts'
import { inParts, relationsAnywhere } from '../transaction-size.ts'
import { assertion, type Check } from './assertion.ts'
import { connectCommand, conninfoValue } from './psql.ts'

/** How long a transaction of the script may last, in milliseconds: as long as one of ours. */
const deadline = 2000

/**
 * The whole plan as a script for `psql -f`, for an administrator who runs it instead. It does what pg-usher
 * does, in the same order: the roles, not able to log in; each database in transactions of its own; last the
 * password, which psql asks for and sends as a verifier, and LOGIN. Each transaction looks whether its changes
 * hold before it commits; where one does not, the script stops and the transaction leaves nothing. Before the first
 * of several commits all of them are tried and rolled back, so that what would not take stops it while nothing has
 * changed.
 * @param relations how many relations a transaction may name (transaction-size.ts)
 */
export function renderSql(plan: Plan, relations: number = relationsAnywhere): string {
  const trial = trialSection(plan, relations)
  const sections = [
    header(plan, trial.length > 0),
    settings,
    ...trial,
    ...(plan.roles.length === 0
      ? []
      : [section('The roles, not yet able to log in', transaction(plan.roles))]),
    ...databaseChanges(plan)
      .filter(({ changes }) => changes.length > 0)
      .map(({ database, changes }) =>
        section(
          `Database ${printableName(database)}`,
          [connectCommand(database), ...inParts(changes, relations).map(part => transaction(part))].join(
            '\n\n',
          ),
        ),
      ),
    ...openingSection(plan),
    ...listenSection(plan),
  ]
  return `${sections.join('\n\n')}\n`
}

function header(plan: Plan, tried: boolean): string {
  const { host, port, database, user } = plan.server
  const where = `host=${conninfoValue(host)} port=${port} dbname=${conninfoValue(database)} user=${conninfoValue(user)}`
  const lines = [
    `pg-usher: lets ${plan.tool.name} into ${plan.databases.map(each => printableName(each.database)).join(', ')} as ${printableName(plan.login)}.`,
    '',
    'Run it with psql 14 or later, without your own psqlrc:',
    `  psql -X -f THIS_FILE ${printable(shellQuote(where))}`,
    ...(opensByPassword(plan) ? ['It asks twice for the new password, near the end.'] : []),
    ...(tried
      ? [
          'First it tries all of it and rolls it back: where something would not take, it stops there, and nothing has',
          'changed. A script cannot commit in several databases at once, so where something comes in between after that,',
          'the transaction at hand leaves nothing and those before it stay: the roles, which cannot log in before the last',
          'transaction, and what they were granted. To go on, make a new plan: it has only what is missing.',
        ]
      : ['Where it stops, nothing has changed.']),
    ...(plan.notes.length === 0 ? [] : ['', 'To know before:']),
    ...plan.notes.map(
      note =>
        `- ${note.level === 'warning' ? 'Warning: ' : ''}${note.database === null ? '' : `${printableName(note.database)}: `}${note.text}`,
    ),
  ]
  return comment(lines)
}

/** In one line, as the value of a psql variable has to be. Below 17 nothing else bounds a transaction as a whole. */
const inTimeSql = [
  'DO $in_time$ DECLARE',
  `rest int = ${deadline} - CAST(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000 AS int);`,
  'BEGIN IF rest < 1 THEN',
  `RAISE EXCEPTION USING ERRCODE = 'query_canceled', MESSAGE = 'the transaction was not done within ${deadline} ms', HINT = 'Nothing of it was kept. Try again at a quieter time.';`,
  "END IF; PERFORM set_config('statement_timeout', CAST(rest AS text), true); END $in_time$",
].join(' ')

// A psqlrc that was read all the same shall not change what the script means.
const settings = `\\set ON_ERROR_STOP on
\\set ON_ERROR_ROLLBACK off
\\set AUTOCOMMIT on
\\set SINGLESTEP off
\\set SINGLELINE off

${comment([
  `A transaction lasts ${deadline / 1000} s at most, since others wait for its locks: before each statement :in_time bounds it by what`,
  'is left of them. The server itself ends one that hangs, by idle_in_transaction_session_timeout and, on 17 and later,',
  'transaction_timeout.',
])}
\\set in_time ${psqlValue(inTimeSql)}`

function section(title: string, body: string): string {
  return `${comment([`== ${title} ==`])}\n\n${body}`
}

/** What must be afterwards as it was before: what notes it, and what looks. */
interface Guard {
  readonly before: string
  readonly check: Check
}

/**
 * All transactions, each rolled back; none where there is only one, which leaves nothing by itself. It ends in the last
 * database: what comes next are the roles, which are of all of them.
 */
function trialSection(plan: Plan, relations: number): readonly string[] {
  const parts = databaseChanges(plan)
    .filter(({ changes }) => changes.length > 0)
    .map(({ database, changes }) => ({ database, parts: inParts(changes, relations) }))
  const ofRoles = [plan.roles, plan.opening].filter(changes => changes.length > 0)
  const commits = ofRoles.length + parts.reduce((sum, each) => sum + each.parts.length, 0)
  if (commits < 2) return []
  return [
    section(
      'A trial of all of it: each transaction ends with ROLLBACK, and nothing stays',
      [
        ...(ofRoles.length === 0 ? [] : [trialOfRoles(plan)]),
        ...parts.flatMap(each => [
          connectCommand(each.database),
          ...each.parts.map(part => trial([...plan.roles, ...part], part)),
        ]),
      ].join('\n\n'),
    ),
  ]
}

function trialOfRoles(plan: Plan): string {
  const guard = plan.authentication === 'aws-iam' && plan.opening.length > 0 ? adminStaysOut : null
  // The password itself is typed later.
  const open = opensByPassword(plan) ? [loginStatement(plan)] : []
  const changes = opensByPassword(plan) ? plan.roles : [...plan.roles, ...plan.opening]
  return trial(changes, changes, { guard, more: open })
}

/**
 * One transaction that is rolled back.
 * @param changes all that has to be there, such as the roles, which the trial before has rolled back
 * @param tried those of them that are looked at
 */
function trial(
  changes: readonly Change[],
  tried: readonly Change[],
  { guard = null, more = [] }: { readonly guard?: Guard | null; readonly more?: readonly string[] } = {},
): string {
  const borrowed = borrowedBy(changes)
  const ahead = [...borrowed, ...sparedBy(changes)]
  return [
    begin,
    ...(guard === null ? [] : [guard.before]),
    ...(ahead.length === 0 ? [] : [assertion(ahead)]),
    inTime([...changes.flatMap(change => statementsOf(change)), ...more]),
    inTime([]),
    assertion([...tried.map(holding), ...borrowed, ...(guard === null ? [] : [guard.check])]),
    'ROLLBACK;',
  ].join('\n\n')
}

function holding(change: Change): Check {
  return [titleOf(change), checkOf(change)]
}

function transaction(changes: readonly Change[], guard: Guard | null = null): string {
  const borrowed = borrowedBy(changes)
  const ahead = [...borrowed, ...sparedBy(changes)]
  return [
    begin,
    ...(guard === null ? [] : [guard.before]),
    ...(ahead.length === 0 ? [] : [assertion(ahead)]),
    ...changes.map(change => `${comment([change.why])}\n${inTime(statementsOf(change))}`),
    inTime([]),
    assertion([...changes.map(holding), ...borrowed, ...(guard === null ? [] : [guard.check])]),
    'COMMIT;',
  ].join('\n\n')
}

/** Asked before: only pg-usher itself puts back what REVOKE takes of single columns. */
function sparedBy(changes: readonly Change[]): Check[] {
  return changes.flatMap(change =>
    change.kind === 'revoke-relations'
      ? [
          [
            `nothing is granted on single columns that this would take too (apply it with pg-usher): ${titleOf(change)}`,
            spareColumnsOf(change),
          ],
        ]
      : [],
  )
}

/** Asked before and after: whoever runs it must not lose a membership of its own, nor keep one of these. */
function borrowedBy(changes: readonly Change[]): Check[] {
  const roles = new Set(changes.flatMap(({ actAs }) => (actAs?.by === 'grant-self' ? [actAs.role] : [])))
  return [...roles].map(role => [
    `you are no member of ${printableName(role)} by a grant of your own`,
    `NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles me ON me.oid = m.member WHERE me.rolname = CURRENT_USER AND r.rolname = ${quoteLiteral(role)} AND pg_catalog.pg_has_role(m.grantor, 'USAGE'))`,
  ])
}

const begin = `BEGIN;
SET LOCAL lock_timeout = '${deadline - 200}ms';
SET LOCAL idle_in_transaction_session_timeout = '${deadline + 500}ms';
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog, pg_temp;
DO $deadline$ BEGIN
  IF pg_catalog.current_setting('server_version_num')::int >= 170000 THEN
    PERFORM pg_catalog.set_config('transaction_timeout', '${deadline + 1000}ms', true);
  END IF;
END $deadline$;`

/** As psql takes an argument: in quotes, which are doubled inside, and with backslash escapes. */
function psqlValue(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function openingSection(plan: Plan): readonly string[] {
  if (plan.opening.length === 0) return []
  return plan.authentication === 'aws-iam'
    ? [
        section(
          'The login, by tokens of AWS IAM',
          `${connectCommand(plan.server.database)}\n\n${transaction(plan.opening, adminStaysOut)}`,
        ),
      ]
    : [section('The password, and the right to log in', opening(plan))]
}

/** ALTER SYSTEM cannot be part of a transaction. */
function listenSection({ listen }: Plan): readonly string[] {
  return listen === undefined
    ? []
    : [
        section(
          'Where the server listens, from its next restart on',
          `${comment([listen.why, restartWords(listen)])}\n${listenStatement(listen.value)};`,
        ),
      ]
}

/** By this pg_hba.conf tells who comes in by a token, and no longer by a password. */
const isIamMember = `pg_catalog.pg_has_role(SESSION_USER, ${quoteLiteral(iamGroup)}, 'MEMBER')`

/** Asked before and after: whoever runs it must not become a member. */
const adminStaysOut: Guard = {
  before: `SELECT pg_catalog.set_config('pg_usher.was_iam_member', ${isIamMember}::pg_catalog.text, true);`,
  check: [
    `you are a member of ${iamGroup} as much as before: its members come in by tokens alone`,
    `${isIamMember}::pg_catalog.text = pg_catalog.current_setting('pg_usher.was_iam_member')`,
  ],
}

// LOGIN and the chosen end in one: who types the password sees whether it works, so nothing is opened for
// a proof first.
function opening(plan: Plan): string {
  const end = plan.opening.find(change => change.kind === 'set-valid-until')
  const checks: [string, string][] = [
    [
      `LOGIN for ${printableName(plan.login)}`,
      `EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ${quoteLiteral(plan.login)} AND r.rolcanlogin)`,
    ],
  ]
  if (end !== undefined) checks.push([titleOf(end), checkOf(end)])
  return [
    comment(['psql makes the verifier itself: the password does not reach the server or its log.']),
    `SET password_encryption = 'scram-sha-256';\n\\password ${psqlIdentifier(plan.login)}`,
    begin,
    `${comment(["From here on the login works, until its chosen end: our limit, not the vendor's."])}\n${inTime([loginStatement(plan)])}`,
    assertion(checks),
    'COMMIT;',
  ].join('\n\n')
}

function opensByPassword({ opening: changes, authentication }: Plan): boolean {
  return changes.length > 0 && authentication !== 'aws-iam'
}

function loginStatement({ opening: changes, login }: Plan): string {
  const end = changes.find(change => change.kind === 'set-valid-until')
  const validUntil = end?.kind === 'set-valid-until' ? end.validUntil : null
  return `ALTER ROLE ${quoteIdentifier(login)} LOGIN VALID UNTIL ${quoteLiteral(validUntil ?? 'infinity')}`
}

// \password takes its argument as an SQL name; always in quotes, so that no rule about case is needed.
function psqlIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Each statement bounded by what is left of the deadline; the bound alone where there is none. */
function inTime(statements: readonly string[]): string {
  if (statements.length === 0) return ':in_time;'
  return statements.map(statement => `:in_time;\n${statement};`).join('\n')
}

function comment(lines: readonly string[]): string {
  return lines.map(line => `-- ${printable(line)}`.trimEnd()).join('\n')
}
