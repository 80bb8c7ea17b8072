import { driftInAws } from '../engine/aws/drift-in-aws.ts'
import type { OpenedAws } from '../engine/aws/open-aws.ts'
import { readLedger } from '../engine/ledger-file.ts'
import { noToken } from '../engine/prove-plan.ts'
import { serverAtHand } from '../engine/server-identity.ts'
import { stateFolder } from '../engine/state-folder.ts'
import { type Verification, verifiedNothing, verify } from '../engine/verify.ts'
import { type Answers, granteeOf } from '../model/answers.ts'
import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import type { Ledger } from '../model/ledger.ts'
import { serverProblems } from '../model/server-problems.ts'
import { type ConnectTarget, openSessionFor } from '../postgres/connect.ts'
import { type LogIn, logIn } from '../postgres/log-in.ts'
import { readServerFacts } from '../postgres/server-facts.ts'
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
import { verifyText } from './support/text/verify-text.ts'
import type { VerifyRecord } from './support/verify-record.ts'

/**
 * Compares what the login can reach with what the answers chose, and changes nothing. With `--json` one
 * document on standard output (support/verify-record.ts).
 */
export const run: RunCommand<VerifyOptions> = async (options, io) => {
  const record = await recordOf(options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(jsonText(record))
  else if (record.result !== null) io.stdout.write(`${verifyText(record.result).join('\n')}\n`)
  return record.exitCode
}

async function recordOf(options: VerifyOptions, io: CommandIo): Promise<VerifyRecord> {
  try {
    const answers = await readAnswers(options.answers, io)
    const result = options.asUser ? await verifyAsUser(answers, io) : await verifyAsAdmin(answers, io)
    return { outcome: result.outcome, exitCode: codeOf(result), problems: [], result }
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
async function verifyAsAdmin(answers: Answers, io: CommandIo): Promise<Verification> {
  const connector = connectorOf(answers)
  const password = await loginPassword(answers, io)
  const admin = await connectAdmin(answers.server, io)
  let aws: OpenedAws | null = null
  try {
    const store = await commandStore(answers.secret, io, { terminal: true })
    aws = await connectAwsFor(answers, store, io)
    const verification = await verify({
      answers,
      connector,
      server: await serverOf(admin, answers),
      reader: { as: 'administrator', session: admin.session, open: admin.open },
      earlier: await notedOf(admin, answers, io),
      logIn: async database =>
        answers.authentication.method === 'aws-iam'
          ? { in: false, blame: 'way', problem: noToken, hbaLine: null }
          : logIn(admin.target, { user: answers.roles.login, password, database }),
      signal: io.signal,
    })
    const inAws = aws === null ? [] : driftInAws(aws)
    return inAws.length === 0
      ? verification
      : { ...verification, outcome: 'drift', drift: [...verification.drift, ...inAws] }
  } finally {
    aws?.work.connection.close()
    await admin.session.close().catch(() => {})
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
  const connector = connectorOf(answers)
  const password = await loginPassword(answers, io)
  const target: ConnectTarget = {
    ...answers.server,
    user: answers.roles.login,
    password: password ?? undefined,
    signal: io.signal,
  }
  const enter = (database: string) => logIn(target, { user: target.user, password, database })
  const first = await firstEntered(answers, enter)
  if (!first.in) return verifiedNothing(answers, first.refused, new Date())
  const open = openSessionFor(target)
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
