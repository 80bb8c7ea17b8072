import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { connectorById } from '../../../src/connectors/connectors.ts'
import { type ApplyRequest, apply } from '../../../src/engine/apply.ts'
import { doorOf } from '../../../src/engine/door.ts'
import type { Drift } from '../../../src/engine/drift.ts'
import { ledgerOf } from '../../../src/engine/ledger.ts'
import { type LoginBefore, loginBefore } from '../../../src/engine/login-before.ts'
import type { ApplyOutcome, Finding, Proof, Rehearsal } from '../../../src/engine/outcome.ts'
import { planUndo } from '../../../src/engine/plan-undo.ts'
import { readForPlan } from '../../../src/engine/read-for-plan.ts'
import { type Receipt, receiptOf } from '../../../src/engine/receipt.ts'
import { rehearse } from '../../../src/engine/rehearse.ts'
import { secretEntryOf } from '../../../src/engine/secret-entry.ts'
import { undo } from '../../../src/engine/undo.ts'
import { unitsOf } from '../../../src/engine/undo-by-hand.ts'
import { undoCommitted } from '../../../src/engine/undo-committed.ts'
import { verify } from '../../../src/engine/verify.ts'
import { withSession } from '../../../src/engine/with-session.ts'
import { receiptJson } from '../../../src/engine/write-receipt.ts'
import { type Answers, granteeOf } from '../../../src/model/answers.ts'
import { qualifiedName, quoteIdentifier } from '../../../src/model/identifier.ts'
import type { Ledger } from '../../../src/model/ledger.ts'
import { ProblemError } from '../../../src/model/problem.ts'
import { receiptFromText } from '../../../src/model/receipt-schema.ts'
import { reveal, type Secret } from '../../../src/model/secret.ts'
import type { ServerFacts } from '../../../src/model/server-facts.ts'
import { type MadePlan, makePlan } from '../../../src/plan/make-plan.ts'
import { isEmptyPlan, type Plan } from '../../../src/plan/plan.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { knock } from '../../../src/postgres/knock.ts'
import { logIn } from '../../../src/postgres/log-in.ts'
import { readServerFacts } from '../../../src/postgres/server-facts.ts'
import type { OpenSession } from '../../../src/postgres/session.ts'
import { generatePassword } from '../../../src/secrets/password.ts'
import { createShowOnceStore } from '../../../src/secrets/show-once.ts'
import type { SecretStore } from '../../../src/secrets/store.ts'
import { ampleDeadline } from '../deadline.ts'
import { runPsql } from '../psql.ts'
import { findProgram } from '../requires.ts'
import type { Major } from '../server.ts'
import { answersForAll, answersFrom, type Choice, choices } from './answers.ts'
import { assertLaterTables, assertReach } from './reach.ts'
import { assertRefusedRightly } from './refusal.ts'
import { accessDifference, openFor, type Stage, targetOf } from './stage.ts'
import { type World, worlds } from './world.ts'

/** One case of the property: a server, what is asked of it, and what goes wrong the first time. */
export interface Case {
  readonly world: World
  readonly choice: Choice
  readonly fault: Fault
  /** As the engine does it by itself after a failure; by its receipt; or with the receipt's lines for psql. */
  readonly undoneBy: 'engine' | 'receipt' | 'psql'
  /** What is chosen another day: what lies outside then is taken away. */
  readonly second: Pick<Choice, 'access' | 'asPicker' | 'density' | 'picks' | 'laterTables'> | null
}

export type Fault =
  /** The store takes no secret. */
  | { readonly kind: 'store' }
  /** A chosen relation is gone when it is granted on. */
  | { readonly kind: 'relation-gone'; readonly which: number }
  /** The person cancels when the phase of this number begins. */
  | { readonly kind: 'cancel'; readonly phase: number }
  /** The new login is not let in. */
  | { readonly kind: 'login' }

/** In one case of five. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}

/** Cases for a server of this major version. */
export function cases(major: Major): fc.Arbitrary<Case> {
  return fc.record({
    world: worlds(major),
    choice: choices,
    undoneBy: fc.constantFrom('engine', 'receipt', 'psql'),
    // The roles and their limits stay: only what they reach is chosen anew. It takes as long as two cases.
    second: seldom(
      choices.map(({ access, asPicker, density, picks, laterTables }) => ({
        access,
        asPicker,
        density,
        picks,
        laterTables,
      })),
    ),
    fault: fc.oneof(
      fc.constant({ kind: 'store' as const }),
      fc.record({ kind: fc.constant('relation-gone' as const), which: fc.nat(19) }),
      fc.record({ kind: fc.constant('cancel' as const), phase: fc.nat(9) }),
      fc.constant({ kind: 'login' as const }),
    ),
  })
}

