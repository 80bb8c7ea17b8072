import type { Answers } from '../model/answers.ts'
import type { Change } from '../model/change.ts'
import { printable, printableName, quoteIdentifier, quoteLiteral } from '../model/identifier.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { instantOf } from '../model/valid-until.ts'
import { iamGroup, usesIam } from '../plan/iam-login.ts'
import type { PlanInput } from '../plan/plan-input.ts'
import { changesForAnother, openingChanges, roleChanges } from '../plan/role-changes.ts'
import { type Drift, driftOfChanges } from './drift.ts'
import type { RoleFacts } from './role-facts.ts'

/** From this many days before its end a login is said to expire soon. */
const soonDays = 14
const dayMs = 86_400_000

/** What of the roles themselves is not as chosen: attributes, end, limit, memberships, settings. */
export function driftOfRoles(input: PlanInput, facts: RoleFacts): readonly Drift[] {
  const { answers, roles, server } = input
  const { login } = roles
  if (login === null) {
    const { group } = roles
    const made = roleChanges(input).filter(
      change => change.kind === 'create-role' && change.role !== answers.roles.login,
    )
    return [
      loginGone(answers),
      // First, since what mends the rest is granted to it.
      ...(group === null ? driftOfChanges(made, null, server.versionNumber) : []),
      ...driftOfGroup(input),
    ]
  }
  const missing = driftOfChanges(
    [...roleChanges(input), ...changesForAnother(input), ...wayInByIam(input)],
    null,
    server.versionNumber,
  )
  const asleep = missing.some(({ code }) => code === 'membership-gone')
    ? []
    : driftOfInheritance(input, facts)
  return [
    ...missing,
    ...driftOfLogin(answers, login, new Date(facts.now)),
    ...driftOfGroup(input),
    ...asleep,
    ...driftOfMemberships(input, facts),
    ...driftOfSettings(input, facts),
  ]
}

/** The membership by which tokens of AWS IAM let it in. */
function wayInByIam(input: PlanInput): readonly Change[] {
  return usesIam(input) ? openingChanges(input).filter(({ kind }) => kind === 'grant-membership') : []
}

function loginGone({ roles }: Answers): Drift {
  return drift(
    'login-gone',
    `The login ${printableName(roles.login)} is gone. pg-usher apply makes it anew, with a new password.`,
    [],
  )
}

function driftOfLogin(answers: Answers, login: ExistingRole, now: Date): readonly Drift[] {
  const name = printableName(login.name)
  const alter = `ALTER ROLE ${quoteIdentifier(login.name)}`
  return [
    ...(login.canLogin ? [] : [drift('login-disabled', `${name} may not log in.`, [`${alter} LOGIN`])]),
    ...driftOfElevation(login),
    ...driftOfEnd(answers.limits.validUntil, login, now),
  ]
}

function driftOfElevation(role: ExistingRole): readonly Drift[] {
  if (role.elevated.length === 0) return []
  return [
    drift('attribute-added', `${printableName(role.name)} is ${role.elevated.join(', ')}.`, [
      `ALTER ROLE ${quoteIdentifier(role.name)} ${role.elevated.map(attribute => `NO${attribute}`).join(' ')}`,
    ]),
  ]
}

function driftOfEnd(chosen: string | null, login: ExistingRole, now: Date): readonly Drift[] {
  const name = printableName(login.name)
  const validUntil = (end: string | null) =>
    `ALTER ROLE ${quoteIdentifier(login.name)} VALID UNTIL ${quoteLiteral(end ?? 'infinity')}`
  const end = instantOf(login.validUntil)
  const wanted = instantOf(chosen)
  const left = Math.floor((end - now.getTime()) / dayMs)
  if (end <= now.getTime() && wanted <= now.getTime()) {
    const later = new Date(now.getTime() + 90 * dayMs).toISOString()
    return [
      drift(
        'expired',
        `${name} has been expired since ${login.validUntil}. Choose a new end in the answers too; the statement sets one in 90 days.`,
        [validUntil(later)],
      ),
    ]
  }
  if (end !== wanted) {
    const over = end <= now.getTime() ? ' It is over, so the login does not get in.' : ''
    return [
      drift(
        end <= now.getTime() ? 'expired' : 'valid-until-changed',
        `VALID UNTIL of ${name} is ${login.validUntil ?? 'infinity'}, not ${chosen ?? 'infinity'}.${over}`,
        [validUntil(chosen)],
      ),
    ]
  }
  if (left >= soonDays) return []
  return [
    {
      ...drift(
        'expires-soon',
        `${name} expires on ${login.validUntil}, in ${left === 1 ? '1 day' : `${left} days`}, as chosen. pg-usher rotate renews it.`,
        [],
      ),
      level: 'warning',
    },
  ]
}

