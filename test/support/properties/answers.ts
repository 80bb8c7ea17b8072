import fc from 'fast-check'
import { connectorById } from '../../../src/connectors/connectors.ts'
import { publicGrants } from '../../../src/model/acl.ts'
import type { Answers, SchemaAnswer } from '../../../src/model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../../../src/model/catalogue.ts'
import { relationsIn } from '../../../src/model/relation-columns.ts'
import type { World } from './world.ts'

/** What a person decides, before it is known what there is to choose from. */
export interface Choice {
  readonly tool: 'atlan' | 'atlassian-analytics'
  readonly layout: 'group-and-login' | 'login'
  readonly access: Answers['access']
  readonly replacePassword: boolean
  readonly limits: Answers['limits']
  /** Chooses only what the picker lets one choose; else anything, as an answers file may. */
  readonly asPicker: boolean
  /** A percentage and, one after another, what decides of each thing whether it is chosen. */
  readonly density: number
  readonly picks: readonly number[]
  readonly laterTables: boolean
}

export const choices: fc.Arbitrary<Choice> = fc.record({
  tool: fc.constantFrom('atlan', 'atlan', 'atlassian-analytics'),
  layout: fc.constantFrom('group-and-login', 'login'),
  access: fc.constantFrom('read', 'read', 'read', 'read', 'metadata', 'usage'),
  replacePassword: fc.constantFrom(...Array.from({ length: 19 }, () => true), false),
  limits: fc.record({
    connectionLimit: fc.constantFrom(null, 1, 5, 2_147_483_647),
    validUntil: fc.constantFrom(
      null,
      '2099-12-31T23:59:59Z',
      '2031-03-30T02:30:00.123456+02:00',
      '2028-02-29T00:00:00.000-11:30',
    ),
    statementTimeout: fc.constantFrom(null, 2, 300, 2_147_483),
    readOnly: fc.boolean(),
  }),
  asPicker: fc.constantFrom(true, true, true, true, true, true, false),
  density: fc.constantFrom(20, 50, 50, 80, 100),
  picks: fc.array(fc.nat(99), { minLength: 24, maxLength: 24 }),
  laterTables: fc.boolean(),
})

/** Answers that ask for everything: to read what there is to choose from. */
export function answersForAll(world: World, choice: Choice, server: Answers['server']): Answers {
  return answersWith(
    world,
    choice,
    server,
    world.databases.map(({ name, schemas }) => ({
      name,
      schemas: schemas.map(schema => ({ name: schema.name, relations: [], laterTablesOf: [] })),
    })),
  )
}

/** The answers that the choice comes to where this is to choose from; null where there is nothing. */
export function answersFrom(
  world: World,
  choice: Choice,
  server: Answers['server'],
  live: readonly CatalogueDatabase[],
): Answers | null {
  let at = 0
  const picked = (share: number) => (choice.picks[at++ % choice.picks.length] ?? 0) < share
  const databases = world.databases.flatMap(({ name }) => {
    const database = live.find(each => each.name === name)
    if (database === undefined) return []
    if (choice.asPicker && database.unreadable !== null) return []
    const schemas = database.schemas.flatMap((schema): SchemaAnswer[] => {
      if (!picked(85) || (choice.asPicker && !mayBeOpened(schema))) return []
      const answer = schemaAnswer(choice, schema, picked, [world.login, world.group])
      return answer === null ? [] : [answer]
    })
    // What cannot be read can be asked for all the same.
    const unread =
      database.unreadable === null ? [] : [{ name: 'public', relations: ['a'], laterTablesOf: [] }]
    return schemas.length + unread.length > 0 ? [{ name, schemas: [...schemas, ...unread] }] : []
  })
  return databases.length === 0 ? null : answersWith(world, choice, server, databases)
}

/** As the list of schemas greys them out. */
function mayBeOpened({ grantable, acl, owner }: CatalogueSchema): boolean {
  return grantable || publicGrants(acl, { type: 'schema', owner }).includes('USAGE')
}

function schemaAnswer(
  choice: Choice,
  schema: CatalogueSchema,
  picked: (share: number) => boolean,
  ours: readonly string[],
): SchemaAnswer | null {
  const { asPicker, density } = choice
  const relations = [...relationsIn(schema.relations)]
    .filter(relation => (!asPicker || relation.grantable) && picked(density))
    .map(relation => relation.name)
  const laterTablesOf = choice.laterTables
    ? schema.creators
        // What a role of the tool's own makes is its own anyhow.
        .filter(each => (!asPicker || each.alterable) && !ours.includes(each.role) && picked(50))
        .map(each => each.role)
    : []
  if (relations.length + laterTablesOf.length === 0 && accessOf(choice) !== 'usage') return null
  return { name: schema.name, relations, laterTablesOf }
}

function answersWith(
  world: World,
  choice: Choice,
  server: Answers['server'],
  databases: Answers['databases'],
): Answers {
  const { login, group } = world
  return {
    version: 1,
    tool: choice.tool,
    server,
    endpoint: { host: 'db.example.com', port: 5432 },
    authentication: { method: 'password' },
    roles:
      choice.layout === 'login' ? { layout: 'login', login } : { layout: 'group-and-login', group, login },
    replacePassword: choice.replacePassword,
    limits: choice.limits,
    access: accessOf(choice),
    databases,
    network: { from: 'not-known-yet' },
    secret: { store: 'show-once' },
  }
}

/** What is asked for where the tool has a use for it, else to read. */
function accessOf({ tool, access }: Choice): Answers['access'] {
  return connectorById(tool)?.tiers.some(({ tier }) => tier === access) ? access : 'read'
}
