import type { AccessTier } from '../model/answers.ts'
import { printableName, qualifiedName } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { ChosenRelation, DatabasePlan } from '../plan/plan.ts'
import { type Attempt, isRefused } from './attempts.ts'
import { type ChosenFacts, chosenFacts } from './chosen-facts.ts'
import { type OtherRelation, sampleOfOthers } from './other-relations.ts'
import type { DatabaseAccess, Finding } from './outcome.ts'
import { type Question, together } from './question.ts'

/** Relations that were not chosen and are tried all the same, for each database. */
const othersTried = 200

export interface ProbeRequest {
  readonly plan: DatabasePlan
  readonly login: string
  readonly access: AccessTier
  /**
   * explain: EXPLAIN SELECT, which checks privileges and touches nothing. read: SELECT … LIMIT 0, except from
   * a foreign table, which would call its server. ask: nothing is tried, since this administrator may not become
   * the login.
   */
  readonly how: 'explain' | 'read' | 'ask'
}

/** What the catalogue says of the relations to be tried. */
export interface ProbeFacts {
  readonly chosen: readonly ChosenFacts[]
  /** A sample of what was not chosen. */
  readonly others: readonly OtherRelation[]
}

/** Asks for what a probe has to know. */
export function probeFacts(login: string, chosen: readonly ChosenRelation[]): Question<ProbeFacts> {
  return together({ chosen: chosenFacts(login, chosen), others: othersToTry(login, chosen) })
}

/** Asks for the sample of what was not chosen. */
export function othersToTry(
  login: string,
  chosen: readonly ChosenRelation[],
): Question<readonly OtherRelation[]> {
  return sampleOfOthers(login, chosen, othersTried)
}

/** What to try as the login: what it was given, then the sample of what it was not. */
export function probeStatements({ chosen, others }: ProbeFacts, how: ProbeRequest['how']): readonly string[] {
  return [
    ...chosen.map(fact => readSql(fact, how)),
    ...others.map(other => readSql({ ...other, kind: 'table' }, 'explain')),
  ]
}

/**
 * What the login reaches, by the attempts of probeStatements; where there are fewer, the time was over, and the
 * catalogue speaks for the rest.
 * @throws ProblemError `chosen-refused`, `relation-gone` or `other-readable`: what was promised does not hold
 */
export function judgeProbe(
  { chosen, others }: ProbeFacts,
  attempts: readonly Attempt[],
  request: ProbeRequest,
): DatabaseAccess {
  const { plan, login, access } = request
  const findings: Finding[] = []
  const tried = Math.min(chosen.length, attempts.length)
  let readable = 0
  for (const [at, fact] of chosen.entries()) {
    assertGranted(fact, request)
    if (at >= tried) {
      if (access !== 'read') continue
      if (fact.populated) readable += 1
      else findings.push(notPopulated(fact))
      continue
    }
    const judged = judge(fact, attempts[at], request)
    for (const finding of judged.findings) findings.push(finding)
    if (judged.readable) readable += 1
  }
  if (tried < chosen.length) findings.push(askedNotTried(tried, chosen.length, request))
  let refused = 0
  for (const [at, other] of others.entries()) {
    const attempt = attempts[chosen.length + at]
    if (attempt?.sqlstate === null) throw new ProblemError(otherReadable(login, other))
    if (isRefused(attempt)) refused += 1
  }
  const counts = { database: plan.database, readable, refused, findings }
  return access === 'metadata' ? { ...counts, metadata: chosen.length } : counts
}

function readSql(relation: Pick<ChosenFacts, 'schema' | 'name' | 'kind'>, how: ProbeRequest['how']): string {
  const from = qualifiedName(relation.schema, relation.name)
  return how !== 'read' || relation.kind === 'foreign-table'
    ? `EXPLAIN SELECT * FROM ${from}`
    : `SELECT * FROM ${from} LIMIT 0`
}

/** What one attempt on a chosen relation, which is granted, means. */
function judge(
  fact: ChosenFacts,
  attempt: Attempt | undefined,
  request: ProbeRequest,
): { readonly readable: boolean; readonly findings: readonly Finding[] } {
  const wentThrough = attempt?.sqlstate === null
  if (request.access !== 'read') {
    // Readable all the same: PUBLIC or a membership gives it, and beyond.ts says so.
    return { readable: wentThrough, findings: [] }
  }
  // EXPLAIN goes through where a SELECT would not: what is not filled yet is readable in neither.
  if (wentThrough) return { readable: fact.populated, findings: aboutReadable(fact, request) }
  if (isRefused(attempt)) return { readable: false, findings: [readsAsCaller(fact, attempt)] }
  if (attempt?.sqlstate === '55P03') return { readable: false, findings: [locked(fact)] }
  if (attempt?.sqlstate === '55000' && !fact.populated) {
    return { readable: false, findings: [notPopulated(fact)] }
  }
  return { readable: false, findings: [unreadable(fact, attempt)] }
}