/** How a case ends in which the administrator may grant on nothing of what it would have picked. */
export const nothingToChoose = 'nothing to choose'

/** A case once it has a plan. */
interface Run {
  readonly stage: Stage
  readonly world: World
  readonly open: OpenSession
  readonly plan: Plan
  readonly answers: Answers
  /** Who may do what before anything was done. */
  readonly before: readonly string[]
  /** The login of that name that was there before. */
  readonly login: LoginBefore | null
}

/**
 * Runs one case on the stage and holds every property.
 * @returns how it ended: `applied` and how it was undone, `nothing to choose`, or the codes of the problems for which it was refused
 * @throws Error for a property that does not hold
 */
export async function runCase(stage: Stage, one: Case): Promise<string> {
  const { world, choice, fault, second } = one
  await stage.set(world)
  const open = openFor(stage.server, world)
  const first = await planFor(stage, world, choice, (server, live) =>
    answersFrom(world, choice, server, live),
  )
  if (first === null) return nothingToChoose
  const { made, answers, facts } = first
  if (!made.ok) {
    await assertRefusedRightly({ world, answers, problems: made.problems }, open)
    return [...new Set(made.problems.map(problem => problem.code))].toSorted().join(' ')
  }
  const { plan } = made
  const before = await stage.access(world)

  const rehearsal = await rehearse({ plan, open, deadline: ampleDeadline })
  if (rehearsal.outcome !== 'held') throw new Error(`the rehearsal failed: ${JSON.stringify(rehearsal)}`)
  assertSame(before, await stage.access(world), 'after the rehearsal')

  const login = await withSession(open, { database: plan.server.database }, session =>
    loginBefore(session, plan.login),
  )
  const run: Run = { stage, world, open, plan, answers, before, login }
  await assertFailureLeavesNothing(run, fault)

  const request = requestFor(run, createShowOnceStore())
  const outcome = await apply(request)
  if (outcome.outcome !== 'done') throw new Error(`the apply failed: ${JSON.stringify(outcome)}`)
  const again = await planFor(stage, world, choice, () => ({ ...answers, replacePassword: login !== null }))
  assertNothingPlanned(run, again?.made)

  const password = await request.store.read(request.entry)
  if (password === null) throw new Error('the password is not in the store')
  assertAgree(rehearsal, outcome.proof)
  await assertReach(stage.server, { world, plan, proof: outcome.proof, password: reveal(password) })
  await assertVerified(run, { facts, password, rehearsal })
  await assertLaterTables(stage.server, { world, plan, answers })

  const receipt = receiptFor(run, facts, outcome, request)
  const chosen = second === null ? null : { ...choice, ...second }
  const bySecond = chosen === null ? null : await changeChoice(run, chosen, { facts, receipt, request })
  const undoneBy = findProgram('psql') === null && one.undoneBy === 'psql' ? 'receipt' : one.undoneBy
  if (undoneBy === 'engine') await takeBack(run)
  else if (undoneBy === 'receipt') await undoByReceipt(run, receipt, request)
  else await undoByPsql(run, receipt, request)
  // A receipt has no verifier, so an earlier login keeps its new password.
  const known = undoneBy === 'engine' && bySecond === null ? asFarAsKnown : withoutPassword
  assertSame(known(run, before), known(run, await stage.access(world)), `after the undo by ${undoneBy}`)
  if (chosen === null || bySecond === null) return `applied, undone by ${undoneBy}`
  await assertSameAsAtOnce(run, chosen, bySecond)
  return `applied, chosen anew, undone by ${undoneBy}`
}

/** What a second choice has come to. */
interface SecondChoice {
  readonly answers: Answers
  readonly access: readonly string[]
}

/**
 * Chooses anew and applies the difference to what the first run granted, by its receipt; then undoes it by its own.
 * @returns null where there is nothing to choose that way
 */
