import { connectorById, connectors } from '../connectors/connectors.ts'
import type { ConnectionDefaults } from '../postgres/connection-defaults.ts'
import type { StorePlace } from '../secrets/places.ts'
import type { Draft } from '../steps/step.ts'
import { connectionBeginning } from './connection-beginning.ts'
import type { WizardState } from './state.ts'
import { emptyAws } from './update/aws.ts'
import { connectionForm } from './update/connection.ts'
import { emptyGroups } from './update/groups.ts'
import { emptyQuestion } from './update/question.ts'
import { emptyReview } from './update/review.ts'

/** What is known before the first question. */
export interface Beginning {
  readonly size: WizardState['size']
  readonly today: Date
  /** What is answered already: an answers file, the demo's prefilled answers. */
  readonly draft: Draft
  /** What is known of the connection, and from where. */
  readonly defaults: ConnectionDefaults
  readonly places: readonly StorePlace[]
  /** What stands beside the program's name. */
  readonly label?: string | undefined
  /** A folder that is removed when the wizard is left. */
  readonly passingFolder?: string | undefined
  /** Which answers outlive the wizard: those given in it, as when left out; also those it was opened with; none. */
  readonly keeps?: 'new' | 'all' | 'none' | undefined
  /** What this start changed on a server already, in words. */
  readonly changedBefore?: string | null | undefined
  /** What has to be said of how it was started. */
  readonly warning?: string | null | undefined
}

/** The wizard on its first question. */
export function initialState(beginning: Beginning): WizardState {
  const { size, today, draft, defaults, places, label, passingFolder } = beginning
  const { keeps, changedBefore, warning } = beginning
  const connector = draft.tool === undefined ? null : connectorById(draft.tool)
  const { input, sources } = connectionBeginning(draft, defaults)
  // A document from outside cannot agree to it in the place of the person who sits here.
  const opened = withoutConsent(draft)
  return {
    size,
    today,
    label: label ?? null,
    passingFolder: passingFolder ?? null,
    step: 'tool',
    reached: 'tool',
    overlay: null,
    draft: opened,
    keptFrom: keeps === 'none' ? null : keeps === 'all' ? {} : opened,
    takingUp: null,
    changedBefore: changedBefore ?? null,
    facts: { connector, server: null, databases: [], roles: {} },
    notice: noticeOf(draft, defaults, warning ?? null),
    textTop: 0,
    answersFile: null,
    tool: { highlighted: connector?.id ?? connectors[0]?.id ?? '' },
    connection: {
      form: connectionForm(input, null),
      problems: [],
      sources,
      status: 'idle',
      attempt: 0,
      problem: null,
    },
    endpoint: emptyQuestion,
    authentication: { ...emptyQuestion, waiting: false, lookUpProblem: null },
    aws: emptyAws,
    working: null,
    works: 0,
    schemas: { status: 'idle', problem: null, picker: null, names: [], setAside: new Map() },
    tables: {
      allWanted: false,
      status: 'idle',
      problem: null,
      picker: null,
      groups: [],
      columns: [],
      later: new Map(),
      rules: new Map(),
    },
    network: {
      ...emptyQuestion,
      earlier: earlierNetworks(draft),
      listen: null,
      agreedTo: null,
      questioned: null,
      groups: emptyGroups,
    },
    secret: { ...emptyQuestion, status: 'idle', slow: false, attempt: 0, problem: null, places },
    review: emptyReview,
    apply: { status: 'idle', events: [], progress: null, outcome: null },
    done: { forms: [], shown: null, seen: false, receipt: null, howToRead: null, problem: null, undo: false },
  }
}

function earlierNetworks({ network }: Draft): readonly string[] | null {
  return network?.from === 'vendor' ? network.cidrs : null
}

function withoutConsent(draft: Draft): Draft {
  const { network } = draft
  const asked =
    network !== undefined && network.from !== 'not-known-yet' ? { ...network, everybody: undefined } : network
  return {
    ...draft,
    ...(asked === undefined ? {} : { network: asked }),
    ...(draft.replacePassword === true ? { replacePassword: false } : {}),
    ...(draft.sendPlainPassword === true ? { sendPlainPassword: false } : {}),
  }
}

/** What could not be used: a tool that is not known any more, a service that is defined nowhere. */
function noticeOf({ tool }: Draft, { problems }: ConnectionDefaults, warning: string | null): string | null {
  const said = [
    ...(tool !== undefined && connectorById(tool) === null ? [`No tool is called ${tool}: choose one.`] : []),
    ...problems.map(problem => problem.message),
    ...(warning === null ? [] : [warning]),
  ]
  return said.length === 0 ? null : said.join(' ')
}
