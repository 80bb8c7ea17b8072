import { connectorById } from '../../src/connectors/connectors.ts'
import type { ApplyOutcome, Proof, Rehearsal } from '../../src/engine/outcome.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { CatalogueDatabase } from '../../src/model/catalogue.ts'
import type { Problem } from '../../src/model/problem.ts'
import { relationColumns } from '../../src/model/relation-columns.ts'
import { secret } from '../../src/model/secret.ts'
import type { ExistingRole, ServerFacts } from '../../src/model/server-facts.ts'
import { atOnce } from '../../src/model/sliced.ts'
import { asAbleAdmin } from '../../src/plan/able-admin.ts'
import { fillForm } from '../../src/plan/form.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { ConnectionDefaults } from '../../src/postgres/connection-defaults.ts'
import type { StorePlace } from '../../src/secrets/places.ts'
import type { Draft, StepId } from '../../src/steps/step.ts'
import { fieldValue } from '../../src/terminal/form.ts'
import type { Key } from '../../src/terminal/key.ts'
import type { Effect } from '../../src/wizard/effect.ts'
import type { FreshFacts, WizardEvent } from '../../src/wizard/event.ts'
import { initialState } from '../../src/wizard/initial-state.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { updateWizard } from '../../src/wizard/update.ts'
import { database, relation, schema, serverFacts } from './plan-input.ts'

export const today = new Date('2026-11-22T12:00:00Z')

/** Two databases: tables of several kinds, one of another owner, one with personal data; a view. */
export const walkDatabases: readonly CatalogueDatabase[] = [
  database('shop', [
    schema('public', [
      relation('album', { comment: 'What is sold' }),
      relation('artist'),
      relation('customer', {
        personalData: [{ column: 'email', category: 'e-mail', because: 'its name says an e-mail address' }],
      }),
      relation('ledger', { grantable: false, owner: 'bookkeeper' }),
    ]),
    schema('reporting', [relation('sales', { kind: 'view' })]),
    schema('private', [relation('notes')], { grantable: false, owner: 'bookkeeper' }),
  ]),
  database('stock', [schema('public', [relation('shelf')])]),
]

export const walkPlaces: readonly StorePlace[] = [
  { answer: { store: 'keychain' }, label: 'Keychain', words: ['The keychain of dba.'] },
  { answer: { store: 'passfile', path: '/home/dba/.pgpass' }, label: 'Passfile', words: ['Plain text.'] },
  { answer: { store: 'aws-credentials' }, label: 'AWS credentials', words: ['A profile.'] },
  { answer: { store: 'show-once' }, label: 'Show once', words: ['Then gone.'] },
]

export const walkDefaults: ConnectionDefaults = {
  host: { value: 'db.internal', source: 'PGHOST' },
  port: { value: 5432, source: 'default' },
  database: { value: 'postgres', source: 'PGDATABASE' },
  user: { value: 'dba', source: 'command line' },
  tls: { value: 'require', source: 'PGSSLMODE' },
  caFile: { value: null, source: 'default' },
  problems: [],
}

/** The server of a walk, as a test wants it. */
export interface WalkServer {
  readonly facts: ServerFacts
  readonly databases: readonly CatalogueDatabase[]
  readonly roles: Readonly<Record<string, ExistingRole>>
}

export interface WalkOptions {
  readonly columns?: number
  readonly rows?: number
  readonly draft?: Draft
  readonly server?: Partial<WalkServer>
  readonly places?: readonly StorePlace[]
  readonly defaults?: ConnectionDefaults
  readonly changedBefore?: string
}

