import { stateFolder } from '../../engine/state-folder.ts'
import { type ConnectionDefaults, connectionDefaults } from '../../postgres/connection-defaults.ts'
import { type ConnectionString, parseConnectionString, portOf } from '../../postgres/connection-string.ts'
import { surroundingsHere } from '../../postgres/surroundings.ts'
import { type StorePlace, storePlaces } from '../../secrets/places.ts'
import { rememberedPlace } from '../../secrets/remembered-place.ts'
import { type StoreContext, storeContext } from '../../secrets/stores.ts'
import type { Draft } from '../../steps/step.ts'
import type { GivenPassword } from '../../wizard/server-connection.ts'
import type { CommandIo } from './command-io.ts'
import type { WizardOptions } from './command-line.ts'
import { Refusal } from './refusal.ts'

/** What is known before the first question: the command line, an answers file, what libpq would find. */
export interface WizardBeginning {
  readonly draft: Draft
  readonly defaults: ConnectionDefaults
  /** The command line's connection, without its password. */
  readonly argument: ConnectionString
  readonly given: GivenPassword | null
  /** What has to be said of the command line; null for nothing. */
  readonly warning: string | null
  readonly places: readonly StorePlace[]
  readonly stores: StoreContext
}

/** Gathers what is known before the first question. @throws Refusal for a bad argument or answers file */
export async function beginWizard(
  options: WizardOptions,
  io: CommandIo,
  kept: Draft = {},
): Promise<WizardBeginning> {
  const { password, ...argument } = connectionOf(options)
  const defaults = connectionDefaults(surroundingsHere(argument))
  const answered = options.answers === undefined ? {} : await draftOf(options.answers, io)
  const draft: Draft = { ...kept, ...options.prefill?.draft, ...answered }
  const given = options.prefill?.password ?? password
  const { host, port, user } = defaults
  // No signal: when the program is told to end, what was stored still has to be taken back.
  const folder = options.stateFolder ?? stateFolder(io.env)
  const stores = storeContext(true, { stateFolder: folder })
  return {
    draft,
    defaults,
    argument,
    warning: password === undefined ? null : passwordSeen,
    given:
      given === undefined
        ? null
        : { password: given, for: draft.server ?? { host: host.value, port: port.value, user: user.value } },
    places: storePlaces(stores, await rememberedPlace(folder)),
    stores,
  }
}

const passwordSeen =
  "The password in the URL stands in your shell's history, and was in the list of processes until now. Leave it out: it is asked for, or comes from ~/.pgpass or PGPASSWORD."

/** The command line's connection: flags stand above the URL, as with psql. */
function connectionOf({ argument, flags }: WizardOptions): ConnectionString {
  const parsed = argument === undefined ? null : parseConnectionString(argument)
  if (parsed !== null && !parsed.ok) throw new Refusal([parsed.problem])
  const { host, port, database, user, tls, service } = flags
  const portNumber = port === undefined ? undefined : portOf(port)
  if (portNumber === null)
    throw new Refusal([{ code: 'bad-port', message: `${port} is no port: a number from 1 to 65535.` }])
  return {
    ignored: [],
    ...parsed?.value,
    ...(host === undefined ? {} : { host }),
    ...(portNumber === undefined ? {} : { port: portNumber }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(tls === undefined ? {} : { tls }),
    ...(service === undefined ? {} : { service }),
  }
}

async function draftOf(path: string, io: CommandIo): Promise<Draft> {
  if (path === '-')
    throw new Refusal([
      {
        code: 'answers-from-terminal',
        message: 'The wizard needs its standard input for the keys.',
        next: 'Give the answers as a file.',
      },
    ])
  // What checks a document is loaded where there is one.
  const { readAnswers } = await import('./read-answers.ts')
  const { version: _version, $schema: _schema, ...draft } = await readAnswers(path, io)
  return draft
}
