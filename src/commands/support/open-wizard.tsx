import { setTimeout as wait } from 'node:timers/promises'
import { render } from 'ink'
import { stateFolder } from '../../engine/state-folder.ts'
import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import { problemOf } from '../../model/problem.ts'
import { redacted } from '../../model/redact.ts'
import { App } from '../../screens/App.tsx'
import type { Capabilities } from '../../terminal/capabilities.ts'
import { glyphsFor } from '../../terminal/glyphs.ts'
import { jobControl } from '../../terminal/job-control.ts'
import { createKeyStdin } from '../../terminal/key-stream.ts'
import { paced } from '../../terminal/paced.ts'
import { createScreenOutput } from '../../terminal/screen-output.ts'
import { whenEnding } from '../../terminal/terminal-guard.ts'
import { themeFor } from '../../terminal/theme.ts'
import { visible } from '../../terminal/truncate.ts'
import { createWorker } from '../../wizard/carry-out.ts'
import type { NamedServer } from '../../wizard/connect-ahead.ts'
import { createDraftKeeper, type KeptDraft } from '../../wizard/draft-file.ts'
import { endingOf } from '../../wizard/ending.ts'
import { initialState } from '../../wizard/initial-state.ts'
import { areKept } from '../../wizard/kept-answers.ts'
import type { WizardState } from '../../wizard/state.ts'
import { createStore } from '../../wizard/store.ts'
import { isDeciding, isForMenu } from '../../wizard/update.ts'
import type { CommandIo } from './command-io.ts'
import type { WizardOptions } from './command-line.ts'
import { problemText } from './report-problem.ts'
import type { WizardBeginning } from './wizard-beginning.ts'

/** After leaving, an undo has so many milliseconds; a second signal does not wait for it. */
const undoPatience = 30_000

/** Between two drawings of what the server or the engine tells there are so many milliseconds. */
const drawingPause = 33

export interface OpenWizard {
  readonly options: WizardOptions
  readonly beginning: WizardBeginning
  /** Half-given answers that it goes on with. */
  readonly kept: KeptDraft | null
  /** What this start changed on a server already, in words. */
  readonly changedBefore: string | null
  readonly capabilities: Capabilities
  /** A server that was named, towards which a socket is on its way. */
  readonly named?: NamedServer | undefined
  readonly io: CommandIo
}

