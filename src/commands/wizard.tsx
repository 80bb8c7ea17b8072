import { readFileSync } from 'node:fs'
import type { ExitCode } from '../model/exit-code.ts'
import { ProblemError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { ConnectionString } from '../postgres/connection-string.ts'
import type { Draft } from '../steps/step.ts'
import { capabilitiesOf, inkEnvironment } from '../terminal/capabilities.ts'
import type { Ending } from '../wizard/state.ts'
import type { CommandIo } from './support/command-io.ts'
import type { WizardOptions } from './support/command-line.ts'

/** Opens the wizard and gives its exit code when a person leaves it. The terminal comes back as it was. */
export async function run(options: WizardOptions, io: CommandIo): Promise<ExitCode> {
  const { stdin, stdout, env } = io
  const found = capabilitiesOf({ env, platform: process.platform, stdinIsTTY: true, stdoutIsTTY: true })
  const capabilities = options.plain ? { ...found, colour: false, unicode: false } : found
  // chalk reads its environment once, when it is loaded with Ink.
  Object.assign(process.env, inkEnvironment(capabilities))
  const beginning = await begin(options, io)

  const [
    { render },
    { App },
    { createKeyStdin },
    { createStore },
    { createWorker },
    { isForMenu },
    { whenEnding },
  ] = await Promise.all([
    import('ink'),
    import('../screens/App.tsx'),
    import('../terminal/key-stream.ts'),
    import('../wizard/store.ts'),
    import('../wizard/carry-out.ts'),
    import('../wizard/update.ts'),
    import('../terminal/terminal-guard.ts'),
  ])
  const { glyphsFor } = await import('../terminal/glyphs.ts')
  const { themeFor } = await import('../terminal/theme.ts')
  const { initialState } = await import('../wizard/initial-state.ts')
  const { cancelledEnding } = await import('../wizard/ending.ts')

  let ending: Ending | null = null
  const keys = createKeyStdin(stdin)
  const worker = createWorker({
    givenPassword: beginning.password,
    outDir: options.outDir ?? process.cwd(),
    stores: beginning.stores,
    environment: env,
    write: text => stdout.write(text),
    end: reason => {
      ending = reason
      app.unmount()
    },
  })
  const store = createStore(
    initialState({
      size: sizeOf(stdout),
      draft: beginning.draft,
      defaults: beginning.defaults,
      places: beginning.places,
    }),
    worker.carryOut,
  )
  const onResize = () => store.dispatch({ kind: 'resized', ...sizeOf(stdout) })
  keys.onKey(key => {
    if (isForMenu(store.getState(), key)) return false
    store.dispatch({ kind: 'key', key })
    return true
  })
  keys.open()
  const app = render(
    <App
      store={store}
      look={{
        glyphs: glyphsFor(capabilities.unicode),
        theme: themeFor(capabilities.colour, capabilities.background),
      }}
    />,
    {
      stdin: keys.stdin,
      stdout,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 30,
      isScreenReaderEnabled: capabilities.screenReader,
    },
  )
  const leave = () => {
    ending ??= cancelledEnding(store.getState())
    app.unmount()
  }
  const stopGuard = whenEnding(reason => {
    if (reason.kind === 'error') crash = reason.error
    leave()
  })
  let crash: unknown = null
  stdout.on('resize', onResize)
  io.signal.addEventListener('abort', leave)
  keys.onEnd(leave)
  try {
    await app.waitUntilExit()
  } catch (error) {
    crash ??= error
  } finally {
    stdout.off('resize', onResize)
    io.signal.removeEventListener('abort', leave)
    keys.close()
    await worker.close()
    stopGuard()
  }
  if (crash !== null) throw crash
  const { exitCode, summary } = ending ?? cancelledEnding(store.getState())
  stdout.write(`${summary.join('\n')}\n`)
  return exitCode
}

interface Begun {
  readonly draft: Draft
  readonly defaults: import('../postgres/connection-defaults.ts').ConnectionDefaults
  readonly password: Secret | null
  readonly places: readonly import('../secrets/stores.ts').StorePlace[]
  readonly stores: import('../secrets/stores.ts').StoreContext
}

/** What is known before the first question: the command line, an answers file, what libpq would find. */
async function begin(options: WizardOptions, io: CommandIo): Promise<Begun> {
  const { connectionDefaults } = await import('../postgres/connection-defaults.ts')
  const { parseConnectionString, portOf } = await import('../postgres/connection-string.ts')
  const { surroundingsHere } = await import('../postgres/surroundings.ts')
  const { storeContext, storePlaces } = await import('../secrets/stores.ts')
  const parsed = options.argument === undefined ? null : parseConnectionString(options.argument)
  if (parsed !== null && !parsed.ok) throw new ProblemError(parsed.problem)
  const { host, port, database, user, tls, service } = options.flags
  const portNumber = port === undefined ? undefined : portOf(port)
  if (portNumber === null)
    throw new ProblemError({ code: 'bad-port', message: `${port} is no port: a number from 1 to 65535.` })
  const named: ConnectionString = {
    ignored: [],
    ...parsed?.value,
    ...(host === undefined ? {} : { host }),
    ...(portNumber === undefined ? {} : { port: portNumber }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(tls === undefined ? {} : { tls }),
    ...(service === undefined ? {} : { service }),
  }
  const stores = storeContext(true)
  const places = await storePlaces(stores)
  const answered = options.answers === undefined ? {} : await answersOfFile(options.answers)
  return {
    draft: { ...options.prefill?.draft, ...answered },
    defaults: connectionDefaults(surroundingsHere(named)),
    password: options.prefill?.password ?? parsed?.value.password ?? null,
    places,
    stores: { ...stores, signal: io.signal },
  }
}

async function answersOfFile(path: string): Promise<Draft> {
  const { answersFromText } = await import('../model/answers-schema.ts')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ProblemError({
      code: 'answers-unreadable',
      message: `${path} cannot be read: ${error instanceof Error ? error.message : ''}`,
    })
  }
  const parsed = answersFromText(text)
  if (!parsed.ok)
    throw new ProblemError(
      parsed.problems[0] ?? { code: 'answers', message: `${path} is not an answers document.` },
    )
  const { version: _version, $schema: _schema, ...draft } = parsed.answers
  return draft
}

function sizeOf(stdout: CommandIo['stdout']): { readonly columns: number; readonly rows: number } {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 }
}
