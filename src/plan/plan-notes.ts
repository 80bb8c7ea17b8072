import { publicGrants } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import { counted } from '../model/counted.ts'
import { hbaNameProblem } from '../model/hba/lines.ts'
import { printable, printableName } from '../model/identifier.ts'
import { ruleWords } from '../model/relation-rule.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import { stringAt } from '../model/string-table.ts'
import {
  connectOnlyThroughPublic,
  type DatabasePart,
  lackIn,
  usageOnlyThroughPublic,
} from './database-changes.ts'
import { addressNotes } from './firewall/plan.ts'
import { grantsOutside } from './grants-outside.ts'
import { iamGroup, usesIam } from './iam-login.ts'
import { isOurs, keepsPassword } from './kept-login.ts'
import { listenPending } from './listen-plan.ts'
import { networkPlan } from './network-plan.ts'
import { plainWarning } from './network-text.ts'
import type { PlanNote } from './plan.ts'
import {
  type ChosenDatabase,
  chosenTier,
  firstNames,
  firstOf,
  type PlanInput,
  rowsByRule,
  someNames,
  someOf,
} from './plan-input.ts'
import { changesForAnother } from './role-changes.ts'
import { statementsOf } from './statements.ts'
import type { TakingAway } from './taking-away.ts'

/** What to know before saying yes, the whole server first, then each database. */
export function* planNotes(
  input: PlanInput,
  parts: readonly DatabasePart[],
  left: readonly LeftDatabase[],
): Sliced<PlanNote[]> {
  const notes = [
    ...serverNotes(input),
    ...addressNotes(input),
    ...keptLoginNotes(input),
    // Earlier grants that stay although they are not chosen, in databases that are not chosen any more.
    ...left.flatMap(({ database, takes }) => stayNotes(database, takes.stays)),
  ]
  for (const part of parts) {
    notes.push(...databaseNotes(input, part.chosen), ...(yield* grantNotes(input, part)))
    if (input.answers.access === 'usage') continue
    notes.push(...(yield* ruleNotes(input, part.chosen)), ...(yield* relationNotes(input, part.chosen)))
  }
  return notes
}

/** A database of an earlier run that is not chosen any more, and what is taken away there. */
export interface LeftDatabase {
  readonly database: string
  readonly takes: TakingAway
}

function serverNotes(input: PlanInput): PlanNote[] {
  const { answers, connector, roles, server } = input
  const notes: PlanNote[] = []
  const add = (level: PlanNote['level'], text: string) => notes.push({ level, database: null, text })
  const { host } = answers.endpoint
  if (/^(localhost|127\.|::1$)/i.test(host)) {
    add('warning', `${connector.name} is told to find the server at ${host}, which is its own machine there.`)
  }
  if (!server.tlsAvailable) {
    add(
      'warning',
      'The server has TLS off: what the tool reads crosses the network in clear text. How it is turned on stands with the network.',
    )
  }
  const door = networkPlan(input).network
  const plain = door === undefined ? null : plainWarning(door)
  if (plain !== null) add('warning', plain)
  const pending = listenPending(input)
  if (pending !== null) {
    add(
      'info',
      `ALTER SYSTEM has set listen_addresses to ${pending}; until somebody restarts the server it listens as before.`,
    )
  }
  if (answers.network.from === 'not-known-yet') {
    add(
      'info',
      `Where ${connector.name} comes from is not known yet: no pg_hba.conf line can be written now.`,
    )
  }
  if (roles.login !== null) {
    if (!usesIam(input) && !keepsPassword(input) && (roles.login.canLogin || !isOurs(roles.login))) {
      add(
        'warning',
        `The password of ${printableName(roles.login.name)} is replaced. What uses it now (${counted(roles.login.sessions, 'session')} open) fails at its next login, and the old password cannot be brought back.`,
      )
    }
    const expected = [granteeOf(answers.roles), ...(usesIam(input) ? [iamGroup] : [])]
    const others = roles.login.memberOf.filter(role => !expected.includes(role))
    if (others.length > 0) {
      add(
        'warning',
        `${printableName(roles.login.name)} has also what these roles have: ${someNames(others)}.`,
      )
    }
  }
  if (roles.group !== null) {
    const others = roles.group.members.filter(role => role !== answers.roles.login)
    if (others.length > 0) {
      add(
        'warning',
        `${printableName(roles.group.name)} has other members, who get what it is granted: ${someNames(others)}.`,
      )
    }
    if (roles.group.canLogin)
      add('warning', `The group ${printableName(roles.group.name)} can log in itself.`)
    if (roles.group.memberOf.length > 0) {
      add(
        'warning',
        `${printableName(roles.group.name)} has also what these roles have: ${someNames(roles.group.memberOf)}.`,
      )
    }
  }
  return notes
}

