import type { Rehearsal } from '../../engine/outcome.ts'
import { rehearsalParagraphs } from '../../engine/report/rehearsal.ts'
import { counted } from '../../model/counted.ts'
import { gap, heading, type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { Problem } from '../../model/problem.ts'
import { atOnce, type Sliced } from '../../model/sliced.ts'
import { databaseChanges, type Plan } from '../../plan/plan.ts'
import { planParagraphs } from '../../plan/render/paragraphs.ts'
import { writeStatements } from '../../plan/statements.ts'
import type { Draft, Facts } from '../../steps/step.ts'
import type { ReviewState, WizardState } from '../state.ts'
import { type Line, linesOf, linesOfSliced } from './line.ts'
import { errataParagraphs, whatIsLeftToDo } from './network.ts'

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
  const { columns } = size
  const before = [
    ...obstacleParagraphs(review.obstacles),
    ...(review.rehearsal === null ? [] : [...rehearsed(review.rehearsal, review.plan), gap]),
  ]
  const after = [
    gap,
    ...lockParagraphs(review.plan),
    gap,
    ...whatIsLeftToDo(state),
    ...errataParagraphs(state.facts.connector?.errata ?? []),
  ]
  return [...linesOf(before, columns), ...planLines(review.plan, columns), ...linesOf(after, columns)]
}

/** The plan itself, which a rehearsal does not change, as it was drawn last. */
const drawnPlans = new WeakMap<Plan, { readonly columns: number; readonly lines: readonly Line[] }>()

function planLines(plan: Plan, columns: number): readonly Line[] {
  const known = drawnPlans.get(plan)
  return known?.columns === columns ? known.lines : atOnce(drawPlan(plan, columns))
}

/** Makes the lines of a plan in slices, before it is shown: a hundred thousand tables take half a second. */
export function* drawPlan(plan: Plan, columns: number): Sliced<readonly Line[]> {
  for (const { changes } of databaseChanges(plan))
    for (const change of changes) yield* writeStatements(change)
  const lines = yield* linesOfSliced(planParagraphs(plan), columns)
  drawnPlans.set(plan, { columns, lines })
  return lines
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

function rehearsed(rehearsal: Rehearsal, plan: Plan): Paragraph[] {
  return [
    ...(rehearsal.outcome === 'failed' ? problemParagraphs(rehearsal.problem) : []),
    ...rehearsalParagraphs(rehearsal, plan),
  ]
}
