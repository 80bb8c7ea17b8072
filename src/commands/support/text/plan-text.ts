import type { AwsChange } from '../../../model/aws/change.ts'
import type { Change } from '../../../model/change.ts'
import { counted } from '../../../model/counted.ts'
import { printable, printableName } from '../../../model/identifier.ts'
import type { AwsPlan } from '../../../plan/aws/aws-plan.ts'
import { callsOf } from '../../../plan/aws/calls.ts'
import { awsTitleOf, awsUndoWords } from '../../../plan/aws/titles.ts'
import { firewallText } from '../../../plan/firewall/text.ts'
import { doorAdvice, doorGroups, doorHeading } from '../../../plan/network-text.ts'
import { databaseChanges, type Plan } from '../../../plan/plan.ts'
import { cliCommand } from '../../../plan/render/aws-cli-command.ts'
import { statementsOf } from '../../../plan/statements.ts'
import { firewallPart } from './firewall-part.ts'
import { paragraph, statementLines } from './layout.ts'

/** The whole plan: every change in its order, with its why and its exact statements, then the notes. */
export function planText(plan: Plan): string[] {
  const number = numbering(plan)
  const lines = ['Plan', ...paragraph(summary(plan), '  ')]
  const part = (title: string, changes: readonly Change[]) => {
    if (changes.length === 0) return
    lines.push('', ...paragraph(title, '  '))
    for (const change of changes) {
      lines.push(...paragraph(change.why, `  ${number()} `))
      for (const statement of statementsOf(change))
        lines.push(...statementLines(statement, ' '.repeat(indent(plan))))
    }
  }
  const inAws = (title: string, changes: readonly AwsChange[]) => {
    if (changes.length === 0) return
    lines.push('', ...paragraph(title, '  '))
    for (const change of changes) {
      lines.push(...paragraph(`${awsTitleOf(change)}. ${change.why}`, '  - '))
      for (const call of callsOf(change)) lines.push(...statementLines(cliCommand(call), '      '))
      lines.push(...paragraph(`Undo: ${awsUndoWords(change)}`, '      '))
    }
  }
  const aws = awsMadeHere(plan)
  inAws('In AWS, before anything else, since it takes minutes:', aws?.flag ?? [])
  part('First, the roles, which cannot log in yet:', plan.roles)
  for (const { database, changes } of plan.databases) {
    part(`In database ${printableName(database)}, as one transaction:`, changes)
  }
  for (const { database, changes } of plan.leaving ?? []) {
    part(`In database ${printableName(database)}, which is not chosen any more, as one transaction:`, changes)
  }
  inAws('In AWS:', aws?.changes ?? [])
  part('Last, the login, open for a few minutes only until it is proved:', plan.opening)
  lines.push(...doorText(plan, number), ...firewallLines(plan))
  if (plan.notes.length > 0) lines.push('', ...notesText(plan, '  '))
  return lines
}

/** Who decides at the door today and then, and what is written there. */
function doorText({ network, login }: Plan, number: () => string): string[] {
  if (network === undefined) return []
  const groups = network.ways === null ? [] : doorGroups(network.ways)
  const { change } = network
  return [
    '',
    ...paragraph(`${doorHeading(login)}:`, '  '),
    ...groups.flatMap(({ who, today, after }) => [
      ...paragraph(`${who}, today: ${today}.`, '    '),
      ...(today === after ? [] : paragraph(`Then: ${after}.`, '      ')),
    ]),
    ...(change === null
      ? paragraph(doorAdvice(network), '    ')
      : [
          ...paragraph(`${change.why} ${doorAdvice(network)}`, `  ${number()} `),
          ...change.lines.map(line => `      ${printable(line)}`),
        ]),
  ]
}

/** What a person does at the managed service. */
function firewallLines({ firewall }: Plan): string[] {
  if (firewall === undefined) return []
  return ['', ...firewallText(firewall).flatMap(part => firewallPart(part, '  '))]
}

/** What to know before saying yes, one paragraph a note. */
export function notesText(plan: Plan, indent: string): string[] {
  return plan.notes.flatMap(note => {
    const where = note.database === null ? '' : `${printableName(note.database)}: `
    return paragraph(`${where}${note.text}`, `${indent}${note.level === 'warning' ? 'Warning: ' : 'Note: '}`)
  })
}

/** Whether the plan would change nothing: all that was asked for is there already. */
export function changesNothing(plan: Plan): boolean {
  const aws = awsMadeHere(plan)
  return changeCount(plan) + (aws?.flag.length ?? 0) + (aws?.changes.length ?? 0) === 0
}

function summary(plan: Plan): string {
  const relations = plan.databases.reduce((sum, { chosen }) => sum + chosen.length, 0)
  const login = printableName(plan.login)
  const through = plan.group === null ? '' : ` through the group role ${printableName(plan.group)}`
  const what = { read: 'reads', metadata: 'sees the structure of', usage: 'may use the schemas of' }[
    plan.access
  ]
  return (
    `${plan.tool.name}, as ${login}${through}, ${what} ${counted(relations, 'table')} in ` +
    `${counted(plan.databases.length, 'database')} of ${plan.server.host} port ${plan.server.port}. ` +
    `${counted(changeCount(plan), 'change')}:`
  )
}

function changesOf(plan: Plan): readonly Change[] {
  return [...plan.roles, ...databaseChanges(plan).flatMap(({ changes }) => changes), ...plan.opening]
}

/** The AWS part, where it is made from here; without credentials it is for somebody else. */
function awsMadeHere({ aws }: Plan): AwsPlan | null {
  return aws === undefined || aws.identity === null ? null : aws
}

function changeCount(plan: Plan): number {
  return changesOf(plan).length + (plan.network?.change == null ? 0 : 1)
}

function numbering(plan: Plan): () => string {
  const width = indent(plan) - 4
  let last = 0
  return () => {
    last += 1
    return `${String(last).padStart(width)}.`
  }
}

function indent(plan: Plan): number {
  return String(changeCount(plan)).length + 4
}
