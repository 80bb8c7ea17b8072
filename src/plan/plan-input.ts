import type { Connector, Tier } from '../connectors/connector.ts'
import { aclItems } from '../model/acl.ts'
import { type Answers, granteeOf, type RelationRule, type SchemaAnswer } from '../model/answers.ts'
import type { AwsLive } from '../model/aws/live.ts'
import type { Catalogue, CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { HbaReading } from '../model/hba/at-hand.ts'
import { printableName } from '../model/identifier.ts'
import type { Ledger } from '../model/ledger.ts'
import { eachRow, type RelationColumns, relationAt, rowsNamedSliced } from '../model/relation-columns.ts'
import { ruleTest } from '../model/relation-rule.ts'
import type { ExistingRole, ServerFacts } from '../model/server-facts.ts'
import { atOnce, type Sliced } from '../model/sliced.ts'
import { stringAt } from '../model/string-table.ts'

/** All that a plan is a function of. */
export interface PlanInput {
  readonly answers: Answers
  readonly connector: Connector
  /** The live server: the relations of every schema of the answers have to be loaded. */
  readonly catalogue: Catalogue
  /** Roles with the names of the answers; null where the name is free, or not asked for. */
  readonly roles: PlanRoles
  readonly server: ServerFacts
  /** What earlier runs granted: without it nothing is taken away. */
  readonly earlier?: Ledger | null
  /** pg_hba.conf, where it was looked at. */
  readonly hba?: HbaReading | null
  /**
   * What there is in AWS, where the tool logs in with IAM; null where AWS is not asked, so that its part is planned
   * for somebody else to make. Left out, the plan has no part of AWS.
   */
  readonly aws?: AwsLive | null
  /** What RDS said of the database where a person had it looked up and the tool comes in with a password. */
  readonly rds?: Pick<AwsLive, 'target' | 'database'> | null
  /** Access keys whose secret was lost in a run that was broken off. */
  readonly lostAwsKeys?: readonly string[]
}

/** The roles that a plan has to do with, as they are. */
export interface PlanRoles {
  readonly login: ExistingRole | null
  readonly group: ExistingRole | null
  /** rds_iam, whose members come in by tokens of AWS IAM; null on a server that has none, left out where not asked for. */
  readonly iam?: ExistingRole | null
}

/** A schema of the answers with what the catalogue has for it. */
export interface ChosenSchema {
  readonly schema: CatalogueSchema
  /** Sorted by name, each once. */
  readonly relations: readonly Relation[]
  /** Sorted, each once. */
  readonly laterTablesOf: readonly string[]
}

export interface ChosenDatabase {
  readonly database: CatalogueDatabase
  /** Sorted by name. */
  readonly schemas: readonly ChosenSchema[]
}

/** What of the answers the catalogue has, in a fixed order, so that two runs lock in the same order. */
export function chosenDatabases(input: PlanInput): ChosenDatabase[] {
  return atOnce(chosenDatabasesSliced(input))
}

/** The same in slices. */
export function* chosenDatabasesSliced(input: PlanInput): Sliced<ChosenDatabase[]> {
  const chosen: ChosenDatabase[] = []
  for (const answer of input.answers.databases) {
    const database = input.catalogue.databases.find(each => each.name === answer.name)
    if (database === undefined) continue
    const known = new Map(database.schemas.map(each => [each.name, each]))
    const schemas: ChosenSchema[] = []
    for (const { name, relations, rule, laterTablesOf } of answer.schemas) {
      const schema = known.get(name)
      if (schema === undefined) continue
      schemas.push({
        schema,
        relations: yield* chosenRelations(input, schema, { relations, rule }),
        laterTablesOf: [...new Set(laterTablesOf)].toSorted(byText),
      })
      yield
    }
    chosen.push({ database, schemas: schemas.toSorted((a, b) => byText(a.schema.name, b.schema.name)) })
  }
  return chosen
}

/** What the tool asks for on this tier; undefined where it has no such tier. */
export function chosenTier({ answers, connector }: PlanInput): Tier | undefined {
  return connector.tiers.find(each => each.tier === answers.access)
}

/** So many names stand in a sentence. */
export const firstNames = 8

/** Names for a sentence: a few of them, and how many there are besides. */
export function someNames(names: readonly string[], most = firstNames): string {
  return someOf(names.map(printableName), most)
}

/** The same for what is printable already. */
export function someOf(shown: readonly string[], most = firstNames): string {
  return firstOf(shown.slice(0, most), shown.length)
}

/** The same where only the first of so many are at hand. */
export function firstOf(first: readonly string[], total: number): string {
  const more = total - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}

/** What is chosen in a schema, by name and by rule, sorted by name. */
function* chosenRelations(
  input: PlanInput,
  { relations: columns }: CatalogueSchema,
  { relations, rule }: Pick<SchemaAnswer, 'relations' | 'rule'>,
): Sliced<Relation[]> {
  if (columns === null) return []
  const isChosen = new Uint8Array(columns.length)
  for (const row of yield* rowsNamedSliced(columns, relations)) isChosen[row] = 1
  if (rule !== undefined)
    for (const row of (yield* rowsByRule(input, columns, rule)).chosen) isChosen[row] = 1
  const chosen: Relation[] = []
  yield* eachRow(columns, row => {
    if (isChosen[row] === 1) chosen.push(relationAt(columns, row))
  })
  return chosen
}

/**
 * The rows that a rule chooses: those that fit and that this administrator may grant on, or that the grantee
 * was granted before. The others that fit are left out, and said.
 */
export function* rowsByRule(
  { answers }: PlanInput,
  columns: RelationColumns,
  rule: RelationRule,
): Sliced<{ readonly chosen: readonly number[]; readonly leftOut: readonly number[] }> {
  const fits = ruleTest(rule)
  const grantee = granteeOf(answers.roles)
  const isGrantable = columns.accesses.map(
    ({ grantable, owner, acl }) =>
      grantable || aclItems(acl, { type: 'relation', owner }).some(item => item.grantee === grantee),
  )
  const chosen: number[] = []
  const leftOut: number[] = []
  yield* eachRow(columns, row => {
    if (fits(stringAt(columns.names, row)))
      (isGrantable[columns.access[row] ?? -1] ? chosen : leftOut).push(row)
  })
  return { chosen, leftOut }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
