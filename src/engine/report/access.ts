import { counted } from '../../model/counted.ts'
import { printableName } from '../../model/identifier.ts'
import { entry, note, type Paragraph } from '../../model/paragraph.ts'
import type { Beyond, DatabaseAccess, Finding, ProvedDatabase } from '../outcome.ts'

/** `music: 9 chosen tables readable, 12 others tried and refused`. */
export function accessText({ database, readable, refused, metadata, findings }: DatabaseAccess): string {
  const reached =
    metadata === undefined
      ? readableText(readable, findings)
      : `structure of ${counted(metadata, 'chosen table')} visible, rows not`
  const others = refused === 0 ? '' : `, ${counted(refused, 'other')} tried and refused`
  return `${printableName(database)}: ${reached}${others}`
}

/** What of a finding says that a chosen relation, although granted, was not read. */
const notRead: ReadonlySet<Finding['code']> = new Set([
  'not-populated',
  'locked',
  'reads-as-caller',
  'unreadable',
])

/** `9 chosen tables readable`, `20 of 21 chosen tables readable, 1 not filled yet`; why the others are not is found. */
export function readableText(readable: number, findings: readonly Finding[]): string {
  const others = findings.filter(({ code }) => notRead.has(code))
  if (others.length === 0) return `${counted(readable, 'chosen table')} readable`
  const unfilled = others.filter(({ code }) => code === 'not-populated').length
  const why = unfilled === 0 ? '' : `, ${unfilled} not filled yet`
  return `${readable} of ${counted(readable + others.length, 'chosen table')} readable${why}`
}

/** How a database was proved, in words. */
export const provedBy: Readonly<Record<ProvedDatabase['by'], string>> = {
  login: 'logged in as the user',
  assumed: 'tried with SET ROLE',
  asked: 'not tried, the catalogue was asked',
}

/** The same of what was proved: what of writing and creating was refused, and how it was tried. */
export function provedText(database: ProvedDatabase): string {
  const { writesRefused, createsRefused, by } = database
  const tried =
    writesRefused + createsRefused === 0
      ? ''
      : `; ${counted(writesRefused, 'write')} and ${counted(createsRefused, 'attempt')} to create refused`
  return `${accessText(database)}${tried}; ${provedBy[by]}`
}

/** What to know about chosen relations although the grants are right. */
export function findingParagraphs({ database, findings }: DatabaseAccess): Paragraph[] {
  return findings.map(finding => note(findingText(database, finding), finding.level))
}

/** A finding names its relation itself. */
function findingText(database: string, { text }: Finding): string {
  return `${printableName(database)}: ${text}`
}

/** What the login reaches although nobody chose it. */
export function beyondParagraphs(beyond: readonly Beyond[]): Paragraph[] {
  if (beyond.length === 0) return []
  return [
    {
      text: 'Besides, the login reaches what is open to it anyway; none of it is taken away here:',
      indent: 2,
      tone: 'warn',
    },
    ...beyond.map(({ database, text }) =>
      entry(`${database === null ? '' : `${printableName(database)}: `}${text}`, 4),
    ),
  ]
}
