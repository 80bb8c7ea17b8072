import { granteeOf } from '../model/answers.ts'
import type { Problem } from '../model/problem.ts'
import { type MadeAwsPlan, makeAwsPlan } from './aws/make-aws-plan.ts'
import { databasePlan } from './database-changes.ts'
import { firewallPlan } from './firewall/plan.ts'
import { networkPlan } from './network-plan.ts'
import type { Plan } from './plan.ts'
import { chosenDatabases, type PlanInput } from './plan-input.ts'
import { planNotes } from './plan-notes.ts'
import { planProblems } from './plan-problems.ts'
import { openingChanges, roleChanges } from './role-changes.ts'
import { takingAway } from './taking-away.ts'

/** A plan, or all that keeps it from being one, each with its path in the answers. */
export type MadePlan =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * The plan that these answers come to on this server: a pure function, and a difference. What the grantee
 * holds by a grant of its own is not planned again, roles that exist are not created again.
 */
export function makePlan(input: PlanInput): MadePlan {
  const problems = planProblems(input)
  const aws = awsPart(input)
  if (problems.length > 0 || aws?.ok === false)
    return { ok: false, problems: [...problems, ...(aws?.ok === false ? aws.problems : [])] }
  const { answers, connector } = input
  const { host, port, database, user } = answers.server
  const databases = chosenDatabases(input)
  return {
    ok: true,
    plan: {
      tool: { id: connector.id, name: connector.name },
      server: { host, port, database, user },
      authentication: answers.authentication.method,
      login: answers.roles.login,
      group: answers.roles.layout === 'group-and-login' ? answers.roles.group : null,
      grantee: granteeOf(answers.roles),
      access: answers.access,
      roles: roleChanges(input),
      databases: databases.map(each => databasePlan(input, each)),
      ...leaving(input),
      opening: openingChanges(input),
      ...networkPlan(input),
      ...firewallPlan(input),
      ...(aws === null ? {} : { aws: aws.plan }),
      notes: [...planNotes(input, databases), ...(aws?.plan.notes ?? [])],
    },
  }
}

function awsPart({ answers, connector, aws, lostAwsKeys = [] }: PlanInput): MadeAwsPlan | null {
  const { authentication } = answers
  if (authentication.method !== 'aws-iam' || aws === undefined) return null
  return makeAwsPlan({ answers, aws: authentication.aws, connector, live: aws, lostKeys: lostAwsKeys })
}

/** Databases of an earlier run that the answers do not name any more. */
function leaving(input: PlanInput): Pick<Plan, 'leaving'> {
  const chosen = new Set(input.answers.databases.map(database => database.name))
  const changes = input.catalogue.databases
    .filter(database => !chosen.has(database.name))
    .map(database => {
      const { changes, relations } = takingAway(input, database, null)
      return { database: database.name, changes, taken: relations }
    })
    .filter(each => each.changes.length > 0)
  return changes.length === 0 ? {} : { leaving: changes }
}