function driftOfGroup({ answers, roles }: PlanInput): readonly Drift[] {
  const { group } = roles
  if (answers.roles.layout !== 'group-and-login' || group === null) return []
  const enters = drift('attribute-added', `The group ${printableName(group.name)} can log in itself.`, [
    `ALTER ROLE ${quoteIdentifier(group.name)} NOLOGIN`,
  ])
  return [...driftOfElevation(group), ...(group.canLogin ? [enters] : [])]
}

function driftOfInheritance({ answers, server }: PlanInput, facts: RoleFacts): readonly Drift[] {
  if (answers.roles.layout !== 'group-and-login' || facts.inherits !== false) return []
  const { login, group } = answers.roles
  return [
    drift(
      'membership-asleep',
      `${printableName(login)} is a member of ${printableName(group)} and does not inherit from it, so it has nothing of what that holds.`,
      [
        server.versionNumber >= 160_000
          ? `GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(login)} WITH INHERIT TRUE`
          : `ALTER ROLE ${quoteIdentifier(login)} INHERIT`,
      ],
    ),
  ]
}

function driftOfMemberships({ answers, server }: PlanInput, facts: RoleFacts): readonly Drift[] {
  const { roles } = answers
  return facts.memberships.flatMap(({ member, role, admin, grantor }): Drift[] => {
    const inGroup = roles.layout === 'group-and-login' && role === roles.group
    const meant = member === roles.login && (inGroup || (usesIam({ answers }) && role === iamGroup))
    if (meant && !admin) return []
    // Since 16 each grantor's membership stands by itself, and REVOKE means the own one (manual, REVOKE).
    const by = server.versionNumber >= 160_000 ? ` GRANTED BY ${quoteIdentifier(grantor)}` : ''
    const from = `${quoteIdentifier(role)} FROM ${quoteIdentifier(member)}${by}`
    return [
      meant
        ? drift('membership-admin', `${printableName(member)} may grant ${printableName(role)} to others.`, [
            `REVOKE ADMIN OPTION FOR ${from}`,
          ])
        : drift(
            'membership-added',
            `${printableName(member)} is a member of ${printableName(role)} (by ${printableName(grantor)}), which was not chosen.`,
            [`REVOKE ${from}`],
          ),
    ]
  })
}

/** Parameters that hold a promise of ours, or decide who the session is. */
const guarded: ReadonlySet<string> = new Set([
  'statement_timeout',
  'default_transaction_read_only',
  'role',
  'session_replication_role',
])

function driftOfSettings({ answers }: PlanInput, facts: RoleFacts): readonly Drift[] {
  const { limits, roles } = answers
  const planned: ReadonlySet<string> = new Set([
    ...(limits.statementTimeout === null ? [] : ['statement_timeout']),
    ...(limits.readOnly ? ['default_transaction_read_only'] : []),
  ])
  return facts.settings.flatMap(({ role, database, parameter, value }): Drift[] => {
    // A planned one that differs is said with the changes.
    if (role === roles.login && database === null && planned.has(parameter)) return []
    const where = database === null ? '' : ` IN DATABASE ${quoteIdentifier(database)}`
    const inWords = database === null ? '' : ` in database ${printableName(database)}`
    return [
      {
        ...drift(
          'setting-added',
          `${printable(parameter)} of ${printableName(role)}${inWords} is set to ${printable(value)}, which was not chosen.`,
          [`ALTER ROLE ${quoteIdentifier(role)}${where} RESET ${parameter}`],
        ),
        level: guarded.has(parameter) ? 'drift' : 'info',
      },
    ]
  })
}

function drift(code: Drift['code'], text: string, mend: readonly string[]): Drift {
  return { code, level: 'drift', database: null, text, mend }
}
