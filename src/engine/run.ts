import { randomBytes } from 'node:crypto'
import { relationsPerTransaction } from '../plan/transaction-size.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { ApplyRequest } from './apply-request.ts'
import { createJournal, type Journal, noJournal, reopenJournal } from './journal.ts'
import { askingLoginLock, lockLogin, orBusy } from './login-lock.ts'
import { askingComments, commentsOf, markedRoles, type RunMarks } from './run-marks.ts'
import { type ServerIdentity, serverAtHand } from './server-identity.ts'
import { planHash, type Step, stepsOf } from './steps.ts'
import { askingLoginWay, type LoginWay, loginPlaces, loginWayOf } from './verifier-trace.ts'
import { withSession } from './with-session.ts'

/** One apply under way: its transactions, what marks them on the server, and where they are noted. */
export interface Run {
  readonly steps: readonly Step[]
  readonly marks: RunMarks
  readonly journal: Journal
  readonly server: ServerIdentity
  /** How the login can be opened; null where it is still to be asked. */
  readonly way: LoginWay | null
}

/**
 * Begins a run, or goes on with one that was broken off; in the session that is held, the lock on the login is
 * taken. @throws ProblemError `login-busy` where another run has it
 */
export async function beginRun(request: ApplyRequest): Promise<Run> {
  const { plan, open, resume } = request
  const { database } = plan.server
  const { login } = plan
  if (resume !== undefined) {
    await lockLogin(open, { database, login })
    return {
      steps: resume.steps,
      marks: resume.marks,
      journal: reopenJournal(resume.journal.path),
      server: resume.journal.begin.server,
      way: null,
    }
  }
  const { server, others } = await withSession(open, { database }, session =>
    orBusy(login, () =>
      serverAtHand(session, plan.server, [
        ...askingLoginLock(login),
        askingComments(plan),
        askingLoginWay(loginPlaces(plan)),
      ]),
    ),
  )
  const [comments, way] = others.slice(-2)
  const before = commentsOf(comments, plan)
  const relations = relationsPerTransaction(server)
  const steps = stepsOf(plan, relations)
  const attempt = randomBytes(8).toString('hex')
  const hash = await inSlices(planHash(plan))
  return {
    steps,
    server: server.identity,
    marks: { plan: hash, attempt, of: steps.length, roles: markedRoles(plan, before) },
    way: loginWayOf(way),
    journal:
      request.journal === undefined
        ? noJournal
        : await createJournal(request.journal.folder, {
            attempt,
            at: new Date().toISOString(),
            server: server.identity,
            planHash: hash,
            plan,
            answers: request.journal.answers,
            relationsPerStep: relations,
            comments: before,
          }),
  }
}
