import type { Rehearsal } from '../../engine/outcome.ts'
import { rehearsalParagraphs } from '../../engine/report/rehearsal.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { Change } from '../../model/change.ts'
import { counted } from '../../model/counted.ts'
import { gap, heading, type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { Problem } from '../../model/problem.ts'
import { callsOf } from '../../plan/aws/calls.ts'
import { awsTitleOf, awsUndoWords } from '../../plan/aws/titles.ts'
import { isEmptyPlan, type Plan } from '../../plan/plan.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import { statementsOf, titleOf } from '../../plan/statements.ts'
import type { Draft, Facts } from '../../steps/step.ts'
import type { ReviewState, WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'
import { doorParagraphs, errataParagraphs, whatIsLeftToDo } from './network.ts'

/** What was drawn of a review, and what it was made from. */
interface Drawn {
  readonly draft: Draft
  readonly facts: Facts
  readonly columns: number
  readonly lines: readonly Line[]
}

/** Every key and every frame asks for the lines; those of twenty thousand tables take 50 ms to make. */
const drawn = new WeakMap<ReviewState, Drawn>()

/** The review: what the rehearsal found, then everything that will happen, in order, and what it locks. */
export function reviewLines(state: WizardState): readonly Line[] {
  const { review, draft, facts, size } = state
  const last = drawn.get(review)
  if (last !== undefined && last.draft === draft && last.facts === facts && last.columns === size.columns)
    return last.lines
  const lines = makeLines(state)
  drawn.set(review, { draft, facts, columns: size.columns, lines })
  return lines
}

function makeLines(state: WizardState): readonly Line[] {
  const { review, size } = state
  if (review.status === 'refused') return linesOf(review.problems.flatMap(refusal), size.columns)
  if (review.plan === null) return []
  return linesOf(
    [
      ...obstacleParagraphs(review.obstacles),
      ...(review.rehearsal === null ? [] : [...rehearsed(review.rehearsal), gap]),
      ...planParagraphs(review.plan),
      gap,
      ...lockParagraphs(review.plan),
      gap,
      ...whatIsLeftToDo(state),
      ...errataParagraphs(state.facts.connector?.errata ?? []),
    ],
    size.columns,
  )
}

function refusal(problem: Problem): Paragraph[] {
  const { message, path } = problem
  return problemParagraphs(path === undefined ? problem : { ...problem, message: `${message} (${path})` })
}

/** Why it can be saved for another administrator, but not applied from here. */
function obstacleParagraphs(obstacles: readonly Problem[]): Paragraph[] {
  if (obstacles.length === 0) return []
  return [
    heading('It cannot be applied from here'),
    ...obstacles.flatMap(problemParagraphs),
    {
      text: 'Save it as SQL (Ctrl-S) for an administrator who may do all of it, on a server that takes it.',
      tone: 'warn',
    },
    gap,
  ]
}

function planParagraphs(plan: Plan): Paragraph[] {
  if (isEmptyPlan(plan))
    return [{ text: 'Nothing to do: the server already is as the answers have it.', tone: 'good' }]
  return [
    ...notes(plan),
    ...awsPart('In AWS, before anything else, since it takes minutes', plan, plan.aws?.flag ?? []),
    ...part(`Roles, in ${plan.server.database}: one transaction`, plan.roles),
    ...plan.databases.flatMap(database =>
      part(`Database ${database.database}: a transaction of its own`, database.changes),
    ),
    ...(plan.leaving ?? []).flatMap(database =>
      part(`Database ${database.database}, not chosen any more`, database.changes),
    ),
    ...awsPart('In AWS', plan, plan.aws?.changes ?? []),
    ...part(
      plan.authentication === 'aws-iam'
        ? 'Last, the login, for tokens of AWS IAM'
        : 'Last, the login: opened for some minutes, proved, then given its end',
      plan.opening,
    ),
    ...doorPart(plan),
  ]
}

/** What is changed in AWS; where AWS is not asked, it is exported for somebody else. */
function awsPart(title: string, { aws }: Plan, changes: readonly AwsChange[]): Paragraph[] {
  if (aws === undefined || changes.length === 0) return []
  const { identity } = aws
  const who =
    identity === null
      ? 'Not done from here: pg-usher plan --format aws-cli, cloudformation or terraform writes it for whoever may.'
      : `As ${identity.arn}, in account ${identity.account}.`
  return [
    heading(title),
    { text: who, indent: 2, tone: identity === null ? 'warn' : 'muted' },
    ...changes.flatMap((change): Paragraph[] => [
      { text: awsTitleOf(change), indent: 2, tone: 'accent' },
      { text: change.why, indent: 4, tone: 'muted' },
      ...callsOf(change).map((call): Paragraph => ({ text: cliCommand(call), indent: 4, hanging: 2 })),
      { text: `Undo: ${awsUndoWords(change)}`, indent: 4, hanging: 2 },
    ]),
    gap,
  ]
}

/** What is written into pg_hba.conf, when the login is proved. */
function doorPart({ network, login }: Plan): Paragraph[] {
  if (network?.change == null) return []
  const { change } = network
  return [
    heading('And the door, once the login is proved'),
    { text: change.why, indent: 2, tone: 'muted' },
    ...doorParagraphs(network, login, change.lines),
    gap,
  ]
}

function notes(plan: Plan): Paragraph[] {
  if (plan.notes.length === 0) return []
  return [
    heading('To know before you say yes'),
    ...plan.notes.map(
      (note): Paragraph => ({
        text: note.database === null ? `- ${note.text}` : `- ${note.database}: ${note.text}`,
        hanging: 2,
        ...(note.level === 'warning' ? { tone: 'warn' as const } : {}),
      }),
    ),
    gap,
  ]
}

function part(title: string, changes: readonly Change[]): Paragraph[] {
  if (changes.length === 0)
    return [heading(title), { text: 'Nothing to change: it is there already.', indent: 2 }, gap]
  return [heading(title), ...changes.flatMap(changeParagraphs), gap]
}

function changeParagraphs(change: Change): Paragraph[] {
  return [
    { text: titleOf(change), indent: 2, tone: 'accent' },
    { text: change.why, indent: 4, tone: 'muted' },
    ...statementsOf(change).map((statement): Paragraph => ({ text: `${statement};`, indent: 4, hanging: 2 })),
  ]
}

function lockParagraphs(plan: Plan): Paragraph[] {
  const relations = plan.databases.reduce((sum, database) => sum + database.chosen.length, 0)
  return [
    heading('What it locks'),
    {
      text: `A GRANT waits for an ALTER TABLE under way, and holds one up until its transaction ends; reads and writes go on. Each transaction ends within 2 seconds, the rehearsal's too: what takes longer is rolled back and nothing is changed. Here: ${counted(relations, 'relation')}.`,
      indent: 2,
    },
  ]
}

function rehearsed(rehearsal: Rehearsal): Paragraph[] {
  return [
    ...(rehearsal.outcome === 'failed' ? problemParagraphs(rehearsal.problem) : []),
    ...rehearsalParagraphs(rehearsal),
  ]
}
