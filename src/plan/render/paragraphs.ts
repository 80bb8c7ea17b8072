import { counted } from '../../model/counted.ts'
import { printableName } from '../../model/identifier.ts'
import { listenStatement, listenTitle, listenUndo, restartWords } from '../../model/listen/change.ts'
import { gap, heading, note, type Paragraph } from '../../model/paragraph.ts'
import { outsideWords } from '../outside-words.ts'
import { type PlanPart, planParts } from '../parts.ts'
import { changeCount, isEmptyPlan, type Plan, type PlanNote } from '../plan.ts'
import { doorParagraphs } from './network-paragraphs.ts'

/** The whole plan for a person: what to know, then every change in its order with its exact statements. */
export function planParagraphs(plan: Plan): Paragraph[] {
  if (isEmptyPlan(plan))
    return [
      { text: 'Nothing to do: the server already is as the answers have it.', tone: 'good' },
      ...withGap(noteParagraphs(plan.notes)),
    ]
  const number = numbering()
  return [
    ...summary(plan),
    ...withGap(noteParagraphs(plan.notes)),
    ...planParts(plan).flatMap(part => [gap, ...partParagraphs(part, number)]),
    ...withGap(doorPart(plan, number)),
    ...withGap(listenPart(plan, number)),
  ]
}

/** What to know before it is carried out. */
export function noteParagraphs(notes: readonly PlanNote[]): Paragraph[] {
  if (notes.length === 0) return []
  return [
    heading('To know beforehand'),
    ...notes.map(({ level, database, text }) =>
      note(database === null ? text : `${printableName(database)}: ${text}`, level),
    ),
  ]
}

/** All that is touched, in a few lines, so that nobody has to read to the end to know of it. */
function summary(plan: Plan): Paragraph[] {
  const relations = plan.databases.reduce((sum, { chosen }) => sum + chosen.length, 0)
  const through = plan.group === null ? '' : ` through the group role ${printableName(plan.group)}`
  const what = { read: 'reads', metadata: 'sees the structure of', usage: 'may use the schemas of' }
  const outside = outsideWords(plan)
  return [
    {
      text:
        `${plan.tool.name}, as ${printableName(plan.login)}${through}, ${what[plan.access]} ` +
        `${counted(relations, 'table')} in ${counted(plan.databases.length, 'database')} of ` +
        `${plan.server.host} port ${plan.server.port}. ` +
        `${counted(changeCount(plan), 'change')} in all; each is shown below, with its statements.`,
    },
    ...(outside.length === 0
      ? []
      : [{ text: `Changed besides roles and grants: ${outside.join('; ')}.`, tone: 'warn' as const }]),
  ]
}

function partParagraphs({ title, who, steps }: PlanPart, number: () => string): Paragraph[] {
  if (steps.length === 0)
    return [heading(title), { text: 'Nothing to change: it is there already.', indent: 2 }]
  return [
    heading(title),
    ...(who === null
      ? []
      : [{ text: who.text, indent: 2, tone: who.fromHere ? ('muted' as const) : ('warn' as const) }]),
    ...steps.flatMap(({ title, why, commands, undo }): Paragraph[] => [
      { text: `${number()} ${title}`, indent: 2, hanging: 2, tone: 'accent' },
      { text: why, indent: 5, tone: 'muted' },
      ...commands.map((text): Paragraph => ({ text, indent: 5, hanging: 2, whole: true })),
      ...(undo === null ? [] : [{ text: `Undo: ${undo}`, indent: 5, hanging: 2 }]),
    ]),
  ]
}

/** What is written into pg_hba.conf, when the login is proved. */
function doorPart({ network, login }: Plan, number: () => string): Paragraph[] {
  if (network?.change == null) return []
  const { why, lines } = network.change
  return [
    heading('And the door, once the login is proved'),
    { text: `${number()} ${why}`, indent: 2, hanging: 2, tone: 'accent' },
    ...doorParagraphs(network, login, lines),
  ]
}

/** Where the server listens from its next restart on. */
function listenPart({ listen }: Plan, number: () => string): Paragraph[] {
  if (listen === undefined) return []
  return [
    heading('And where the server listens, from its next restart on'),
    { text: `${number()} ${listenTitle(listen)}`, indent: 2, hanging: 2, tone: 'accent' },
    { text: listen.why, indent: 5, tone: 'muted' },
    { text: `${listenStatement(listen.value)};`, indent: 5, hanging: 2, whole: true },
    { text: restartWords(listen), indent: 5 },
    { text: `Undo: ${listenUndo(listen)}`, indent: 5, hanging: 2 },
  ]
}

/** So that one can be spoken of. */
function numbering(): () => string {
  let last = 0
  return () => {
    last += 1
    return `${last}.`
  }
}

function withGap(paragraphs: readonly Paragraph[]): readonly Paragraph[] {
  return paragraphs.length === 0 ? [] : [gap, ...paragraphs]
}
