import { doorOf } from '../../engine/door.ts'
import { planRotation, type RotationPlan, type RotationRequest } from '../../engine/plan-rotation.ts'
import { type RotationOutcome, rotate } from '../../engine/rotate.ts'
import { secretEntryOf } from '../../engine/secret-entry.ts'
import { serverAtHand } from '../../engine/server-identity.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { noteUnderWay } from '../../engine/under-way.ts'
import type { Answers } from '../../model/answers.ts'
import { defaultDeadline } from '../../model/deadline.ts'
import { type ExitCode, exitCodes, outcomeExitCodes } from '../../model/exit-code.ts'
import { type Problem, ProblemError } from '../../model/problem.ts'
import { knock } from '../../postgres/knock.ts'
import { generatePassword } from '../../secrets/password.ts'
import type { CommandIo } from './command-io.ts'
import type { RotateOptions } from './command-line.ts'
import { commandStore } from './command-store.ts'
import type { AdminConnection } from './connect-admin.ts'
import { saidYes } from './consent.ts'
import { rotateCommand } from './rotate-command.ts'
import { notNoted } from './run-undo.ts'
import { passwordOf, showOnce } from './show-once.ts'
import { createTeller } from './teller.ts'
import { terminalNeeded } from './terminal-needed.ts'
import { rotationOutcomeText, rotationPartText, rotationPlanText } from './text/rotation-text.ts'

/** The one document of `rotate --json`. It never holds a password. */
export interface RotationRecord {
  readonly outcome: RotationOutcome['outcome'] | 'refused'
  readonly exitCode: ExitCode
  readonly problems: readonly Problem[]
  /** null where it did not come so far. */
  readonly plan: Omit<RotationPlan, 'before'> | null
  readonly result: RotationOutcome | null
  /** A command or a place, for reading the new password; null where there is none. */
  readonly howToRead: string | null
}

/** Replaces the password of the answers' login. @throws ProblemError where it could not be planned */
export async function runRotation(
  answers: Answers,
  admin: AdminConnection,
  options: RotateOptions,
  io: CommandIo,
): Promise<RotationRecord> {
  const tell = createTeller(options, io)
  const { host, port, database: home } = answers.server
  const { login } = answers.roles
  const terminal = !options.json && terminalNeeded(io) === null
  const store = await commandStore(answers.secret, io, { terminal })
  const entry = secretEntryOf(answers)
  const works = await store.probe(io.signal, entry)
  if (!works.works) throw new ProblemError(works.problem)
  const request: RotationRequest = {
    login,
    home,
    databases: entry.databases,
    open: admin.open,
    store,
    entry,
    generate: generatePassword,
    sendPlain: answers.sendPlainPassword,
    knock: async database => doorOf(await knock({ target: admin.target, user: login, database })),
    ...(options.validUntil === undefined ? {} : { validUntil: options.validUntil }),
    signal: io.signal,
    onEvent: tell.progress,
    deadline: defaultDeadline,
  }
  const found = await planRotation(request)
  const { before: _before, ...plan } = found
  const soFar = { problems: [], plan, result: null, howToRead: null }
  tell.section(rotationPlanText(found, { host, port, place: store.place }))
  if (!options.yes && !(await saidYes(io, `Replace the password on ${host} port ${port}?`))) {
    tell.section(['Nothing was changed.'])
    return { ...soFar, outcome: 'cancelled', exitCode: exitCodes.cancelled }
  }
  tell.begin('Rotating')
  const { server } = await serverAtHand(admin.session, answers.server)
  const { note, problem } = noteUnderWay(stateFolder(io.env), {
    kind: 'rotation',
    server: server.identity,
    login,
    command: rotateCommand(options),
  })
  if (problem !== null) io.stderr.write(notNoted(problem))
  const result = await rotate({
    ...request,
    plan: found,
    onPart: (part, database) => tell.line(rotationPartText(part, database)),
  })
  if (result.outcome === 'done' || result.outcome === 'done-unproved') note.done()
  else if (result.outcome !== 'failed-changed') note.stopped()
  const howToRead = store.howToRead(entry)
  tell.section(rotationOutcomeText(result, howToRead))
  const done = result.outcome === 'done' || result.outcome === 'done-unproved'
  if (done && store.kind === 'show-once') await showOnce(io, passwordOf(login), await store.read(entry))
  return {
    ...soFar,
    outcome: result.outcome,
    exitCode: outcomeExitCodes[result.outcome],
    problems: 'problem' in result ? [result.problem] : [],
    result,
    howToRead: done ? howToRead : null,
  }
}