/** Opens the screen, and gives the exit code when all that was under way has come to its end. */
export async function openWizard({
  options,
  beginning,
  kept,
  changedBefore,
  capabilities,
  named,
  io,
}: OpenWizard): Promise<ExitCode> {
  const { stdin, stdout, stderr, env } = io
  const folder = options.stateFolder ?? stateFolder(env)
  const drafts = createDraftKeeper(folder, kept)
  const keys = createKeyStdin(stdin)
  const screen = createScreenOutput(stdout, {
    wholeRows: capabilities.screenReader,
    synchronized: capabilities.synchronized,
    secretSeen: () => store.getState().done.seen,
  })
  const job = jobControl({
    release: () => {
      keys.close()
      screen.release()
    },
    take: () => {
      keys.open()
      screen.take()
    },
    prepare: () => {
      if (store.getState().done.shown === null) return undefined
      store.dispatch({ kind: 'password-hidden' })
      changes.flush()
      return app.waitUntilRenderFlush()
    },
  })
  const worker = createWorker({
    argument: beginning.argument,
    given: beginning.given,
    named,
    outDir: options.outDir ?? process.cwd(),
    stateFolder: folder,
    stores: beginning.stores,
    environment: env,
    write: text => stdout.write(text),
    repaint: screen.repaint,
    suspend: job.suspend,
    end: () => leave(),
  })
  const store = createStore(
    initialState({
      size: sizeOf(stdout),
      today: new Date(),
      label: options.prefill?.label,
      passingFolder: options.prefill?.passingFolder,
      draft: beginning.draft,
      defaults: beginning.defaults,
      places: beginning.places,
      // A demo's answers are for a server that goes with it.
      keeps: options.prefill !== undefined ? 'none' : kept !== null ? 'all' : 'new',
      changedBefore,
      warning: beginning.warning,
    }),
    worker.carryOut,
  )
  let applyBegun: string | null = null
  const keep = () => {
    const state = store.getState()
    if (areKept(state)) drafts.keep(state)
    applyBegun = isChanging(state) ? (applyBegun ?? new Date().toISOString()) : null
  }
  keep()
  store.subscribe(keep)
  const changes = paced(store.subscribe, drawingPause)
  keys.onKey(
    key => {
      const forMenu = isForMenu(store.getState(), key)
      if (!forMenu) store.dispatch({ kind: 'key', key })
      // What a key changes is seen at once, and a menu that it opened is there for the next one.
      changes.flush()
      return !forMenu
    },
    key => isDeciding(store.getState(), key),
  )
  keys.open()
  const app = render(
    <App
      store={{ ...store, subscribe: changes.subscribe }}
      look={{
        glyphs: glyphsFor(capabilities.unicode),
        theme: themeFor(capabilities.colour, capabilities.background),
      }}
    />,
    {
      stdin: keys.stdin,
      stdout: screen.stdout,
      // Every frame whole, for the screen to compare.
      debug: true,
      alternateScreen: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
      isScreenReaderEnabled: capabilities.screenReader,
    },
  )

  // The first frame is written; loading what speaks to a server takes a moment, in which no key is lost.
  const connecting = setImmediate(() => {
    worker.connectAhead()
    if (kept !== null) store.dispatch({ kind: 'taken-up', step: kept.step, reached: kept.reached })
  })

  const errors: unknown[] = []
  const hurry = Promise.withResolvers<void>()
  let leaving = false
  const leave = () => {
    leaving = true
    app.unmount()
  }
  const stopGuard = whenEnding(reason => {
    if (reason.kind === 'error') errors.push(reason.error)
    // Told again, it waits for nothing. A closed window says it twice: its keys end, and SIGHUP comes.
    else if (leaving && reason.signal !== 'SIGHUP') hurry.resolve()
    leave()
  })
  const onResize = () => store.dispatch({ kind: 'resized', ...sizeOf(stdout) })
  stdout.on('resize', onResize)
  // Node writes a warning onto the screen, whoever listens.
  process.on('warning', screen.repaint)
  // Of a signal that aborts it the guard has heard too, and must not take it for a second one.
  const onAbort = () => queueMicrotask(leave)
  io.signal.addEventListener('abort', onAbort)
  if (io.signal.aborted) leave()
  keys.onEnd(leave)
  try {
    await app.waitUntilExit()
  } catch (error) {
    errors.push(error)
  }
  leaving = true
  const password = worker.password()
  clearImmediate(connecting)
  // Left or cut off: the next start offers them, unless they were thrown away or carried out.
  if (areKept(store.getState())) drafts.flush()
  else drafts.forget()
  const cutOff = applyBegun
  stdout.off('resize', onResize)
  process.off('warning', screen.repaint)
  screen.close()
  job.close()
  io.signal.removeEventListener('abort', onAbort)
  keys.close()
  if (isChanging(store.getState()))
    stderr.write(
      'Taking back what was begun. Ctrl-C leaves at once, and leaves what is not taken back yet.\n',
    )
  await Promise.race([worker.close(), hurry.promise, wait(undoPatience, undefined, { ref: false })])
  named?.early.destroy()
  stopGuard()
  if (!areKept(store.getState())) drafts.forget()
  else if (cutOff !== null && isTakenBack(store.getState())) drafts.noteTakenBack(cutOff)
  const exitCode = report(store.getState(), errors, io)
  const receipt = receiptToUndo(store.getState())
  if (receipt === null || errors.length > 0 || io.signal.aborted) return exitCode
  const { run: undo } = await import('../undo.ts')
  return undo({ receipt, yes: false, endSessions: false, json: false, password, stateFolder: folder }, io)
}

/** The receipt of what is to be taken back, as the person wants it who left the last screen. */
function receiptToUndo({ done }: WizardState): string | null {
  return done.undo ? done.receipt : null
}

/** Prints what stays in the scrollback, and gives the exit code. */
function report(state: WizardState, errors: readonly unknown[], io: CommandIo): ExitCode {
  const { exitCode, summary } = endingOf(state)
  const lines = summary.flatMap(line => line.split('\n').map(part => `${visible(part)}\n`))
  io.stdout.write(redacted(lines.join('')))
  if (errors.length === 0) return exitCode
  io.stderr.write(problemText(errors.map(problemOf)))
  return exitCode === exitCodes.cancelled ? exitCodes.failedUnchanged : exitCode
}

/** Whether the engine has seen to the end that all is as before. */
function isTakenBack({ apply: { outcome } }: WizardState): boolean {
  return outcome?.outcome === 'cancelled' || outcome?.outcome === 'failed-unchanged'
}

function isChanging({ apply }: WizardState): boolean {
  return apply.status === 'running' || apply.status === 'cancelling'
}

function sizeOf(stdout: CommandIo['stdout']): { readonly columns: number; readonly rows: number } {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 }
}