async function changeChoice(
  run: Run,
  choice: Choice,
  { facts, receipt, request }: { facts: ServerFacts; receipt: Receipt; request: ApplyRequest },
): Promise<SecondChoice | null> {
  const { stage, world, open, login } = run
  const first = await stage.access(world)
  const grantee = granteeOf(run.answers.roles)
  const earlier = ledgerOf([receipt], grantee)
  const planned = await planFor(
    stage,
    world,
    choice,
    (server, live) => {
      const answers = answersFrom(world, choice, server, live)
      return answers === null ? null : { ...answers, replacePassword: login !== null }
    },
    earlier,
  )
  if (planned === null || !planned.made.ok) return null
  const { plan } = planned.made
  const { answers } = planned
  const second: Run = { ...run, plan, answers }
  const rehearsal = await rehearse({ plan, open, deadline: ampleDeadline })
  if (rehearsal.outcome !== 'held') throw new Error(`the second rehearsal: ${JSON.stringify(rehearsal)}`)
  const outcome = await apply({ ...requestFor(second, request.store), entry: secretEntryOf(answers) })
  if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved') {
    throw new Error(`the second apply: ${JSON.stringify(outcome)}`)
  }
  const access = await stage.access(world)
  const secondReceipt = receiptFor(second, facts, outcome, request)
  const again = await planFor(
    stage,
    world,
    choice,
    () => answers,
    ledgerOf([receipt, secondReceipt], grantee),
  )
  assertNothingPlanned(run, again?.made)
  await undoByReceipt(second, secondReceipt, request)
  assertSame(
    withoutPassword(run, first),
    withoutPassword(run, await stage.access(world)),
    'after the undo of the second choice',
  )
  return { answers, access }
}

/** One choice after another comes to the same as the last one alone. */
async function assertSameAsAtOnce(
  run: Run,
  choice: Choice,
  { answers, access }: SecondChoice,
): Promise<void> {
  const { stage, world, login } = run
  const planned = await planFor(stage, world, choice, () => ({ ...answers, replacePassword: login !== null }))
  if (planned === null) throw new Error('there is nothing to choose any more')
  if (!planned.made.ok) {
    // Two privileges that no single hand may grant can come one after the other.
    await assertRefusedRightly({ world, answers, problems: planned.made.problems }, run.open)
    return
  }
  const alone: Run = { ...run, plan: planned.made.plan, answers }
  const outcome = await apply(requestFor(alone, createShowOnceStore()))
  if (outcome.outcome !== 'done') throw new Error(`the second choice alone: ${JSON.stringify(outcome)}`)
  const known = (lines: readonly string[]) =>
    withoutPassword(run, lines).filter(
      line => !line.includes(`: password ${quoteIdentifier(run.plan.login)} `),
    )
  assertSame(
    known(await stage.access(world)),
    known(access),
    'after two choices, and not after the last alone',
  )
}

/** Reads the server as the administrator and plans what `ask` makes of it; null where that is nothing. */
async function planFor(
  { server }: Stage,
  world: World,
  choice: Choice,
  ask: (
    server: Answers['server'],
    live: Awaited<ReturnType<typeof readForPlan>>['databases'],
  ) => Answers | null,
  earlier: Ledger | null = null,
): Promise<{ readonly answers: Answers; readonly made: MadePlan; readonly facts: ServerFacts } | null> {
  const { password, ...at } = targetOf(server, world)
  const connected = await connect({ ...at, password })
  if (!connected.ok) throw new ProblemError(connected.problem)
  const session = connected.value
  try {
    const open = openFor(server, world)
    const facts = await readServerFacts(session, at.host, open)
    const { databases, roles } = await readForPlan(answersForAll(world, choice, at), session, open, earlier)
    const answers = ask(at, databases)
    const connector = connectorById(choice.tool)
    if (answers === null || connector === null) return null
    return {
      answers,
      facts,
      made: makePlan({ answers, connector, catalogue: { databases }, roles, server: facts, earlier }),
    }
  } finally {
    await session.close()
  }
}

function requestFor(
  { stage: { server }, world, open, plan, answers }: Run,
  store: SecretStore,
): ApplyRequest {
  return {
    plan,
    open,
    store,
    entry: secretEntryOf(answers),
    generate: generatePassword,
    knock: async database =>
      doorOf(await knock({ target: targetOf(server, world), user: plan.login, database })),
    patience: 3000,
    deadline: ampleDeadline,
  }
}

