import type { Answers } from '../model/answers.ts'
import type { HbaAtHand, HbaQuestion } from '../model/hba/at-hand.ts'
import type { HbaChange } from '../model/hba/change.ts'
import type { HbaVerdict } from '../model/hba/decide.ts'
import { type HbaRequest, hbaNameProblem } from '../model/hba/lines.ts'
import { ownFileName } from '../model/hba/own-file.ts'
import { type HbaPlacement, letsIn, placeHba, type WayIn } from '../model/hba/place.ts'
import { type RangePart, rangeText } from '../model/hba/range.ts'
import { verdictText } from '../model/hba/verdict-text.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { PlanInput } from './plan-input.ts'

/** The door: who decides today, who will, and what is written for it. Plain data, for screen and receipt. */
export interface NetworkPlan {
  /** Each database and network, cut where another line decides; null where pg_hba.conf could not be read. */
  readonly ways: readonly WayText[] | null
  /** Why not. */
  readonly unread: Problem | null
  /** Whether all are let in today, so that nothing has to be done. */
  readonly open: boolean
  /** Where our lines belong, for a person who puts them there; null: at the end, or not known. */
  readonly above: string | null
  /** Who lets the login in from there without TLS, past lines of ours that want it; null where nobody does. */
  readonly withoutTls: string | null
  /** What pg-usher writes; null where a person does. */
  readonly change: HbaChange | null
}

/** Neighbouring addresses and who decides about them. */
export interface WayText {
  readonly database: string
  readonly addresses: string
  readonly letsIn: boolean
  readonly text: string
  /** With our lines in their place. */
  readonly after: string
}

/** What of a plan's input the door depends on. */
export type DoorInput = Pick<PlanInput, 'hba' | 'server'> & {
  readonly answers: Pick<PlanInput['answers'], 'network' | 'databases' | 'roles' | 'authentication'>
}

/** What of the network the plan says; nothing where the addresses are not known or nobody has looked. */
export function networkPlan(input: DoorInput): { readonly network?: NetworkPlan } {
  const wanted = hbaWanted(input)
  const { hba } = input
  if (wanted === null || hba === undefined || hba === null) return {}
  const nothing = { ways: null, open: false, above: null, withoutTls: null, change: null }
  if (!hba.read) return { network: { ...nothing, unread: hba.problem } }
  const placed = placementOf(input, hba.hba, wanted)
  if (!placed.ok) return { network: { ...nothing, unread: placed.problem } }
  const { ways, above, lines } = placed.value
  const open = ways.every(({ before }) => before.every(({ verdict }) => letsIn(verdict)))
  return {
    network: {
      ways: ways.flatMap(way => wayTexts(way, new Set(lines))),
      unread: null,
      open,
      above: above === null ? null : verdictText({ by: 'rule', rule: above }).line,
      withoutTls: wanted.tls ? plainText(ways) : null,
      change: changeOf(input, hba.hba, wanted, placed.value),
    },
  }
}

/** What keeps our lines from being written, where that was asked for. */
export function networkProblems(input: DoorInput): Problem[] {
  const { network, authentication } = input.answers
  const wanted = hbaWanted(input)
  if (wanted === null || !writes(input) || network.from === 'not-known-yet') return []
  const path = 'network.apply'
  const instead = 'Choose "print": the lines are then given to somebody who may.'
  const { hba, server } = input
  if (authentication.method !== 'password') {
    return [
      {
        code: 'hba-not-writable',
        message: 'Under IAM the service decides who comes in: there is no line to write.',
        next: instead,
        path,
      },
    ]
  }
  if (network.apply === 'include' && server.versionNumber < 160000) {
    return [
      {
        code: 'hba-no-include',
        message: `PostgreSQL ${server.version} takes no include in pg_hba.conf: it came with 16.`,
        next: 'Choose "write" or "print".',
        path,
      },
    ]
  }
  if (!server.admin.superuser) {
    return [
      {
        code: 'hba-not-writable',
        message: 'Only a superuser can have pg_hba.conf written and see what the server makes of it.',
        next: instead,
        path,
      },
    ]
  }
  if (hba === undefined || hba === null) return []
  if (!hba.read) return [{ ...hba.problem, next: instead, path }]
  const unnamed = wanted.databases.find(database => hbaNameProblem(database) !== null)
  if (unnamed !== undefined) {
    const problem = hbaNameProblem(unnamed)
    return problem === null ? [] : [{ ...problem, path }]
  }
  const ascii = [wanted.login, ...wanted.databases].every(name => /^[\x20-\x7e]*$/.test(name))
  if (hba.hba.contents.encoding !== 'utf8' && !ascii) {
    return [
      {
        code: 'hba-encoding',
        message: `${hba.hba.path} is not written in UTF-8, so a name with other letters cannot be added to it.`,
        next: instead,
        path,
      },
    ]
  }
  const placed = placementOf(input, hba.hba, wanted)
  if (!placed.ok) return [{ ...placed.problem, path }]
  const closed = placed.value.ways.some(({ after }) => after.some(({ verdict }) => !letsIn(verdict)))
  return closed
    ? [
        {
          code: 'hba-not-opened',
          message: 'With our lines in place it is still not certain that all addresses are let in.',
          next: instead,
          path,
        },
      ]
    : []
}

