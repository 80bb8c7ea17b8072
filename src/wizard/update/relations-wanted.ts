import type { CatalogueDatabase, CatalogueSchema } from '../../model/catalogue.ts'
import { chosenSchemas, type SchemaName } from '../../steps/schemas.ts'
import type { Effect } from '../effect.ts'
import type { WantedSchema } from '../relation-reader.ts'
import type { WizardState } from '../state.ts'

/**
 * Asks for the relations of these schemas, as far as they are not there with all that is said of them, and for
 * no others any more.
 */
export function wantRelations(
  state: WizardState,
  chosen: readonly SchemaName[] = chosenSchemas(state.draft),
): readonly Effect[] {
  const schemas = wantedOf(state, chosen, schema => schema.relations?.details == null)
  return [{ kind: 'read-relations', schemas }]
}

/** Asks for the relations of all chosen schemas anew. */
export function wantAgain(state: WizardState): readonly Effect[] {
  const schemas = wantedOf(state, chosenSchemas(state.draft), () => true)
  return [{ kind: 'read-relations', schemas: schemas.map(schema => ({ ...schema, listed: null })) }]
}

/** Nobody waits for relations any more: what is under way is cancelled. */
export const wantNothing: readonly Effect[] = [{ kind: 'read-relations', schemas: [] }]

/** A schema as the server has it. */
export function schemaOf({ facts }: WizardState, name: SchemaName): CatalogueSchema | undefined {
  let known = indexes.get(facts.databases)
  if (known === undefined) {
    known = new Map(
      facts.databases.map(database => [
        database.name,
        new Map(database.schemas.map(schema => [schema.name, schema])),
      ]),
    )
    indexes.set(facts.databases, known)
  }
  return known.get(name.database)?.get(name.schema)
}

/** A thousand schemas are looked up a thousand times. */
const indexes = new WeakMap<
  readonly CatalogueDatabase[],
  ReadonlyMap<string, ReadonlyMap<string, CatalogueSchema>>
>()

function wantedOf(
  state: WizardState,
  names: readonly SchemaName[],
  isWanted: (schema: CatalogueSchema) => boolean,
): readonly WantedSchema[] {
  return names.flatMap(name => {
    const schema = schemaOf(state, name)
    if (schema === undefined || !isWanted(schema)) return []
    return [{ ...name, relations: schema.relationCount, listed: schema.relations }]
  })
}
