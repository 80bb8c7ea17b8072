import { sessionsOf, type UndoRequest } from '../../engine/plan-undo.ts'
import type { Answers } from '../../model/answers.ts'
import { defaultDeadline } from '../../model/deadline.ts'
import { printableName, roleNameProblem } from '../../model/identifier.ts'
import type { Problem } from '../../model/problem.ts'
import type { ExistingRole } from '../../model/server-facts.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import { instantOf } from '../../model/valid-until.ts'
import { readRole, readRoles } from '../../postgres/roles.ts'
import type { CommandIo } from './command-io.ts'
import type { RotateOptions } from './command-line.ts'
import { commandStore } from './command-store.ts'
import type { AdminConnection } from './connect-admin.ts'
import { Refusal } from './refusal.ts'
import { rotateCommand } from './rotate-command.ts'
import { runUndo, type UndoRecord } from './run-undo.ts'
import { paragraph } from './text/layout.ts'

/** The name of the login that takes another's place, there and back: `tool`, `tool_2`, `tool`. */
export function partnerOf(login: string): string {
  return login.endsWith('_2') ? login.slice(0, -2) : `${login}_2`
}

/** Answers for a second login beside the one that is there, and the one's name. */
export interface SecondLogin {
  readonly answers: Answers
  readonly first: string
}

/**
 * The answers with the name of the second login: an apply of them makes it a member of the same group, with the
 * same limits.
 * @throws Refusal where there is no group, no login or there are two already
 */
export async function secondLogin(
  answers: Answers,
  admin: AdminConnection,
  { validUntil }: Pick<RotateOptions, 'validUntil'>,
): Promise<SecondLogin> {
  const { roles } = answers
  if (roles.layout !== 'group-and-login') throw new Refusal([noGroup])
  const partner = partnerOf(roles.login)
  const there = await readRoles(admin.session, [roles.login, partner])
  const [first, ...others] = there.filter(role => role !== null)
  if (first === undefined) throw new Refusal([noLogin(roles.login, partner)])
  const [other] = others
  if (other !== undefined) throw new Refusal([bothThere(first, other)])
  const login = first.name === roles.login ? partner : roles.login
  const badName = roleNameProblem(login)
  if (badName !== null) throw new Refusal([{ ...badName, path: 'roles.login' }])
  return {
    first: first.name,
    answers: {
      ...answers,
      roles: { ...roles, login },
      replacePassword: false,
      limits: validUntil === undefined ? answers.limits : { ...answers.limits, validUntil },
    },
  }
}

/** What is left to a person after the second login is made. */
export function movingText({ first, answers }: SecondLogin, answersFile: string): string[] {
  const second = printableName(answers.roles.login)
  return [
    'Moving over',
    ...paragraph(`Both logins work now. Let the tool connect as ${second}, with its own password.`, '  1. '),
    ...paragraph(
      `When ${printableName(first)} is no longer used, drop it (it refuses while ${printableName(first)} has sessions open):`,
      '  2. ',
    ),
    `     pg-usher rotate --answers ${shellQuote(answersFile)} --finish ${shellQuote(first)}`,
    ...paragraph(`In the answers file set roles.login to ${second}, from then on its name.`, '  3. '),
  ]
}

/**
 * Drops the login that the tool has left.
 * @throws Refusal where it is the only one, or in use
 */
export async function finishMoving(
  answers: Answers,
  leaving: string,
  admin: AdminConnection,
  options: RotateOptions,
  io: CommandIo,
): Promise<UndoRecord> {
  const { roles, server } = answers
  if (roles.layout !== 'group-and-login') throw new Refusal([noGroup])
  if (leaving !== roles.login && leaving !== partnerOf(roles.login))
    throw new Refusal([notOfThese(leaving, roles.login)])
  const staying = await readRole(admin.session, partnerOf(leaving))
  if (staying === null || !isUsable(staying, roles.group)) throw new Refusal([onlyOne(leaving)])
  const sessions = await sessionsOf(admin.session, leaving)
  if (sessions > 0 && !options.endSessions) throw new Refusal([inUse(leaving, sessions)])

  const request: UndoRequest = {
    receipt: {
      finishedAt: '',
      tool: { id: answers.tool, name: answers.tool },
      endpoint: answers.endpoint,
      login: leaving,
      run: {
        server,
        secret: answers.secret,
        databases: answers.databases.map(({ name }) => name),
        grantee: leaving,
        units: [
          {
            database: server.database,
            changes: [{ kind: 'create-role', role: leaving, connectionLimit: null, why: '' }],
          },
        ],
        granted: null,
      },
    },
    open: admin.open,
    store: await commandStore(answers.secret, io, { terminal: true }),
    deadline: defaultDeadline,
    signal: io.signal,
  }
  const heading = [
    'Finish',
    ...paragraph(
      `${printableName(leaving)} goes; ${printableName(staying.name)} has taken its place on ${server.host} port ${server.port}.`,
      '  ',
    ),
  ]
  return runUndo(request, heading, options, io, rotateCommand({ ...options, finish: leaving }))
}

function isUsable({ canLogin, validUntil, memberOf }: ExistingRole, group: string): boolean {
  return canLogin && memberOf.includes(group) && instantOf(validUntil) > Date.now()
}

const noGroup: Problem = {
  code: 'no-group',
  message: 'There is no group role here: a second login would not hold the privileges of the first.',
  next: 'Rotate without --no-gap.',
  path: 'roles.layout',
}

function noLogin(login: string, partner: string): Problem {
  return {
    code: 'no-such-login',
    message: `There is neither a login ${printableName(login)} nor ${printableName(partner)} on this server.`,
    next: 'Use the answers with which it was made.',
    path: 'roles.login',
  }
}

function bothThere(one: ExistingRole, other: ExistingRole): Problem {
  return {
    code: 'both-logins',
    message: `${printableName(one.name)} and ${printableName(other.name)} are both there: a rotation is under way.`,
    next: `When the tool has moved, drop the one it has left: --finish ${shellQuote(one.name)} or --finish ${shellQuote(other.name)}.`,
    path: 'roles.login',
  }
}

function notOfThese(leaving: string, login: string): Problem {
  return {
    code: 'other-login',
    message: `${printableName(leaving)} is no login of these answers: they are for ${printableName(login)} and ${printableName(partnerOf(login))}.`,
    path: 'roles.login',
  }
}

function onlyOne(leaving: string): Problem {
  return {
    code: 'only-login',
    message: `${printableName(leaving)} is not dropped: there is no other login of this group that could be used in its place.`,
    next: 'rotate --no-gap makes one.',
    path: 'roles.login',
  }
}

function inUse(leaving: string, sessions: number): Problem {
  return {
    code: 'login-in-use',
    message: `${printableName(leaving)} has ${sessions} ${sessions === 1 ? 'session' : 'sessions'} open: the tool has not moved yet.`,
    next: 'Let the tool connect with the other login first, or end them with --end-sessions.',
  }
}
