import { notYours, type UndoDatabase, type UndoPlan } from '../../../engine/plan-undo.ts'
import type { UndoOutcome, UndoPart } from '../../../engine/undo.ts'
import { counted } from '../../../model/counted.ts'
import type { DirectGrant } from '../../../model/granted.ts'
import { printable, printableName, qualifiedName, quoteIdentifier } from '../../../model/identifier.ts'
import { listenUndo } from '../../../model/listen/change.ts'
import type { UndoableReceipt } from '../../../model/receipt-run.ts'
import { awsTitleOf, awsUndoWords } from '../../../plan/aws/titles.ts'
import { undoOf } from '../../../plan/statements.ts'
import { paragraph, statementLines } from './layout.ts'

/** What an undo of a receipt is about. */
export function undoHeading({ tool, login, run, finishedAt }: UndoableReceipt): string[] {
  const { host, port } = run.server
  return [
    'Undo',
    ...paragraph(
      `What was granted to ${tool.name}, as ${printableName(login)}, on ${host} port ${port}, done at ${finishedAt}.`,
      '  ',
    ),
  ]
}

/** What an undo would do, in its order, with its exact statements. */
export function undoPlanText(
  heading: readonly string[],
  plan: UndoPlan,
  { endSessions, place }: { readonly endSessions: boolean; readonly place: string },
): string[] {
  return [
    ...heading,
    ...part(
      'Before anything else, where the server listens from its next restart on:',
      plan.listen === null ? [] : [listenUndo(plan.listen)],
    ),
    ...doorText(plan),
    ...part(
      'First, no new session of the login:',
      plan.close.map(({ statement }) => statement),
    ),
    ...sessionsText(plan, endSessions),
    ...plan.databases.flatMap(databaseText),
    ...part('Then, the roles:', [
      ...plan.roles.toReversed().flatMap(undoOf),
      ...plan.drop.map(role => `DROP ROLE ${quoteIdentifier(role)}`),
    ]),
    ...(plan.aws.length === 0 ? [] : ['', '  Then, in AWS:']),
    ...plan.aws
      .toReversed()
      .flatMap(({ change }) => paragraph(`${awsTitleOf(change)}: ${awsUndoWords(change)}`, '    ', 2)),
    ...(plan.removeSecret ? ['', ...paragraph(`Last, the password is removed from ${place}.`, '  ')] : []),
    ...staysText(plan.stays),
    ...(plan.notes.length === 0 ? [] : ['']),
    ...notes(plan.notes),
  ]
}

/** How it ended. The problem itself is said apart. */
export function undoOutcomeText(outcome: UndoOutcome): string[] {
  switch (outcome.outcome) {
    case 'done':
      return ['Done, and looked at afterwards: nothing of it is there any more.', ...notes(outcome.notes)]
    case 'role-stays':
      return [
        'Done, and looked at afterwards: nothing of it is there any more.',
        ...notes(outcome.notes),
        ...staysText(outcome.stays),
      ]
    case 'failed-unchanged':
      return ['Failed, and everything is as it was.']
    case 'failed-changed':
      return [
        'Broken off in the middle. What is still there:',
        ...outcome.left.flatMap(entry => paragraph(entry, '  - ')),
        'The same command goes on from here.',
      ]
    case 'cancelled':
      return ['Cancelled: nothing was changed.']
  }
}

const parts: Readonly<Record<UndoPart, string>> = {
  listen: 'Setting listen_addresses as it was',
  door: 'Taking our lines out of pg_hba.conf',
  close: 'Closing the login',
  sessions: 'Ending its sessions',
  database: 'Taking back what was granted',
  roles: 'Putting roles back and dropping those of the run',
  aws: 'Taking back what was made in AWS',
  secret: 'Removing the stored password',
  check: 'Looking whether anything is left',
}

/** A line for a part that begins. */
export function undoPartText(which: UndoPart, database: string | null): string {
  return `  ${parts[which]}${database === null ? '' : ` (${printableName(database)})`}`
}

function doorText({ hba }: UndoPlan): string[] {
  if (hba === null) return []
  return [
    '',
    ...paragraph(`Before the rest, these lines go out of ${hba.path}, and it is read again:`, '  '),
    ...hba.out.map(line => `    ${printable(line)}`),
    ...(hba.back.length === 0 ? [] : paragraph('These, of an earlier run, come back:', '  ')),
    ...hba.back.map(line => `    ${printable(line)}`),
  ]
}

function part(title: string, statements: readonly string[]): string[] {
  if (statements.length === 0) return []
  return ['', ...paragraph(title, '  '), ...statements.flatMap(each => statementLines(each, '    '))]
}

function sessionsText({ sessions, login }: UndoPlan, endSessions: boolean): string[] {
  if (sessions === 0) return []
  const many = `${printableName(login)} has ${counted(sessions, 'session')} open`
  return [
    '',
    ...paragraph(
      endSessions
        ? `${many}: ended.`
        : `${many}, left open: from then on only what PUBLIC does is open to them. --end-sessions ends them.`,
      '  ',
    ),
  ]
}

function databaseText({ database, steps, others }: UndoDatabase): string[] {
  return [
    ...part(
      `In database ${printableName(database)}:`,
      steps.flatMap(({ actAs, changes }) => [
        ...(actAs === null ? [] : [`SET LOCAL ROLE ${quoteIdentifier(actAs)}`]),
        ...changes.toReversed().flatMap(undoOf),
        ...(actAs === null ? [] : ['SET LOCAL ROLE NONE']),
      ]),
    ),
    ...othersText(database, others),
  ]
}

/** How many grants of others are named, at most. */
const named = 8

function othersText(database: string, others: readonly DirectGrant[]): string[] {
  if (others.length === 0) return []
  const first = others
    .slice(0, named)
    .map(grant => `${grant.privilege} on ${objectText(grant)} by ${printableName(grant.grantor)}`)
  const more = others.length > named ? ` and ${others.length - named} more` : ''
  return [
    '',
    ...paragraph(
      `Left alone in ${printableName(database)}, because it is not of this run: ${first.join(', ')}${more}.`,
      '  ',
    ),
  ]
}

function objectText({ on, schema, name }: DirectGrant): string {
  switch (on) {
    case 'relation':
      return qualifiedName(schema ?? '', name)
    case 'default':
      return `later tables of ${printableName(name)} in ${printableName(schema ?? '')}`
    default:
      return `${on} ${printableName(name)}`
  }
}

function staysText(stays: UndoPlan['stays']): string[] {
  return stays.flatMap(({ role, because }) => {
    const others = because.filter(each => each !== notYours)
    return [
      '',
      ...(others.length === 0
        ? []
        : [
            ...paragraph(
              `The role ${printableName(role)} stays, not able to log in, because of what others have made or granted since:`,
              '  ',
            ),
            ...others.flatMap(each => paragraph(each, '    - ')),
            ...paragraph('Take that away or give it to another role, then run this again.', '  '),
          ]),
      ...(others.length === because.length
        ? []
        : [
            ...paragraph(
              `The role ${printableName(role)} stays, and lets nobody in: ${notYours}. For them to run:`,
              '  ',
            ),
            ...statementLines(`DROP ROLE ${quoteIdentifier(role)}`, '    '),
          ]),
    ]
  })
}

function notes(texts: readonly string[]): string[] {
  return texts.flatMap(text => paragraph(text, '  Note: '))
}
