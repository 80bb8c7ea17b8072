import type { AwsChange } from '../../model/aws/change.ts'
import type { Change } from '../../model/change.ts'
import type { AwsPlan } from '../aws/aws-plan.ts'
import { callsOf } from '../aws/calls.ts'
import { awsCheckWords, awsTitleOf, awsUndoWords } from '../aws/titles.ts'
import { checkOf, statementsOf, titleOf, undoOf } from '../statements.ts'
import type { PlanDocument } from './document.ts'

/** The version of the format below; it goes up when a field changes its meaning or goes away. */
export const planJsonVersion = 1

/** The plan for programs: each change with its statements, its check and what takes it back. No secret. */
export function renderJson(document: PlanDocument): string {
  const { plan } = document
  const json = {
    version: planJsonVersion,
    tool: plan.tool,
    server: plan.server,
    authentication: plan.authentication,
    login: plan.login,
    group: plan.group,
    grantee: plan.grantee,
    access: plan.access,
    roles: plan.roles.map(changeJson),
    databases: plan.databases.map(({ database, schemas, chosen, changes }) => ({
      database,
      schemas,
      chosen,
      changes: changes.map(changeJson),
    })),
    leaving: (plan.leaving ?? []).map(({ database, changes }) => ({
      database,
      changes: changes.map(changeJson),
    })),
    opening: plan.opening.map(changeJson),
    aws: plan.aws === undefined ? null : awsJson(plan.aws),
    notes: plan.notes,
    network: {
      hba: document.hba ?? [],
      door: plan.network ?? null,
      firewall: plan.firewall ?? null,
      tls: plan.tls ?? null,
      listen: document.listen ?? null,
      listenChange: plan.listen ?? null,
      ticket: document.ticket ?? null,
      roleTicket: document.roleTicket ?? null,
    },
    forms: document.forms ?? [],
  }
  return `${JSON.stringify(json, null, 2)}\n`
}

function awsJson({ flag, changes, ...aws }: AwsPlan) {
  return { ...aws, flag: flag.map(awsChangeJson), changes: changes.map(awsChangeJson) }
}

function awsChangeJson(change: AwsChange) {
  return {
    title: awsTitleOf(change),
    ...change,
    calls: callsOf(change),
    check: awsCheckWords(change),
    undo: awsUndoWords(change),
  }
}

function changeJson(change: Change) {
  return {
    title: titleOf(change),
    ...change,
    statements: statementsOf(change),
    check: checkOf(change),
    undo: undoOf(change),
  }
}