/** For whom pg_hba.conf has to be read. */
export function hbaQuestion({ roles, databases }: Pick<Answers, 'roles' | 'databases'>): HbaQuestion {
  return {
    login: roles.login,
    group: roles.layout === 'group-and-login' ? roles.group : null,
    databases: databases.map(({ name }) => name),
  }
}

/** The lines that the answers come to; null while the addresses are not known. */
export function hbaWanted({ answers, server }: DoorInput): HbaRequest | null {
  if (answers.network.from === 'not-known-yet') return null
  return {
    databases: answers.databases.map(({ name }) => name),
    login: answers.roles.login,
    cidrs: answers.network.cidrs,
    tls: server.tlsAvailable,
    versionNumber: server.versionNumber,
  }
}

function writes({ answers: { network } }: DoorInput): boolean {
  return network.from !== 'not-known-yet' && (network.apply ?? 'print') !== 'print'
}

/** Beside the file. */
function ownFileOf({ answers: { network, roles } }: DoorInput): string | null {
  if (network.from === 'not-known-yet' || network.apply !== 'include') return null
  return ownFileName(roles.login)
}

/** A screen asks with every key; in a file of thousands of lines that takes a moment. */
const placements = new WeakMap<HbaAtHand, { readonly of: string; readonly placed: Result<HbaPlacement> }>()

function placementOf(input: DoorInput, hba: HbaAtHand, wanted: HbaRequest): Result<HbaPlacement> {
  const ownFile = ownFileOf(input)
  const of = JSON.stringify([wanted, ownFile])
  const last = placements.get(hba)
  if (last?.of === of) return last.placed
  const placed = placeHba({ ...hba, wanted, ...(ownFile === null ? {} : { ownFile }) })
  placements.set(hba, { of, placed })
  return placed
}

function changeOf(
  input: DoorInput,
  hba: HbaAtHand,
  wanted: HbaRequest,
  { changes, former, lines, above, ways }: HbaPlacement,
): HbaChange | null {
  if (!writes(input) || !changes) return null
  const openByOthers =
    former.length === 0 && ways.every(({ before }) => before.every(({ verdict }) => letsIn(verdict)))
  if (openByOthers) return null
  return {
    kind: 'hba-lines',
    why: `So that the tool comes in from its own addresses, ${wanted.tls ? 'with TLS and a password' : 'with a password'}, and into these databases only.`,
    path: hba.path,
    ownFile: ownFileOf(input),
    wanted,
    lines,
    above: above === null ? null : verdictText({ by: 'rule', rule: above }).line,
    basis: hba.hash,
    by: hba.by,
  }
}

function plainText(ways: readonly WayIn[]): string | null {
  for (const { withoutTls } of ways) {
    for (const { verdict } of withoutTls) {
      const lets = letsIn(verdict) || (verdict.by === 'rule' && verdict.rule.method === 'trust')
      if (lets) return verdictText(verdict).text
    }
  }
  return null
}

function wayTexts({ database, cidr, before, after }: WayIn, ours: ReadonlySet<string>): WayText[] {
  return before.map(part => ({
    database,
    addresses: before.length === 1 ? cidr : rangeText(part),
    letsIn: letsIn(part.verdict),
    text: verdictText(part.verdict).text,
    after: afterText(part, after, ours),
  }))
}

function afterText(part: RangePart, after: readonly RangePart[], ours: ReadonlySet<string>): string {
  const now: HbaVerdict = after.find(
    ({ first, last }) => first.value <= part.first.value && part.first.value <= last.value,
  )?.verdict ?? { by: 'nobody' }
  if (now.by === 'rule' && ours.has(now.rule.raw)) {
    return `asks for the password${now.rule.type === 'hostssl' ? ', with TLS' : ''} (our line)`
  }
  return verdictText(now).text
}
