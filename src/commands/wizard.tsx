import type { ExitCode } from '../model/exit-code.ts'
import { reachServer } from '../postgres/early-socket.ts'
import { capabilitiesOf, inkEnvironment } from '../terminal/capabilities.ts'
import { namedServer } from '../wizard/connection-beginning.ts'
import { offerKeptDraft, settleBeforeWizard } from './support/before-wizard.ts'
import type { CommandIo } from './support/command-io.ts'
import type { WizardOptions } from './support/command-line.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { beginWizard } from './support/wizard-beginning.ts'

/** Opens the wizard and gives its exit code when a person leaves it. The terminal comes back as it was. */
export async function run(options: WizardOptions, io: CommandIo): Promise<ExitCode> {
  try {
    const settled = await settleBeforeWizard(options, io)
    if (settled.exitCode !== null) return settled.exitCode
    const { changedBefore } = settled
    const kept = await offerKeptDraft(options, io)
    const beginning = await beginWizard(options, io, kept?.draft)
    if (beginning.warning !== null) io.stderr.write(`pg-usher: ${beginning.warning}\n`)
    const server = namedServer(beginning.draft, beginning.defaults)
    // On its way while the screen is loaded and drawn.
    const named = server === null ? undefined : { server, early: reachServer(server) }
    const found = capabilitiesOf({
      env: io.env,
      platform: process.platform,
      stdinIsTTY: true,
      stdoutIsTTY: true,
    })
    const capabilities = options.plain ? { ...found, colour: false, unicode: false } : found
    // chalk reads its environment once, when it is loaded with Ink.
    Object.assign(process.env, inkEnvironment(capabilities))
    const { openWizard } = await import('./support/open-wizard.tsx')
    return await openWizard({ options, beginning, kept, changedBefore, capabilities, named, io })
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    io.stderr.write(problemText(refusal.problems))
    return refusal.code
  }
}
