import type { Drift } from '../../../engine/drift.ts'
import type { Beyond } from '../../../engine/outcome.ts'
import { findingParagraphs, provedText } from '../../../engine/report/access.ts'
import { unprovedParagraphs } from '../../../engine/report/outcome.ts'
import type { Verification } from '../../../engine/verify.ts'
import { counted } from '../../../model/counted.ts'
import { printableName } from '../../../model/identifier.ts'
import { paragraph, statementLines, textOf } from './layout.ts'

/** How what the login reaches compares with what was chosen; every difference with what mends it. */
export function verifyText(result: Verification): string[] {
  const { login, group, drift, databases, unproved } = result
  const through = group === null ? '' : ` through ${printableName(group)}`
  const differs = drift.filter(({ level }) => level === 'drift')
  const others = drift.filter(({ level }) => level !== 'drift')
  return [
    ...paragraph(`What ${printableName(login)} reaches${through}, on ${result.checkedAt}`),
    ...databases.flatMap(database => paragraph(`${provedText(database)}.`, '  ', 2)),
    ...textOf(unprovedParagraphs(unproved)),
    ...(isThere(result) ? paragraph(`Valid until: ${result.validUntil ?? 'no end'}`, '  ') : []),
    ...(result.readAs === 'login'
      ? paragraph('Read by the login alone: what it may not enter or see was not compared.', '  Note: ')
      : []),
    ...textOf(databases.flatMap(findingParagraphs)),
    ...others.flatMap(entry => driftText(entry, entry.level === 'warning' ? '  Warning: ' : '  Note: ')),
    ...(differs.length === 0
      ? []
      : [
          '',
          'Different from what was chosen',
          ...differs.flatMap((entry, at) => driftText(entry, `  ${at + 1}. `)),
        ]),
    ...(isCompared(result) ? beyondText(result) : []),
    '',
    ...paragraph(verdict(result, differs.length)),
  ]
}

/** Where only the login itself looks, and no database lets it in, nothing is known of what it reaches. */
function isCompared({ readAs, databases }: Verification): boolean {
  return readAs === 'administrator' || databases.length > 0
}

/** Whether there is a login that could have an end. */
function isThere(result: Verification): boolean {
  return isCompared(result) && !result.drift.some(({ code }) => code === 'login-gone')
}

function verdict(result: Verification, differences: number): string {
  const { outcome, unproved } = result
  if (!isCompared(result) && outcome !== 'drift')
    return 'Nothing could be compared: the login did not come in anywhere, and no administrator looked.'
  switch (outcome) {
    case 'as-chosen':
      return 'As chosen.'
    case 'as-chosen-unproved':
      return `Nothing differs from what was chosen, but in ${counted(new Set(unproved.map(({ database }) => database)).size, 'database')} the login itself could not be tried from here.`
    case 'drift':
      return `${counted(differences, 'thing')} ${differences === 1 ? 'differs' : 'differ'} from what was chosen. Nothing was changed.`
  }
}

function driftText({ database, text, mend }: Drift, first: string): string[] {
  const where = database === null ? '' : `${printableName(database)}: `
  const indent = ' '.repeat(first.length + 2)
  return [
    ...paragraph(`${where}${text}`, first),
    ...mend.flatMap(statement => statementLines(statement, indent)),
  ]
}

/** From this many on, entries of one kind are told as one. */
const several = 4

/** The effective-access report. What our roles hold by name has its own entry above. */
function beyondText({ beyond, login, group }: Verification): string[] {
  const own = new Set([login, group ?? login].map(printableName))
  const others = beyond.filter(({ through }) => through.length === 0 || !through.every(role => own.has(role)))
  if (others.length === 0) return ['', 'Beyond the choice it reaches nothing.']
  const groups = Map.groupBy(others, ({ database, object, privileges, through }) =>
    JSON.stringify([database, object, privileges, through]),
  )
  return [
    '',
    ...paragraph('Beyond the choice it reaches what is open to it anyway; pg-usher takes none of it away:'),
    ...[...groups.values()].flatMap(group => {
      const [first] = group
      if (first === undefined || group.length < several)
        return group.flatMap(each => entryText(each, each.text))
      return entryText(first, together(first, group))
    }),
  ]
}

function together({ object, privileges, through }: Beyond, group: readonly Beyond[]): string {
  const names = group.slice(0, several).map(({ name }) => name)
  const by = through.length === 0 ? '' : ` through ${through.join(', ')}`
  const held = privileges.length === 0 ? 'Reaches' : `Has ${privileges.join(', ')} on`
  return `${held} ${counted(group.length, object.replace('-', ' '))}${by}: ${names.join(', ')} and ${group.length - names.length} more.`
}

function entryText({ database }: Beyond, text: string): string[] {
  return paragraph(`${database === null ? '' : `${printableName(database)}: `}${text}`, '  - ')
}