/** Applies with something going wrong, and looks whether anything is left. */
async function assertFailureLeavesNothing(run: Run, fault: Fault): Promise<void> {
  const { stage, world, before } = run
  const request = requestFor(run, createShowOnceStore())
  const outcome = await applyWith(run, request, fault)
  if (outcome.outcome === 'done') {
    // The person cancelled when there was nothing left to cancel, or nothing had to be granted.
    await takeBack(run)
  } else if (outcome.outcome === 'failed-changed') {
    const told = outcome.left.every(line => /password/i.test(line))
    if (!told || run.login === null || run.login.password.known) {
      throw new Error(`the failed apply left something: ${JSON.stringify(outcome)}`)
    }
  } else if (outcome.outcome === 'done-unproved') {
    throw new Error(`the login was not proved: ${JSON.stringify(outcome)}`)
  }
  const known = outcome.outcome === 'failed-changed' || outcome.outcome === 'done'
  const after = await stage.access(world)
  const what = `after an apply that ended ${outcome.outcome} (${fault.kind})`
  if (known) assertSame(asFarAsKnown(run, before), asFarAsKnown(run, after), what)
  else assertSame(before, after, what)
}

async function applyWith(run: Run, request: ApplyRequest, fault: Fault): ReturnType<typeof apply> {
  const { stage, plan, open } = run
  switch (fault.kind) {
    case 'store': {
      const refusing = new ProblemError({ code: 'store-refuses', message: 'The store takes nothing.' })
      return apply({ ...request, store: { ...request.store, save: () => Promise.reject(refusing) } })
    }
    case 'login': {
      const refusal = new ProblemError({ code: 'wrong-password', message: 'Not let in.' })
      return apply({
        ...request,
        open: asked => (asked.as === undefined ? open(asked) : Promise.reject(refusal)),
      })
    }
    case 'cancel': {
      const controller = new AbortController()
      let phases = 0
      return apply({
        ...request,
        signal: controller.signal,
        onEvent: event => {
          if (event.kind !== 'phase') return
          if (phases === fault.phase) controller.abort()
          phases += 1
        },
      })
    }
    case 'relation-gone': {
      const granted = plan.databases.flatMap(({ database, changes }) =>
        changes.flatMap(change =>
          change.kind === 'grant-relations'
            ? change.relations.map(relation => ({ database, schema: change.schema, relation }))
            : [],
        ),
      )
      const gone = granted[fault.which % Math.max(1, granted.length)]
      if (gone === undefined) return apply(request)
      const client = await stage.server.client({ database: gone.database })
      try {
        await client.query(
          `ALTER TABLE ${qualifiedName(gone.schema, gone.relation)} RENAME TO "renamed meanwhile"`,
        )
        const outcome = await apply(request)
        if (outcome.outcome !== 'failed-unchanged' || outcome.problem.code !== 'relation-gone') {
          throw new Error(`a relation was gone, and the apply ended so: ${JSON.stringify(outcome)}`)
        }
        await client.query(
          `ALTER TABLE ${qualifiedName(gone.schema, 'renamed meanwhile')} RENAME TO ${quoteIdentifier(gone.relation)}`,
        )
        return outcome
      } finally {
        await client.end()
      }
    }
  }
}

/** Undoes a whole apply as the engine does it by itself when the last of it fails. */
async function takeBack({ open, plan, login }: Run): Promise<void> {
  const committed = unitsOf(plan).map((unit, number) => ({ ...unit, number, xid: null, certain: true }))
  const { left } = await undoCommitted({ open, deadline: ampleDeadline, patience: 3000 }, committed, login)
  const unknown = left.filter(line => !/old one is not known/.test(line) || login?.password.known !== false)
  if (unknown.length > 0) throw new Error(`the undo left something: ${JSON.stringify(left)}`)
}

/** With the receipt's lines for psql; where they refuse for the sake of single columns, by the receipt after all. */
async function undoByPsql(run: Run, receipt: Receipt, request: ApplyRequest): Promise<void> {
  const { server } = run.stage
  const { user, password } = targetOf(server, run.world)
  const script = ['\\set ON_ERROR_STOP on', ...receipt.undo].join('\n')
  const { code, output } = await runPsql(server, script, { user, password: reveal(password) })
  if (code !== 0 && output.includes('single columns')) await undoByReceipt(run, receipt, request)
  else if (code !== 0 || output.includes('WARNING')) throw new Error(`the undo by psql: ${output}\n${script}`)
}

function receiptFor(
  { plan, answers }: Run,
  server: ServerFacts,
  outcome: Extract<ApplyOutcome, { outcome: 'done' | 'done-unproved' }>,
  { store, entry }: ApplyRequest,
): Receipt {
  return receiptOf({ plan, answers, server, outcome, store, entry })
}