/** The wizard without a screen and without a server: keys and events in, state and effects out. */
export interface Walk {
  state(): WizardState
  /** All effects so far. */
  readonly effects: readonly Effect[]
  /** Presses keys by their names; a single character carries its text. */
  press(...names: readonly string[]): void
  type(text: string): void
  paste(text: string): void
  /** Tells an event; gives the effects that it asked for. */
  tell(event: WizardEvent): readonly Effect[]
  /** Answers what the last events asked for, as the walk's server would, until nothing is asked any more. */
  answer(): void
  /** Effects that were asked for and not answered yet; taken by the call. */
  take(): readonly Effect[]
  /** Goes through the questions with the likeliest answers up to a step. */
  to(step: StepId): void
}

/** A key by its name. */
export function keyOf(name: string): Key {
  if (name === 'space') return { name, text: ' ' }
  return [...name].length === 1 ? { name, text: name } : { name }
}

export function startWalk(options: WalkOptions = {}): Walk {
  const server: WalkServer = {
    facts: serverFacts,
    databases: walkDatabases,
    roles: {},
    ...options.server,
  }
  let state = initialState({
    size: { columns: options.columns ?? 80, rows: options.rows ?? 24 },
    today,
    draft: options.draft ?? {},
    defaults: options.defaults ?? walkDefaults,
    places: options.places ?? walkPlaces,
    changedBefore: options.changedBefore,
  })
  const effects: Effect[] = []
  let pending: Effect[] = []
  const tell = (event: WizardEvent) => {
    const next = updateWizard(state, event)
    state = next.state
    effects.push(...next.effects)
    pending.push(...next.effects)
    return next.effects
  }
  const press = (...names: readonly string[]) => {
    for (const name of names) tell({ kind: 'key', key: keyOf(name) })
  }
  const take = () => {
    const taken = pending
    pending = []
    return taken
  }
  const answer = () => {
    for (let asked = take(); asked.length > 0; asked = take())
      for (const effect of asked) {
        const event = answerOf(effect, server)
        if (event !== null) tell(event)
      }
  }
  const type = (text: string) => press(...[...text].map(each => (each === ' ' ? 'space' : each)))
  /** What a person presses to go on from each step. */
  const onward: Readonly<Record<Exclude<StepId, 'done'>, () => void>> = {
    tool: () => void tell({ kind: 'tool-chosen', tool: 'atlan' }),
    connection: () => press('enter'),
    endpoint: () => {
      if (state.endpoint.form.fields[0]?.kind === 'text' && state.endpoint.form.fields[0].text.value === '')
        type('db.example.com')
      press('enter')
    },
    authentication: () => press('enter'),
    aws: () => press('enter'),
    schemas: () => press('space', 'enter'),
    tables: () => press('space', 'enter'),
    network: () => press('enter'),
    secret: () => press('enter'),
    review: () => {
      press('r')
      answer()
      press('y')
    },
    apply: () => press('enter'),
  }
  return {
    state: () => state,
    effects,
    press,
    type,
    paste: text => void tell({ kind: 'key', key: { name: 'paste', text } }),
    tell,
    answer,
    take,
    to: step => {
      for (let turns = 0; state.step !== step; turns++) {
        if (turns > 30 || state.step === 'done')
          throw new Error(`stuck at ${state.step} on the way to ${step}`)
        // Only this way in leads there.
        if (step === 'aws' && state.step === 'authentication')
          if (fieldValue(state.authentication.form, 'method') !== 'aws-iam') press('right')
        onward[state.step]()
        // An apply under way is where one wants to be.
        if (state.step === step && step === 'apply') return
        answer()
      }
    },
  }
}

function roleOf({ roles }: WalkServer, name: string): ExistingRole | null {
  return Object.hasOwn(roles, name) ? (roles[name] ?? null) : null
}