/** @throws ProblemError */
function assertGranted(fact: ChosenFacts, { access, login, plan }: ProbeRequest): void {
  if (fact.kind === null) throw new ProblemError(gone(fact, plan.database))
  const granted = access === 'read' ? fact.select : access === 'metadata' ? fact.references : true
  if (!fact.usage || !granted) throw new ProblemError(chosenRefused(fact, login, plan.database))
}

function aboutReadable(fact: ChosenFacts, request: ProbeRequest): readonly Finding[] {
  const findings: Finding[] = []
  if (fact.rowSecurity === 'no-policy') findings.push(hidesAll(fact))
  if (fact.rowSecurity === 'policies') findings.push(hidesSome(fact))
  if (!fact.populated) findings.push(notPopulated(fact))
  if (fact.unmappedServer !== null) findings.push(noUserMapping(fact, fact.unmappedServer))
  else if (fact.kind === 'foreign-table' && request.how === 'read') findings.push(serverNotAsked(fact))
  return findings
}

function about(fact: ChosenFacts, code: Finding['code'], level: Finding['level'], text: string): Finding {
  const relation = { schema: fact.schema, name: fact.name }
  return { code, level, relation, text: `${nameOf(relation)}: ${text}` }
}

const hidesAll = (fact: ChosenFacts) =>
  about(
    fact,
    'row-security-hides-all',
    'warning',
    'row level security is on and no policy is for this login, so it sees no row. A policy for it has to be made.',
  )

const hidesSome = (fact: ChosenFacts) =>
  about(fact, 'row-security', 'info', 'row level security decides which rows this login sees.')

const notPopulated = (fact: ChosenFacts) =>
  about(fact, 'not-populated', 'warning', 'not filled yet; it can be read after REFRESH MATERIALIZED VIEW.')

const noUserMapping = (fact: ChosenFacts, server: string) =>
  about(
    fact,
    'no-user-mapping',
    'warning',
    `the login has no user mapping for the foreign server ${printableName(server)}; where that asks for one, reading fails.`,
  )

const serverNotAsked = (fact: ChosenFacts) =>
  about(fact, 'foreign-server-not-asked', 'info', 'may be read; the foreign server behind it was not asked.')

const readsAsCaller = (fact: ChosenFacts, attempt: Attempt | undefined) =>
  about(
    fact,
    'reads-as-caller',
    'warning',
    `SELECT is granted, but what it reads from is not (${attempt?.message ?? 'permission denied'}). Choose that too, or leave it out.`,
  )

const locked = (fact: ChosenFacts) =>
  about(fact, 'locked', 'warning', 'locked by another session, so it was not tried; the privilege is there.')

const unreadable = (fact: ChosenFacts, attempt: Attempt | undefined) =>
  about(
    fact,
    'unreadable',
    'warning',
    `the privilege is there, yet reading fails: ${attempt?.message ?? 'no answer'} (${attempt?.sqlstate ?? '?'}).`,
  )

function askedNotTried(tried: number, total: number, { how, login }: ProbeRequest): Finding {
  return {
    code: 'asked-not-tried',
    level: 'info',
    relation: null,
    text:
      how === 'ask'
        ? `You may not become ${printableName(login)}, so nothing was tried as it; the server was asked about ${total} relations.`
        : `${tried} of ${total} relations were tried; for the others the server was asked, to hold no lock longer.`,
  }
}

function gone(fact: ChosenFacts, database: string): Problem {
  return {
    code: 'relation-gone',
    message: `${nameOf(fact)} in database ${printableName(database)} is gone.`,
    next: 'Go back to the tables and choose again.',
  }
}

function chosenRefused(fact: ChosenFacts, login: string, database: string): Problem {
  return {
    code: 'chosen-refused',
    message: `${printableName(login)} would be refused on ${nameOf(fact)} in database ${printableName(database)}.`,
    next: 'The plan does not give what was chosen. Go back and choose again, so that it is made anew.',
  }
}

function otherReadable(login: string, other: { schema: string; name: string }): Problem {
  return {
    code: 'other-readable',
    message: `${printableName(login)} reads ${nameOf(other)}, which was not chosen, and no privilege explains it.`,
    next: 'Nothing was given. Look at that relation by hand before you go on.',
  }
}

function nameOf(relation: { readonly schema: string; readonly name: string }): string {
  return `${printableName(relation.schema)}.${printableName(relation.name)}`
}
