import { leftJournals } from '../../engine/journal.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { type LeftUnderWay, leftUnderWay } from '../../engine/under-way.ts'
import type { ExitCode } from '../../model/exit-code.ts'
import { printableName } from '../../model/identifier.ts'
import { problemOf } from '../../model/problem.ts'
import type { Draft } from '../../steps/step.ts'
import { forgetDraft, keptDrafts } from '../../wizard/draft-file.ts'
import type { CommandIo } from './command-io.ts'
import type { WizardOptions } from './command-line.ts'
import { askLine, canAsk } from './prompt.ts'
import { refusalOf } from './refusal.ts'
import { problemText } from './report-problem.ts'

/**
 * What is asked before the wizard opens: what to do with runs that were broken off, on whatever server.
 * @returns the exit code, where that was all; null where the wizard is to open
 * @throws ProblemError `cancelled`
 */
export async function settleBeforeWizard(options: WizardOptions, io: CommandIo): Promise<ExitCode | null> {
  const folder = options.stateFolder ?? stateFolder(io.env)
  const journals = leftJournals(folder)
  const underWay = leftUnderWay(folder)
  if (underWay.length > 0 && canAsk(io)) await tellAll(underWay, io)
  if (journals.length === 0 || !canAsk(io)) return null
  const { settleBrokenOff } = await import('./settle-broken-off.ts')
  const { createTeller } = await import('./teller.ts')
  const asked = new Set<string>()
  for (const { begin } of journals) {
    const { server } = begin.answers
    const name = `${printableName(server.user)} on ${server.host} port ${server.port}`
    // All the runs on one server are settled at once.
    if (asked.has(name)) continue
    asked.add(name)
    io.stderr.write(
      `pg-usher: a run of ${begin.at.slice(0, 16).replace('T', ' ')} UTC was broken off: ${name}.\n`,
    )
    try {
      const given = options.prefill?.password
      const applyOptions = {
        yes: false,
        json: false,
        outDir: options.outDir,
        stateFolder: options.stateFolder,
      }
      const tell = createTeller({ json: false }, io)
      const { record } = await settleBrokenOff(
        server,
        given === undefined ? applyOptions : { ...applyOptions, password: given },
        io,
        tell,
      )
      if (record === null) continue
      if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
      if (record.outcome !== 'undone') return record.exitCode
    } catch (thrown) {
      const { problems } = refusalOf(thrown) ?? { problems: [problemOf(thrown)] }
      if (problems.some(({ code }) => code === 'cancelled')) throw thrown
      io.stderr.write(problemText(problems))
      io.stderr.write('That run is left as it is; it is told again at the next start.\n')
    }
  }
  return null
}

/** Undos and rotations that were broken off, on whatever server; read before the wizard takes the screen. */
async function tellAll(underWay: readonly LeftUnderWay[], io: CommandIo): Promise<void> {
  const { underWayLine } = await import('./tell-broken-off.ts')
  for (const left of underWay) io.stderr.write(underWayLine(left))
  await askLine(io, 'Enter goes on without them. ')
}

/**
 * Answers that were half given when a wizard broke off, where the person wants to go on with them; they are
 * checked against the live server as they are walked through.
 * @throws ProblemError `cancelled`
 */
export async function offerKeptDraft(options: WizardOptions, io: CommandIo): Promise<Draft | null> {
  if (options.answers !== undefined || options.prefill !== undefined || !canAsk(io)) return null
  const kept = await keptDrafts(options.stateFolder ?? stateFolder(io.env))
  for (const one of kept) {
    const { tool = 'no tool yet', server } = one.draft
    const where = server === undefined ? '' : `, ${server.host} port ${server.port}`
    const asked = `Half-given answers of ${one.at.slice(0, 16).replace('T', ' ')} UTC are kept (${tool}${where}). Continue with them (c), throw them away (t), leave them (l)? `
    const answer = (await askLine(io, asked)).trim().toLowerCase()
    if (answer === 'c' || answer === 't') forgetDraft(one)
    if (answer === 'c') return one.draft
  }
  return null
}