/** Undoes a whole apply on another day, by its receipt. */
async function undoByReceipt({ open }: Run, receipt: Receipt, { store }: ApplyRequest): Promise<void> {
  const read = receiptFromText(receiptJson(receipt))
  if (!read.ok) throw new Error(`the receipt cannot be read: ${JSON.stringify(read.problem)}`)
  const request = { receipt: read.value, open, store, deadline: ampleDeadline }
  const undone = await undo({ ...request, plan: await planUndo(request), endSessions: false })
  if (undone.outcome !== 'done') throw new Error(`the undo by receipt: ${JSON.stringify(undone)}`)
}

/** Without the password of a login that the administrator may not read, and so cannot put back. */
function asFarAsKnown(run: Run, access: readonly string[]): readonly string[] {
  return run.login === null || run.login.password.known ? access : withoutPassword(run, access)
}

function withoutPassword({ login }: Run, access: readonly string[]): readonly string[] {
  if (login === null) return access
  return access.filter(line => !line.includes(`: password ${quoteIdentifier(login.role)} `))
}

/** Where a login of somebody else's was taken over, its password is replaced whenever it is asked for. */
function assertNothingPlanned({ login }: Run, made: MadePlan | undefined): void {
  if (!made?.ok) throw new Error(`after the apply there is no plan: ${JSON.stringify(made)}`)
  const again = login === null ? made.plan : { ...made.plan, opening: [] }
  if (!isEmptyPlan(again)) throw new Error(`planned again after the apply: ${JSON.stringify(again)}`)
}

/** What the rehearsal foretold is what the proof found; only reading for real shows what is not filled. */
function assertAgree(rehearsal: Extract<Rehearsal, { outcome: 'held' }>, proof: Proof): void {
  if (!isDeepStrictEqual(rehearsal.beyond, proof.beyond)) {
    throw new Error(
      `beyond: ${JSON.stringify(rehearsal.beyond)} foretold, ${JSON.stringify(proof.beyond)} found`,
    )
  }
  for (const proved of proof.databases) {
    const foretold = rehearsal.databases.find(each => each.database === proved.database)
    const [one, other] = [foretold?.findings ?? [], proved.findings].map(findings =>
      findings.filter(finding => !shownByReading.has(finding.code)).map(each => each.text),
    )
    if (!isDeepStrictEqual(one, other)) {
      throw new Error(`findings: ${JSON.stringify(one)} foretold, ${JSON.stringify(other)} found`)
    }
  }
}

/** A verify right after the apply finds what the rehearsal and the plan's notes have told, and nothing else. */
async function assertVerified(
  { stage: { server }, world, open, plan, answers }: Run,
  told: {
    readonly facts: ServerFacts
    readonly password: Secret
    readonly rehearsal: Extract<Rehearsal, { outcome: 'held' }>
  },
): Promise<void> {
  const connector = connectorById(answers.tool)
  if (connector === null) throw new Error(answers.tool)
  const found = await withSession(open, { database: plan.server.database }, session =>
    verify({
      answers,
      connector,
      server: told.facts,
      reader: { as: 'administrator', session, open },
      logIn: database =>
        logIn(targetOf(server, world), { user: plan.login, password: told.password, database }),
    }),
  )
  if (!isDeepStrictEqual(found.beyond, told.rehearsal.beyond)) {
    throw new Error(
      `beyond: ${JSON.stringify(told.rehearsal.beyond)} foretold, ${JSON.stringify(found.beyond)} verified`,
    )
  }
  // Of a role that was there before nothing is taken that others gave it, and the plan's reader is told of it.
  const hadOurs = world.roles.some(
    ({ name, earlier }) => earlier && (name === plan.login || name === plan.group),
  )
  const untold = found.drift.filter(
    ({ level, code }) => level === 'drift' && !(hadOurs && keptFromBefore.has(code)),
  )
  if (untold.length > 0 || found.unproved.length > 0) {
    throw new Error(`verified, and not told before: ${JSON.stringify([untold, found.unproved])}`)
  }
}

/** What a role keeps that somebody else has made so. */
const keptFromBefore: ReadonlySet<Drift['code']> = new Set([
  'attribute-added',
  'default-privileges-added',
  'grant-added',
  'grant-elsewhere',
  'grant-option-added',
  'membership-added',
  'membership-admin',
  'other-readable',
  'setting-added',
  'write-allowed',
])

const shownByReading: ReadonlySet<Finding['code']> = new Set(['unreadable', 'foreign-server-not-asked'])

function assertSame(before: readonly string[], after: readonly string[], when: string): void {
  const difference = accessDifference(before, after)
  if (difference.length > 0) throw new Error(`access is another ${when}:\n${difference.join('\n')}`)
}
