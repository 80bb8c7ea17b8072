import type { Beyond, DatabaseAccess, Finding, Rehearsal } from '../../../engine/outcome.ts'
import { printableName, qualifiedName } from '../../../model/identifier.ts'
import { statementsOf } from '../../../plan/statements.ts'
import { count, paragraph, statementLines } from './layout.ts'

/** What the rehearsal showed, and what the login reaches without us. */
export function rehearsalText(rehearsal: Rehearsal): string[] {
  switch (rehearsal.outcome) {
    case 'cancelled':
      return ['Rehearsal', '  Cancelled; nothing was changed.']
    case 'failed':
      return [
        'Rehearsal',
        ...paragraph(
          `Failed in database ${printableName(rehearsal.database)}, and was rolled back: nothing was changed.`,
          '  ',
        ),
        ...(rehearsal.change === null
          ? []
          : statementsOf(rehearsal.change).flatMap(text => statementLines(text, '    '))),
      ]
    case 'held':
      return [
        'Rehearsal',
        ...paragraph(
          `All of it was run and rolled back: nothing was changed. Its longest transaction took ${Math.ceil(rehearsal.lockedFor)} ms.`,
          '  ',
        ),
        ...rehearsal.databases.flatMap(database => paragraph(accessText(database), '  ')),
        ...rehearsal.databases.flatMap(findingsText),
        ...beyondText(rehearsal.beyond),
      ]
  }
}

/** `music: 9 tables readable, 12 others refused`. */
export function accessText(access: DatabaseAccess): string {
  const parts = [
    ...(access.metadata === undefined
      ? [`${count(access.readable, 'chosen table')} readable`]
      : [`structure of ${count(access.metadata, 'chosen table')} visible, rows not`]),
    ...(access.refused === 0 ? [] : [`${count(access.refused, 'other')} tried and refused`]),
  ]
  return `${printableName(access.database)}: ${parts.join('; ')}`
}

/** What to know about chosen relations although the grants are right, one paragraph each. */
export function findingsText(access: DatabaseAccess): string[] {
  return access.findings.flatMap(finding =>
    paragraph(findingText(access.database, finding), level(finding.level)),
  )
}

/** What the login reaches although nobody chose it, one paragraph each; it is never taken away here. */
export function beyondText(beyond: readonly Beyond[]): string[] {
  if (beyond.length === 0) return []
  return [
    '  Besides, the login reaches what is open to it anyway:',
    ...beyond.flatMap(entry =>
      paragraph(
        `${entry.database === null ? '' : `${printableName(entry.database)}: `}${entry.text}`,
        '    - ',
      ),
    ),
  ]
}

function findingText(database: string, finding: Finding): string {
  const { relation } = finding
  const name = relation === null ? '' : ` ${qualifiedName(relation.schema, relation.name)}`
  return `${printableName(database)}${name}: ${finding.text}`
}

function level(of: 'info' | 'warning'): string {
  return of === 'warning' ? '  Warning: ' : '  Note: '
}