/** What the walk's server says to an effect; null for those that nothing answers. */
export function answerOf(effect: Effect, server: WalkServer): WizardEvent | null {
  switch (effect.kind) {
    case 'connect':
      return { kind: 'connected', attempt: effect.attempt, server: server.facts }
    case 'read-databases':
      return { kind: 'databases-read', databases: unread(server.databases) }
    case 'read-roles':
      return {
        kind: 'roles-read',
        roles: Object.fromEntries(effect.names.map(name => [name, roleOf(server, name)])),
      }
    case 'read-relations':
      return {
        kind: 'relations-read',
        schemas: effect.schemas.map(name => ({
          ...name,
          relations:
            server.databases
              .find(each => each.name === name.database)
              ?.schemas.find(each => each.name === name.schema)?.relations ?? relationColumns([]),
        })),
      }
    case 'work':
      return { kind: 'worked', attempt: effect.attempt, settled: atOnce(effect.work) }
    case 'probe-store':
      return { kind: 'store-probed', attempt: effect.attempt, problem: null }
    case 'make-plan':
      return plannedEvent(effect.attempt, effect.answers, server)
    case 'rehearse':
      return { kind: 'rehearsed', attempt: effect.attempt, rehearsal: heldRehearsal(effect.plan) }
    case 'apply':
      return appliedEvent(effect.plan, effect.answers, { outcome: 'done', ...appliedTo(effect.plan) })
    case 'read-password':
      return { kind: 'password-read', password: secret('Pa55word') }
    case 'save':
      return { kind: 'saved', what: effect.what, path: `/out/${effect.name}` }
    case 'save-answers':
      return { kind: 'saved', what: 'answers', path: '/out/atlan-answers.json' }
    default:
      return null
  }
}

/** The plan of the answers on the walk's server, made as the program makes it. */
export function plannedEvent(attempt: number, answers: Answers, server: WalkServer): WizardEvent {
  const connector = connectorById(answers.tool)
  if (connector === null) throw new Error(`no tool ${answers.tool}`)
  const roles = {
    login: roleOf(server, answers.roles.login),
    group: answers.roles.layout === 'group-and-login' ? roleOf(server, answers.roles.group) : null,
  }
  const input = {
    answers,
    connector,
    catalogue: { databases: server.databases },
    roles,
    server: server.facts,
  }
  const made = makePlan(input)
  const forAnother = made.ok ? made : makePlan(asAbleAdmin(input))
  const facts: FreshFacts = { databases: server.databases, roles: {} }
  return forAnother.ok
    ? { kind: 'planned', attempt, plan: forAnother.plan, obstacles: made.ok ? [] : made.problems, facts }
    : { kind: 'plan-refused', attempt, problems: forAnother.problems, facts }
}

export function heldRehearsal(plan: Plan): Rehearsal {
  return {
    outcome: 'held',
    lockedFor: 12,
    beyond: [],
    databases: plan.databases.map(({ database: name, chosen }) => ({
      database: name,
      readable: chosen.length,
      refused: 3,
      findings: [],
    })),
  }
}

export function appliedTo(plan: Plan) {
  const proof: Proof = {
    databases: plan.databases.map(({ database: name, chosen }) => ({
      database: name,
      readable: chosen.length,
      refused: 3,
      findings: [],
      by: 'login' as const,
      writesRefused: 1,
      createsRefused: 2,
    })),
    beyond: [],
  }
  return { proof, granted: null, startedAt: today, finishedAt: today, notes: [] }
}

export function appliedEvent(plan: Plan, answers: Answers, outcome: ApplyOutcome): WizardEvent {
  const connector = connectorById(answers.tool)
  const done = outcome.outcome === 'done' || outcome.outcome === 'done-unproved'
  return {
    kind: 'applied',
    outcome,
    done:
      done && connector !== null
        ? {
            forms: fillForm(connector, answers, plan),
            receipt: '/out/receipt.md',
            howToRead: 'secret-tool lookup service pg-usher account atlan_user',
            problem: null,
          }
        : null,
  }
}

export const someProblem: Problem = {
  code: 'connection-lost',
  message: 'The server went away.',
  next: 'Look at its log.',
}

function unread(databases: readonly CatalogueDatabase[]): readonly CatalogueDatabase[] {
  return databases.map(each => ({
    ...each,
    schemas: each.schemas.map(every => ({ ...every, relations: null })),
  }))
}
