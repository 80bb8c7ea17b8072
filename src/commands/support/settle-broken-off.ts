import { connectorById } from '../../connectors/connectors.ts'
import { madeInJournal } from '../../engine/aws/made-in-journal.ts'
import type { OpenedAws } from '../../engine/aws/open-aws.ts'
import { standingInAws } from '../../engine/aws/standing-in-aws.ts'
import { withRequest } from '../../engine/aws/with-request.ts'
import { type LeftJournal, leftJournals } from '../../engine/journal.ts'
import { brokenOff, forget, setAside, undoStanding } from '../../engine/resume.ts'
import { secretEntryOf } from '../../engine/secret-entry.ts'
import { serverAtHand } from '../../engine/server-identity.ts'
import { type Standing, standingOf, standingText } from '../../engine/standing.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { leftUnderWay } from '../../engine/under-way.ts'
import type { ServerAnswer } from '../../model/answers.ts'
import { exitCodes } from '../../model/exit-code.ts'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import { redacted } from '../../model/redact.ts'
import type { Secret } from '../../model/secret.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import { nextOf } from '../../secrets/generations.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { applyAndDeliver, storeOf } from './apply-and-deliver.ts'
import { type ApplyRecord, nothingYet } from './apply-record.ts'
import type { ApplyRunOptions, ResumeChoice } from './apply-run-options.ts'
import type { CommandIo } from './command-io.ts'
import { type AdminConnection, connectAdmin } from './connect-admin.ts'
import { connectAwsFor } from './connect-aws.ts'
import { askLine, canAsk } from './prompt.ts'
import { Refusal } from './refusal.ts'
import { problemText } from './report-problem.ts'
import { tellUnderWay } from './tell-broken-off.ts'
import type { Teller } from './teller.ts'
import { paragraph } from './text/layout.ts'
import { outcomeText } from './text/outcome-text.ts'

export interface Settled {
  /** How it ended, where that is the end of the command; null where it goes on to what was asked for. */
  readonly record: ApplyRecord | null
  /** The administrator's password, so that it is not asked for twice. */
  readonly password: Secret | undefined
}

/**
 * Looks for runs on this server that were broken off, tells how each stands, and goes on with it, takes it back
 * or leaves it, as the person or `--resume` says.
 * @throws Refusal where there is one and nobody to say what to do with it
 */
export async function settleBrokenOff(
  server: ServerAnswer,
  options: ApplyRunOptions,
  io: CommandIo,
  tell: Teller,
): Promise<Settled> {
  const folder = options.stateFolder ?? stateFolder(io.env)
  const underWay = leftUnderWay(folder)
  if (leftJournals(folder).length === 0 && underWay.length === 0)
    return { record: null, password: options.password }
  const admin = await connectAdmin(server, io, options.password, folder)
  try {
    const { server: atHand } = await serverAtHand(admin.session, server)
    tellUnderWay(underWay, atHand.identity, io)
    for (const journal of brokenOff(folder, atHand.identity)) {
      const record = await settleOne(journal, admin, options, io, tell)
      if (record !== null) return { record, password: admin.target.password }
    }
    return { record: null, password: admin.target.password }
  } finally {
    await admin.session.close().catch(() => {})
  }
}

async function settleOne(
  journal: LeftJournal,
  admin: AdminConnection,
  options: ApplyRunOptions,
  io: CommandIo,
  tell: Teller,
): Promise<ApplyRecord | null> {
  const standing = await standingOf(journal, admin.open)
  const isUntouched = standing.committed.length === 0 && madeInJournal(journal).length === 0
  if (isUntouched && standing.secret === null) {
    forget(journal)
    io.stderr.write(`A run of ${journal.begin.at} was broken off before it had changed anything.\n`)
    return null
  }
  if (standing.overtaken) {
    await setAside(standing, admin.open)
    io.stderr.write(
      `A run of ${journal.begin.at} was broken off; a later one has come to its end on the same roles since, and it is not asked about any more.\n`,
    )
    return null
  }
  const store = await storeOf(journal.begin.answers, options, io)
  const inAws = await lookInAws(journal, store, io)
  const { opened } = inAws
  try {
    const secretThere = await isSecretThere(standing, store)
    const words =
      opened === null
        ? standingText(standing, undefined, secretThere)
        : standingText(standing, standingInAws(journal, opened.live), secretThere)
    io.stderr.write(redacted(`${words.flatMap(linesOf).join('\n')}\n`))
    if (inAws.problem !== null) io.stderr.write(problemText([notAsked(inAws.problem)]))
    const choice = options.resume ?? (await asked(options, io))
    if (choice === 'leave') {
      io.stderr.write(`Left as it is; its journal stays: ${journal.path}\n`)
      return null
    }
    if (choice === 'undo') return await undo(standing, { admin, store, aws: opened }, options, tell)
    // Without AWS it could not come to its end.
    if (inAws.problem !== null) throw new Refusal([inAws.problem], exitCodes.failedUnchanged)
    return await goOn(standing, { admin, store, aws: opened }, options, io, tell)
  } finally {
    opened?.work.connection.close()
  }
}

