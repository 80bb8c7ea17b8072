import { awsFailureOf } from '../aws/failure.ts'
import { driftInAws } from '../engine/aws/drift-in-aws.ts'
import type { OpenedAws } from '../engine/aws/open-aws.ts'
import { readLedger } from '../engine/ledger-file.ts'
import { serverAtHand } from '../engine/server-identity.ts'
import { stateFolder } from '../engine/state-folder.ts'
import { type Verification, verifiedNothing, verify } from '../engine/verify.ts'
import { type Answers, granteeOf } from '../model/answers.ts'
import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import type { Ledger } from '../model/ledger.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import { redacted } from '../model/redact.ts'
import { serverProblems } from '../model/server-problems.ts'
import { type ConnectTarget, openSessionFor } from '../postgres/connect.ts'
import { type LogIn, logIn } from '../postgres/log-in.ts'
import { readServerFacts } from '../postgres/server-facts.ts'
import type { OpenSession } from '../postgres/session.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { VerifyOptions } from './support/command-line.ts'
import { commandStore } from './support/command-store.ts'
import { type AdminConnection, connectAdmin } from './support/connect-admin.ts'
import { connectAwsFor } from './support/connect-aws.ts'
import { connectorOf } from './support/connector-of.ts'
import { jsonText } from './support/json-text.ts'
import { loginPassword } from './support/login-password.ts'
import { readAnswers } from './support/read-answers.ts'
import { Refusal, refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { tellBrokenOff } from './support/tell-broken-off.ts'
import { verifyText } from './support/text/verify-text.ts'
import { tokenLogIn } from './support/token-log-in.ts'
import type { VerifyRecord } from './support/verify-record.ts'

/**
 * Compares what the login can reach with what the answers chose, and changes nothing. With `--json` one
 * document on standard output (support/verify-record.ts).
 */
export const run: RunCommand<VerifyOptions> = async (options, io) => {
  const record = await recordOf(options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(jsonText(record))
  else if (record.result !== null) io.stdout.write(redacted(`${verifyText(record.result).join('\n')}\n`))
  return record.exitCode
}

async function recordOf(options: VerifyOptions, io: CommandIo): Promise<VerifyRecord> {
  try {
    const answers = await readAnswers(options.answers, io)
    const { result, problems } = options.asUser
      ? { result: await verifyAsUser(answers, io), problems: [] }
      : await verifyAsAdmin(answers, io)
    return { outcome: result.outcome, exitCode: codeOf(result), problems, result }
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    const outcome = refusal.code === exitCodes.cancelled ? 'cancelled' : 'refused'
    return { outcome, exitCode: refusal.code, problems: refusal.problems, result: null }
  }
}

function codeOf({ outcome }: Verification): ExitCode {
  switch (outcome) {
    case 'as-chosen':
      return exitCodes.done
    case 'as-chosen-unproved':
      return exitCodes.doneUnproved
    case 'drift':
      return exitCodes.drift
  }
}

/** The catalogue is read by the administrator; the login is tried by itself where it can be. */
async function verifyAsAdmin(
  answers: Answers,
  io: CommandIo,
): Promise<{ readonly result: Verification; readonly problems: readonly Problem[] }> {
  const connector = connectorOf(answers)
  const byIam = answers.authentication.method === 'aws-iam'
  const password = byIam ? null : await loginPassword(answers, io)
  const admin = await connectAdmin(answers.server, io)
  let aws: OpenedAws | null = null
  try {
    await tellBrokenOff(admin.session, answers.server, io)
    const inAws = await askAwsFor(answers, io)
    aws = inAws.opened
    const user = answers.roles.login
    const enter = byIam ? await tokenLogIn(answers, aws, io) : null
    const verification = await verify({
      answers,
      connector,
      server: await serverOf(admin, answers),
      reader: { as: 'administrator', session: admin.session, open: admin.open },
      earlier: await notedOf(admin, answers, io),
      logIn: database =>
        enter === null
          ? logIn(admin.target, { user, password, database })
          : enter.logIn({ ...admin.target, user }, database),
      signal: io.signal,
    })
    const problems = inAws.problem === null ? [] : [inAws.problem]
    return { result: withAws(verification, aws, problems.length > 0), problems }
  } finally {
    aws?.work.connection.close()
    await admin.session.close().catch(() => {})
  }
}

/** What differs in AWS too; where nobody could look there, it is not said that all is as chosen. */
function withAws(verification: Verification, aws: OpenedAws | null, unseen: boolean): Verification {
  const inAws = aws === null ? [] : driftInAws(aws)
  if (inAws.length > 0) return { ...verification, outcome: 'drift', drift: [...verification.drift, ...inAws] }
  return unseen && verification.outcome === 'as-chosen'
    ? { ...verification, outcome: 'as-chosen-unproved' }
    : verification
}

/** AWS, where the tool logs in by it and it lets itself be asked; the database is looked at all the same. */
async function askAwsFor(
  answers: Answers,
  io: CommandIo,
): Promise<{ readonly opened: OpenedAws | null; readonly problem: Problem | null }> {
  if (answers.authentication.method !== 'aws-iam') return { opened: null, problem: null }
  const store = await commandStore(answers.secret, io, { terminal: true })
  try {
    return { opened: await connectAwsFor(answers, store, io), problem: null }
  } catch (thrown) {
    const { problem } = awsFailureOf(thrown)
    if (!(thrown instanceof ProblemError) || problem.code.endsWith('cancelled')) throw thrown
    return { opened: null, problem: { ...problem, message: `AWS was not looked at. ${problem.message}` } }
  }
}

/** What this machine has noted of runs on this server. */
async function notedOf(
  { session }: AdminConnection,
  answers: Answers,
  io: CommandIo,
): Promise<Ledger | null> {
  const { server } = await serverAtHand(session, answers.server)
  return readLedger(stateFolder(io.env), server.identity, granteeOf(answers.roles))
}

/** Everything is read and tried by the login; an administrator is not needed. */
async function verifyAsUser(answers: Answers, io: CommandIo): Promise<Verification> {
  const target = { ...answers.server, user: answers.roles.login, signal: io.signal }
  if (answers.authentication.method !== 'aws-iam') {
    const password = await loginPassword(answers, io)
    const withPassword: ConnectTarget = { ...target, password: password ?? undefined }
    return verifyBy(answers, io, {
      logIn: database => logIn(withPassword, { user: target.user, password, database }),
      open: openSessionFor(withPassword),
    })
  }
  const enter = await tokenLogIn(answers, null, io)
  return verifyBy(answers, io, {
    logIn: database => enter.logIn(target, database),
    // A token is good for a quarter of an hour, which a look at many tables may outlast.
    open: async request => openSessionFor({ ...target, password: await enter.token?.() })(request),
  })
}

async function verifyBy(
  answers: Answers,
  io: CommandIo,
  { logIn: enter, open }: { logIn: (database: string) => Promise<LogIn>; open: OpenSession },
): Promise<Verification> {
  const connector = connectorOf(answers)
  const first = await firstEntered(answers, enter)
  if (!first.in) return verifiedNothing(answers, first.refused, new Date())
  try {
    return await verify({
      answers,
      connector,
      server: await serverOf({ session: first.session, open }, answers),
      reader: { as: 'login', session: first.session, open },
      logIn: enter,
      signal: io.signal,
    })
  } finally {
    await first.session.close().catch(() => {})
  }
}

type Entered = LogIn & { readonly in: true }
type Refused = { readonly database: string; readonly came: LogIn & { readonly in: false } }

async function firstEntered(
  answers: Answers,
  enter: (database: string) => Promise<LogIn>,
): Promise<Entered | { readonly in: false; readonly refused: readonly Refused[] }> {
  const refused: Refused[] = []
  for (const { name: database } of answers.databases) {
    const came = await enter(database)
    if (came.in) return came
    refused.push({ database, came })
  }
  return { in: false, refused }
}

/** @throws Refusal where nothing can be tried: a standby, a transaction pooler, a version that is too old */
async function serverOf({ session, open }: Pick<AdminConnection, 'session' | 'open'>, answers: Answers) {
  // That the login's transactions begin read-only is as chosen, and each attempt says what it wants.
  const facts = { ...(await readServerFacts(session, answers.server.host, open)), readOnly: false }
  const problems = serverProblems(facts)
  if (problems.length > 0) throw new Refusal(problems, exitCodes.failedUnchanged)
  return facts
}
