import { leftJournals } from '../../engine/journal.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { type LeftUnderWay, leftUnderWay } from '../../engine/under-way.ts'
import type { ExitCode } from '../../model/exit-code.ts'
import { printableName } from '../../model/identifier.ts'
import { problemOf } from '../../model/problem.ts'
import { stepTitles } from '../../steps/step.ts'
import { forgetDraft, type KeptDraft, keptDrafts } from '../../wizard/draft-file.ts'
import type { CommandIo } from './command-io.ts'
import type { WizardOptions } from './command-line.ts'
import { askLine, canAsk } from './prompt.ts'
import { refusalOf } from './refusal.ts'
import { problemText } from './report-problem.ts'
import { paragraph } from './text/layout.ts'

/** What was done before the wizard opens. */
export interface SettledBefore {
  /** The exit code, where that was all; null where the wizard is to open. */
  readonly exitCode: ExitCode | null
  /** What was changed on a server, in words; null for nothing. */
  readonly changedBefore: string | null
}

/**
 * What is asked before the wizard opens: what to do with runs that were broken off, on whatever server.
 * @throws ProblemError `cancelled`
 */
export async function settleBeforeWizard(options: WizardOptions, io: CommandIo): Promise<SettledBefore> {
  const takenBack: string[] = []
  const opens = (): SettledBefore => ({
    exitCode: null,
    changedBefore: takenBack.length === 0 ? null : `This start took back ${takenBack.join(', and ')}.`,
  })
  const folder = options.stateFolder ?? stateFolder(io.env)
  const journals = leftJournals(folder)
  const underWay = leftUnderWay(folder)
  if (underWay.length > 0 && canAsk(io)) await tellAll(underWay, io)
  if (journals.length === 0 || !canAsk(io)) return opens()
  const { settleBrokenOff } = await import('./settle-broken-off.ts')
  const { createTeller } = await import('./teller.ts')
  const asked = new Set<string>()
  for (const { begin } of journals) {
    const { server } = begin.answers
    const name = `${printableName(server.user)} on ${server.host} port ${server.port}`
    // All the runs on one server are settled at once.
    if (asked.has(name)) continue
    asked.add(name)
    const run = `the run of ${minuteOf(begin.at)}, as ${name}`
    io.stderr.write(`pg-usher: looking at what an earlier run has left, as ${name} …\n`)
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
      if (record.outcome !== 'undone') return { exitCode: record.exitCode, changedBefore: null }
      takenBack.push(run)
    } catch (thrown) {
      const { problems } = refusalOf(thrown) ?? { problems: [problemOf(thrown)] }
      if (problems.some(({ code }) => code === 'cancelled')) throw thrown
      io.stderr.write(problemText(problems))
      io.stderr.write(
        `Nothing is done about ${run}, which was broken off; it is told again at the next start.\n`,
      )
    }
  }
  return opens()
}

/** Undos and rotations that were broken off, on whatever server; read before the wizard takes the screen. */
async function tellAll(underWay: readonly LeftUnderWay[], io: CommandIo): Promise<void> {
  const { underWayLine } = await import('./tell-broken-off.ts')
  for (const left of underWay) io.stderr.write(underWayLine(left))
  await askLine(io, 'Enter goes on without them. ')
}

/**
 * Answers that were half given when a wizard was left or broke off, where the person wants to go on with them; they
 * are checked against the live server on the way back to where the person was.
 * @throws ProblemError `cancelled`
 */
export async function offerKeptDraft(options: WizardOptions, io: CommandIo): Promise<KeptDraft | null> {
  if (options.answers !== undefined || options.prefill !== undefined || !canAsk(io)) return null
  const kept = await keptDrafts(options.stateFolder ?? stateFolder(io.env))
  const { length } = kept
  if (length > 1) io.stderr.write(`Half-given answers of ${length} times are kept. The newest first:\n`)
  for (const [at, one] of kept.entries()) {
    const words = keptWords(one, length > 1 ? `${at + 1} of ${length}: h` : 'H')
    io.stderr.write(`${words.flatMap(each => paragraph(each)).join('\n')}\n`)
    switch (await draftChoice(io, at + 1 < length)) {
      case 'continue':
        return one
      case 'throw-away':
        forgetDraft(one)
        io.stderr.write('Thrown away.\n')
        break
      case 'leave-all':
        return null
      case 'leave':
        break
    }
  }
  return null
}

function keptWords({ at, step, draft, takenBack }: KeptDraft, begin: string): readonly string[] {
  const { tool = 'no tool yet', server } = draft
  const where = server === undefined ? '' : `, ${server.host} port ${server.port}`
  return [
    ...(takenBack === null
      ? []
      : [`Your apply of ${minuteOf(takenBack)} was cut off and taken back; nothing of it is on the server.`]),
    `${begin}alf-given answers of ${minuteOf(at)} are kept (${tool}${where}, at ${stepTitles[step]}).`,
  ]
}

function minuteOf(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}

/** What is to become of one of them; asked until it is answered. Going on loses nothing, and is what Enter does. */
async function draftChoice(
  io: CommandIo,
  more: boolean,
): Promise<'continue' | 'throw-away' | 'leave' | 'leave-all'> {
  const last = more ? 'leave them and see the next (l), leave all (a)' : 'leave them (l)'
  for (;;) {
    const asked = `Continue with them (c, or Enter), throw them away (t), ${last}? `
    switch ((await askLine(io, asked)).trim().toLowerCase()) {
      case '':
      case 'c':
      case 'continue':
        return 'continue'
      case 't':
        return 'throw-away'
      case 'l':
      case 'leave':
        return 'leave'
      case 'a':
        if (more) return 'leave-all'
    }
  }
}
