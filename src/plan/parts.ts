import type { AwsChange } from '../model/aws/change.ts'
import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { AwsPlan } from './aws/aws-plan.ts'
import { callsOf } from './aws/calls.ts'
import { awsTitleOf, awsUndoWords } from './aws/titles.ts'
import type { Plan } from './plan.ts'
import { cliCommand } from './render/aws-cli-command.ts'
import { statementsOf, titleOf } from './statements.ts'

/** Changes that are made one after the other, under one heading. */
export interface PlanPart {
  readonly title: string
  /** As whom, or who else has to; null where it is the administrator of the plan. */
  readonly who: { readonly text: string; readonly fromHere: boolean } | null
  readonly language: 'sql' | 'sh'
  /** Empty where all of it is there already. */
  readonly steps: readonly PlanStep[]
}

/** A change in words, and exactly what is run for it. */
export interface PlanStep {
  readonly title: string
  readonly why: string
  /** Each whole, with its semicolon where it is SQL. */
  readonly commands: readonly string[]
  /** How it is undone, where its title does not say so. */
  readonly undo: string | null
}

/** All that is changed, in the order in which it is; the lines of pg_hba.conf come after it (network-text.ts). */
export function planParts(plan: Plan): readonly PlanPart[] {
  const { server, aws } = plan
  return [
    ...(aws === undefined
      ? []
      : inAws('In AWS, before anything else, since it takes minutes', aws, aws.flag)),
    inDatabase(`Roles, in ${printableName(server.database)}: one transaction`, plan.roles),
    ...plan.databases.map(({ database, changes }) =>
      inDatabase(`Database ${printableName(database)}: a transaction of its own`, changes),
    ),
    ...(plan.leaving ?? []).map(({ database, changes }) =>
      inDatabase(`Database ${printableName(database)}, not chosen any more`, changes),
    ),
    ...(aws === undefined ? [] : inAws('In AWS', aws, aws.changes)),
    inDatabase(
      plan.authentication === 'aws-iam'
        ? 'Last, the login, for tokens of AWS IAM'
        : 'Last, the login: opened for some minutes, proved, then given its end',
      plan.opening,
    ),
  ]
}

function inDatabase(title: string, changes: readonly Change[]): PlanPart {
  const steps = changes.map(change => ({
    title: titleOf(change),
    why: change.why,
    commands: statementsOf(change).map(statement => `${statement};`),
    undo: null,
  }))
  return { title, who: null, language: 'sql', steps }
}

function inAws(title: string, { identity }: AwsPlan, changes: readonly AwsChange[]): PlanPart[] {
  if (changes.length === 0) return []
  const steps = changes.map(change => ({
    title: awsTitleOf(change),
    why: change.why,
    commands: callsOf(change).map(cliCommand),
    undo: awsUndoWords(change),
  }))
  const who =
    identity === null
      ? {
          text: 'Not done from here: pg-usher plan --format aws-cli, cloudformation or terraform writes it for whoever may.',
          fromHere: false,
        }
      : { text: `As ${identity.arn}, in account ${identity.account}.`, fromHere: true }
  return [{ title, who, language: 'sh', steps }]
}