/** What it means that a login stays as it is. */
function keptLoginNotes(input: PlanInput): PlanNote[] {
  const { login } = input.roles
  if (login === null || usesIam(input) || !keepsPassword(input)) return []
  const name = printableName(login.name)
  const notes: PlanNote[] = []
  const add = (level: PlanNote['level'], text: string) => notes.push({ level, database: null, text })
  add('info', `${name} exists and keeps its password.`)
  if (!login.canLogin) {
    add(
      'warning',
      `${name} cannot log in (NOLOGIN), and ${printableName(input.server.admin.name)} may not change that.`,
    )
  }
  const differing = changesForAnother(input)
  if (differing.length > 0) {
    add(
      'warning',
      `${printableName(input.server.admin.name)} may not change ${name}, which differs from the answers. Somebody with CREATEROLE can run: ${differing
        .flatMap(change => statementsOf(change))
        .map(statement => `${statement};`)
        .join(' ')}`,
    )
  }
  return notes
}

/** What is done as another role, and what the grantee holds beyond the choice that this plan leaves alone. */
function* grantNotes(input: PlanInput, { chosen, wanted, takes }: DatabasePart): Sliced<PlanNote[]> {
  const { database } = chosen
  const { changes, stays } = takes
  const notes = stayNotes(database.name, stays)
  const borrowed = new Set(
    [...wanted.map(({ change }) => change), ...changes].flatMap(({ actAs }) =>
      actAs?.by === 'grant-self' ? [actAs.role] : [],
    ),
  )
  if (borrowed.size > 0) {
    notes.push({
      level: 'info',
      database: database.name,
      text: `${printableName(input.server.admin.name)} makes itself a member of ${someNames([...borrowed])} to grant, and is none any more before the transaction commits.`,
    })
  }
  const outside = yield* grantsOutside(input, chosen, changes)
  if (outside.length > 0) {
    notes.push({
      level: 'warning',
      database: database.name,
      text: `${printableName(granteeOf(input.answers.roles))} holds more than is chosen, by grants of its own that this plan leaves alone: ${someOf(outside)}.${input.earlier == null ? ' The receipt of an earlier run (--receipt) tells which of them are ours to take away.' : ''}`,
    })
  }
  return notes
}

function stayNotes(database: string, stays: ReadonlyMap<string, readonly string[]>): PlanNote[] {
  return [...stays].map(([owner, what]) => ({
    level: 'warning',
    database,
    text: `Granted by an earlier run and not chosen any more, but only ${printableName(owner)} can take it away: ${someOf(what)}.`,
  }))
}

function databaseNotes(input: PlanInput, { database, schemas }: ChosenDatabase): PlanNote[] {
  const notes: PlanNote[] = []
  const add = (level: PlanNote['level'], text: string) => notes.push({ level, database: database.name, text })
  const everybody = publicGrants(database.acl, { type: 'database', owner: database.owner })
  if (connectOnlyThroughPublic(input, database)) {
    add(
      'warning',
      `CONNECT comes from PUBLIC: ${printableName(input.server.admin.name)} may not grant it. It ends when PUBLIC loses it.`,
    )
  }
  if (everybody.includes('TEMPORARY')) {
    add('info', 'PUBLIC may make temporary tables here (TEMPORARY), and so may this login.')
  }
  for (const { schema } of schemas) {
    if (usageOnlyThroughPublic(input, schema)) {
      add(
        'warning',
        `USAGE on ${printableName(schema.name)} comes from PUBLIC: ${printableName(input.server.admin.name)} may not grant it. It ends when PUBLIC loses it.`,
      )
    }
  }
  const open = database.schemas.filter(schema =>
    publicGrants(schema.acl, { type: 'schema', owner: schema.owner }).includes('CREATE'),
  )
  if (open.length > 0) {
    const foreignKeys = chosenTier(input)?.privileges.includes('REFERENCES')
      ? ' With REFERENCES it could there make a foreign key that keeps rows of the chosen tables from being deleted.'
      : ''
    add(
      'warning',
      `PUBLIC, and so this login, may create tables in: ${someNames(open.map(schema => schema.name))}${input.server.versionNumber < 150000 ? ' (the default before PostgreSQL 15)' : ''}.${foreignKeys}`,
    )
  }
  if (input.answers.access === 'usage') {
    add(
      'warning',
      'With USAGE alone information_schema shows no table and no column (0 rows, measured on 14, 16 and 18), whatever is chosen. The tier "metadata" shows them without rows.',
    )
  }
  const unnamed = hbaNameProblem(database.name)
  if (unnamed !== null) add('warning', `${unnamed.message} ${unnamed.next ?? ''}`.trim())
  return notes
}