/** Whether the new password is where the run put it; null where there is none, or its place does not say. */
async function isSecretThere({ journal, secret }: Standing, store: SecretStore): Promise<boolean | null> {
  if (secret === null) return null
  const entry = secretEntryOf(journal.begin.answers)
  return await store.has(secret.existed ? nextOf(entry) : entry).catch(() => null)
}

/** AWS as it is now, where the run has a part there; why it could not be asked is told, and the server is settled all the same. */
async function lookInAws(
  { begin }: LeftJournal,
  store: SecretStore,
  io: CommandIo,
): Promise<{ readonly opened: OpenedAws | null; readonly problem: Problem | null }> {
  if (begin.plan.aws === undefined) return { opened: null, problem: null }
  try {
    return { opened: await connectAwsFor(begin.answers, store, io), problem: null }
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (!(thrown instanceof ProblemError) || isCancel(problem)) throw thrown
    return { opened: null, problem }
  }
}

function isCancel({ code }: Problem): boolean {
  return code === 'cancelled'
}

function notAsked(problem: Problem): Problem {
  return { ...problem, message: `AWS could not be asked how its part stands. ${problem.message}` }
}

/** What a run that was broken off is settled with. */
interface Hands {
  readonly admin: AdminConnection
  readonly store: SecretStore
  readonly aws: OpenedAws | null
}

/** Text keeps the depth at which it stands. */
function linesOf(text: string): string[] {
  const depth = text.length - text.trimStart().length
  return paragraph(text.trimStart(), ' '.repeat(depth))
}

/** @throws Refusal where there is nobody to ask; ProblemError `cancelled` */
async function asked({ yes }: ApplyRunOptions, io: CommandIo): Promise<ResumeChoice> {
  if (yes || !canAsk(io)) throw new Refusal([undecided])
  for (;;) {
    const answer = await askLine(io, 'Go on with it (g), undo it (u) or leave it (l)? ')
    switch (answer.trim().toLowerCase()) {
      case 'g':
      case 'go on':
        return 'go-on'
      case 'u':
      case 'undo':
        return 'undo'
      case 'l':
      case 'leave':
        return 'leave'
    }
  }
}

const undecided = {
  code: 'broken-off',
  message: 'An earlier run on this server was broken off, and nobody has said what to do with it.',
  next: '--resume go-on finishes it, --resume undo takes it back, --resume leave passes it by.',
} as const

async function undo(
  standing: Standing,
  { admin, store, aws }: Hands,
  { deadline }: ApplyRunOptions,
  tell: Teller,
): Promise<ApplyRecord> {
  const { answers, plan } = standing.journal.begin
  tell.begin('Taking back the run that was broken off')
  const taken = await undoStanding(standing, {
    open: admin.open,
    store,
    entry: secretEntryOf(answers),
    aws: aws?.work,
    onEvent: tell.progress,
    deadline,
  })
  const { notes, request, ...left } = taken
  if (left.left.length === 0) {
    tell.section([
      notes.length === 0
        ? 'The run that was broken off is taken back; everything is as it was before it.'
        : 'The run that was broken off is taken back; everything is as it was before it, but for this:',
      ...notes.flatMap(text => paragraph(text, '  - ')),
    ])
    return { ...nothingYet, outcome: 'undone', exitCode: exitCodes.done, plan }
  }
  const problem = withRequest(
    { code: 'undo-incomplete', message: 'Not all of the run that was broken off could be taken back.' },
    request,
  )
  const result = { outcome: 'failed-changed', problem, change: null, ...left } as const
  tell.section(outcomeText(result))
  return {
    ...nothingYet,
    outcome: 'failed-changed',
    exitCode: exitCodes.failedChanged,
    problems: [problem],
    plan,
    result,
  }
}

/** As it was agreed: the same plan, from the step on that is not there yet, with a new password. */
async function goOn(
  standing: Standing,
  { admin, store, aws }: Hands,
  options: ApplyRunOptions,
  io: CommandIo,
  tell: Teller,
): Promise<ApplyRecord> {
  const { answers, plan } = standing.journal.begin
  const connector = connectorById(answers.tool)
  if (connector === null)
    throw new Refusal([{ code: 'unknown-tool', message: `There is no tool "${answers.tool}".` }])
  const facts = await readServerFacts(admin.session, answers.server.host, admin.open)
  tell.begin('Going on with the run that was broken off')
  const run = { answers, connector, admin, facts, plan, aws, obstacles: [] }
  return applyAndDeliver(run, store, { resume: standing }, options, io, tell)
}
