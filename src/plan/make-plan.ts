import { granteeOf } from '../model/answers.ts'
import type { Problem } from '../model/problem.ts'
import { atOnce, type Sliced } from '../model/sliced.ts'
import { type MadeAwsPlan, makeAwsPlan } from './aws/make-aws-plan.ts'
import { type DatabasePart, databasePart } from './database-changes.ts'
import { firewallPlan } from './firewall/plan.ts'
import { listenPlan } from './listen-plan.ts'
import { networkPlan } from './network-plan.ts'
import type { Plan } from './plan.ts'
import { chosenDatabasesSliced, type PlanInput } from './plan-input.ts'
import { type LeftDatabase, planNotes } from './plan-notes.ts'
import { planProblems } from './plan-problems.ts'
import { openingChanges, roleChanges } from './role-changes.ts'
import { takingAway } from './taking-away.ts'
import { tlsPlan } from './tls/plan.ts'

/** A plan, or all that keeps it from being one, each with its path in the answers. */
export type MadePlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * The plan that these answers come to on this server: a pure function, and a difference. What the grantee
 * holds by a grant of its own is not planned again, roles that exist are not created again.
 */
export function makePlan(input: PlanInput): MadePlan {
  return atOnce(planning(input))
}

/** The same in slices: a hundred thousand tables take half a second. */
export function* planning(input: PlanInput): Sliced<MadePlan> {
  const problems = yield* planProblems(input)
  const aws = awsPart(input)
  if (problems.length > 0 || aws?.ok === false)
    return { ok: false, problems: [...problems, ...(aws?.ok === false ? aws.problems : [])] }
  const { answers, connector } = input
  const { host, port, database, user } = answers.server
  const parts: DatabasePart[] = []
  for (const each of yield* chosenDatabasesSliced(input)) parts.push(yield* databasePart(input, each))
  const left = yield* leftDatabases(input)
  return {
    ok: true,
    plan: {
      tool: { id: connector.id, name: connector.name },
      server: { host, port, database, user, versionNumber: input.server.versionNumber },
      authentication: answers.authentication.method,
      login: answers.roles.login,
      group: answers.roles.layout === 'group-and-login' ? answers.roles.group : null,
      grantee: granteeOf(answers.roles),
      access: answers.access,
      roles: roleChanges(input),
      databases: parts.map(({ plan }) => plan),
      ...leaving(left),
      opening: openingChanges(input),
      ...networkPlan(input),
      ...listenPlan(input),
      ...firewallPlan(input),
      tls: tlsPlan(input),
      ...(aws === null ? {} : { aws: aws.plan }),
      notes: [...(yield* planNotes(input, parts, left)), ...(aws?.plan.notes ?? [])],
    },
  }
}

function awsPart({ answers, connector, aws, lostAwsKeys = [] }: PlanInput): MadeAwsPlan | null {
  const { authentication } = answers
  if (authentication.method !== 'aws-iam' || aws === undefined) return null
  return makeAwsPlan({ answers, aws: authentication.aws, connector, live: aws, lostKeys: lostAwsKeys })
}

/** Databases of an earlier run that the answers do not name any more. */
function* leftDatabases(input: PlanInput): Sliced<readonly LeftDatabase[]> {
  const chosen = new Set(input.answers.databases.map(database => database.name))
  const left: LeftDatabase[] = []
  for (const database of input.catalogue.databases)
    if (!chosen.has(database.name))
      left.push({ database: database.name, takes: yield* takingAway(input, database, null) })
  return left
}

function leaving(left: readonly LeftDatabase[]): Pick<Plan, 'leaving'> {
  const changes = left
    .map(({ database, takes }) => ({ database, changes: takes.changes, taken: takes.relations }))
    .filter(each => each.changes.length > 0)
  return changes.length === 0 ? {} : { leaving: changes }
}