/** What was chosen by rule and not by name: it may be more the next time. */
function* ruleNotes(input: PlanInput, { database, schemas }: ChosenDatabase): Sliced<PlanNote[]> {
  const answer = input.answers.databases.find(each => each.name === database.name)
  const notes: PlanNote[] = []
  const add = (level: PlanNote['level'], text: string) => notes.push({ level, database: database.name, text })
  for (const { schema, relations, laterTablesOf } of schemas) {
    const rule = answer?.schemas.find(each => each.name === schema.name)?.rule
    if (rule === undefined || schema.relations === null) continue
    const words = `${printable(ruleWords(rule))} in ${printableName(schema.name)}`
    add(
      'info',
      `Chosen by rule: ${words}, ${counted(relations.length, 'relation')} now. What fits later is chosen when it is planned again.`,
    )
    const { leftOut } = yield* rowsByRule(input, schema.relations, rule)
    const names = schema.relations.names
    if (leftOut.length > 0)
      add(
        'warning',
        `${counted(leftOut.length, 'relation')} that the rule (${words}) fits ${leftOut.length === 1 ? 'is' : 'are'} left out, because ${printableName(input.server.admin.name)} may not grant on ${leftOut.length === 1 ? 'it' : 'them'}: ${someNames(leftOut.slice(0, 9).map(row => stringAt(names, row)))}.`,
      )
    if (laterTablesOf.length > 0 && (rule.except.length > 0 || !rule.include.includes('*')))
      add(
        'warning',
        `Tables that ${someNames(laterTablesOf)} will make in ${printableName(schema.name)} are seen whatever their names: default privileges know no rule (${words}).`,
      )
  }
  return notes
}

/** Relations of which a note tells: how many there are, and the first of them by name. */
interface Told {
  readonly first: string[]
  total: number
}

function* relationNotes(input: PlanInput, { database, schemas }: ChosenDatabase): Sliced<PlanNote[]> {
  const notes: PlanNote[] = []
  const add = (level: PlanNote['level'], text: string) => notes.push({ level, database: database.name, text })
  const told = (): Told => ({ first: [], total: 0 })
  const [personal, secured, unpopulated, materialized] = [told(), told(), told(), told()]
  const [partitions, partitioned, held] = [told(), told(), told()]
  const names = ({ first, total }: Told) => firstOf(first, total)
  const privileges = chosenTier(input)?.privileges ?? []
  let columns = 0
  for (const { schema, relations } of schemas) {
    const lackOf = lackIn(input, database, schema)
    yield* eachOf(relations, relation => {
      const tell = (list: Told) => {
        list.total += 1
        if (list.first.length < firstNames)
          list.first.push(`${printableName(schema.name)}.${printableName(relation.name)}`)
      }
      if (relation.personalData.length > 0) tell(personal)
      columns += relation.personalData.length
      if (relation.rowSecurity) tell(secured)
      if (!relation.populated) tell(unpopulated)
      if (relation.kind === 'materialized-view') tell(materialized)
      if (relation.partition) tell(partitions)
      if (relation.kind === 'partitioned-table') tell(partitioned)
      if ((lackOf(relation)?.privileges.length ?? 0) < privileges.length) tell(held)
    })
  }

  const readsRows = input.answers.access === 'read'
  if (readsRows && personal.total > 0) {
    add(
      'warning',
      `${counted(columns, 'column')} of ${counted(personal.total, 'chosen relation')} ${columns === 1 ? 'looks' : 'look'} like personal data: ${names(personal)}.`,
    )
  }
  if (readsRows && secured.total > 0) {
    add(
      'warning',
      `Row-level security is on: no row is seen until a policy admits ${printableName(granteeOf(input.answers.roles))}, and no error says so: ${names(secured)}.`,
    )
  }
  if (readsRows && unpopulated.total > 0) {
    add('info', `Never refreshed, so reading fails until REFRESH MATERIALIZED VIEW: ${names(unpopulated)}.`)
  }
  if (materialized.total > 0) {
    add(
      'info',
      `Materialized views never appear in information_schema; a tool that lists tables there does not see: ${names(materialized)}.`,
    )
  }
  if (partitions.total > 0) {
    add(
      'info',
      `Partitions, granted by themselves. To read through their parent it is the parent that is granted: ${names(partitions)}.`,
    )
  }
  if (partitioned.total > 0) {
    add(
      'info',
      `Read through the parent, with every partition that it has or gets; a partition by itself is not opened: ${names(partitioned)}.`,
    )
  }
  if (held.total > 0) {
    add(
      'info',
      `${counted(held.total, 'chosen relation')} ${held.total === 1 ? 'has' : 'have'} a grant already that is not made again: ${names(held)}.`,
    )
  }
  const laterLeftOut = schemas.filter(({ laterTablesOf }) => laterTablesOf.length === 0)
  if (laterLeftOut.length > 0) {
    add(
      'info',
      `Tables made later stay unseen in: ${someNames(laterLeftOut.map(({ schema }) => schema.name))}.`,
    )
  }
  for (const { schema, laterTablesOf } of schemas) {
    const others = schema.creators.filter(each => each.owns > 0 && !laterTablesOf.includes(each.role))
    if (laterTablesOf.length > 0 && others.length > 0) {
      add(
        'info',
        `Later tables of other owners stay unseen in ${printableName(schema.name)}: ${someNames(others.map(each => each.role))}.`,
      )
    }
  }
  return notes
}
