import type { CatalogueSchema, Creator, Relation } from '../../model/catalogue.ts'
import type { Paragraph } from '../../model/paragraph.ts'
import { schemaRefusal } from '../../steps/schemas.ts'
import { relationRefusal } from '../../steps/tables.ts'
import { currentRow } from '../../terminal/picker.ts'
import { hasTiers } from '../access-tiers.ts'
import type { WizardState } from '../state.ts'
import { relationOf } from '../table-choice.ts'
import { accessWords } from './amount.ts'

/** What has no room in the row under the cursor of the schemas. */
export function schemaParagraphs(state: WizardState): readonly Paragraph[] {
  const { picker } = state.schemas
  const row = picker === null ? undefined : currentRow(picker)
  if (row === undefined) return []
  if (row.kind === 'group') {
    const unreadable = state.facts.databases[row.group]?.unreadable ?? null
    return unreadable === null ? [] : [{ text: unreadable, tone: 'warn' }]
  }
  const all = state.facts.databases.flatMap(database =>
    database.schemas.map(schema => ({ database, schema })),
  )
  const found = all[row.item]
  if (found === undefined) return []
  const refusal = schemaRefusal(found.database, found.schema)
  return [
    ...(refusal === null ? [] : [{ text: `${found.schema.name}: ${refusal}.`, tone: 'warn' as const }]),
    ...commentOf(found.schema),
  ]
}

/** What has no room in the row under the cursor of the tables, and what the chosen level of access means. */
export function tableParagraphs(state: WizardState): readonly Paragraph[] {
  const { picker, groups } = state.tables
  const row = picker === null ? undefined : currentRow(picker)
  const change = hasTiers(state) ? ' t changes it.' : ''
  const access: Paragraph = {
    text: `${accessWords[state.draft.access ?? 'read'].long}${change}`,
    tone: 'muted',
  }
  if (row === undefined) return [access]
  if (row.kind === 'item') {
    const relation = relationOf(state.tables, row.item)
    return relation === undefined ? [access] : [...aboutRelation(relation), access]
  }
  const name = groups[row.group]
  const schema = state.facts.databases
    .find(database => database.name === name?.database)
    ?.schemas.find(each => each.name === name?.schema)
  const owners = state.tables.later.get(row.group)
  return schema === undefined ? [access] : [...aboutLaterTables(schema, owners), access]
}

function aboutRelation(relation: Relation): readonly Paragraph[] {
  const refusal = relationRefusal(relation)
  return [
    ...(refusal === null ? [] : [{ text: `${relation.name}: ${refusal}.`, tone: 'warn' as const }]),
    ...(relation.personalData.length === 0
      ? []
      : [
          {
            text: `Maybe personal data: ${relation.personalData.map(({ column, because }) => `${column} (${because})`).join(', ')}.`,
            tone: 'warn' as const,
          },
        ]),
    ...commentOf(relation),
  ]
}

function commentOf({ comment }: Pick<Relation | CatalogueSchema, 'comment'>): readonly Paragraph[] {
  return comment === null ? [] : [{ text: comment, tone: 'muted' }]
}

/** For which owners tables that are made later can follow, and for which not. */
function aboutLaterTables(
  { name, creators }: CatalogueSchema,
  owners: readonly string[] | undefined,
): readonly Paragraph[] {
  const rolesOf = (wanted: boolean) => creators.filter(each => each.alterable === wanted).map(roleName)
  const able = rolesOf(true).join(', ')
  const unable = rolesOf(false)
  return [
    owners !== undefined
      ? { text: `Tables that ${owners.join(', ')} will make in ${name} are seen too. l takes it back.` }
      : able === ''
        ? { text: `Nobody who makes tables in ${name} lets you decide on later ones.` }
        : { text: `l: tables that ${able} will make in ${name} are seen too.` },
    ...(unable.length === 0
      ? []
      : [{ text: `Not those of ${unable.join(', ')}: you are no member of it.`, tone: 'warn' as const }]),
  ]
}

function roleName({ role }: Creator): string {
  return role
}
