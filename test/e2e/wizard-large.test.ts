import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CatalogueShape, createLargeCatalogue } from '../../bench/support/large-catalogue.ts'
import { chosenIn, setWizardScene, type WizardScene } from './wizard-scene.ts'

/** Smaller than the benchmark's (bench/wizard.ts): 100,000 tables in a thousand schemas, and all of them in one. */
const shapes: Readonly<Record<string, CatalogueShape>> = {
  thousand_schemas: { relations: 4000, schemas: 1000 },
  one_schema: { relations: 20_000, schemas: 1 },
}

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene({ settings: { fsync: 'off', autovacuum: 'off' } })
  const { server } = scene
  for (const [database, shape] of Object.entries(shapes)) {
    await server.sql(`CREATE DATABASE ${database}`)
    const clients = await Promise.all([1, 2].map(() => server.client({ database })))
    await createLargeCatalogue(
      clients.map(client => sql => client.query(sql)),
      shape,
    )
    await Promise.all(clients.map(client => client.end()))
    await server.sql('VACUUM ANALYZE', database)
  }
}, 300_000)
afterAll(() => scene.end())

describe.each(Object.keys(shapes))('the database %s', database => {
  it('is chosen from, filtered, planned for and rehearsed with five tables', {
    timeout: 120_000,
  }, async () => {
    const rows = await scene.server.sql(spreadSql, database)
    const tables = rows.map(({ name }) => String(name))
    expect(tables).toHaveLength(5)

    const wizard = await scene.open({ database, cols: 120, rows: 40 })
    await wizard.throughRoles()
    await wizard.waitFor('Which schemas may it see into?')
    wizard.type('a')
    // All of the database at hand, public among them.
    await wizard.waitFor(`${((shapes[database]?.schemas ?? 0) + 1).toLocaleString('en')} chosen`)
    wizard.press('enter')
    await wizard.at('Tables')
    await wizard.waitFor('Which tables?')
    await wizard.waitFor(screen => !screen.includes('reading'))
    await wizard.check(...tables)
    wizard.press('enter')
    await wizard.at('Network')
    await wizard.throughPlan()
    await wizard.rehearse()
    wizard.type('s')
    await wizard.waitFor('answers.json')
    expect(chosenIn(wizard.savedAnswers()).toSorted()).toEqual(
      tables.map(table => `${database}.${table}`).toSorted(),
    )
    expect((await wizard.leave()).exitCode).toBe(130)
  })
})

/** Five tables, from the first to the last that was made. */
const spreadSql = `
SELECT name FROM (
  SELECT n.nspname || '.' || c.relname AS name,
    row_number() OVER (ORDER BY c.oid) AS number, count(*) OVER () AS total
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND c.relname !~ '^widest'
) AS t
WHERE number % (total / 5) = 1 ORDER BY number LIMIT 5`
