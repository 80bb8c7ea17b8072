import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

describe.each(majorsInDepth)('what a login reaches on PostgreSQL %i', major => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', {
      public: ['album'],
      notes: ['open', 'writable', 'one_column', 'closed'],
    })
    await makeDatabase(server, 'other', {})
    await makeDatabase(server, 'closed', {})
    await server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
    await server.sql(
      `GRANT USAGE ON SCHEMA notes TO PUBLIC;
       GRANT SELECT ON notes.open TO PUBLIC;
       GRANT INSERT, TRUNCATE ON notes.writable TO PUBLIC;
       GRANT SELECT (name) ON notes.one_column TO PUBLIC;
       CREATE FUNCTION notes.all_of_it() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
       CREATE TABLE public.ruled (id int);
       ALTER TABLE public.ruled ENABLE ROW LEVEL SECURITY;
       CREATE TABLE public.hidden (id int);
       ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
       CREATE POLICY positive ON public.ruled FOR SELECT USING (id > 0);
       CREATE MATERIALIZED VIEW public.later AS SELECT 1 AS one WITH NO DATA;
       CREATE VIEW public.plain AS SELECT * FROM notes.closed;
       CREATE TABLE public.parent (id int) PARTITION BY RANGE (id);
       CREATE TABLE public.part PARTITION OF public.parent FOR VALUES FROM (0) TO (9);
       CREATE FOREIGN DATA WRAPPER nothing;
       CREATE SERVER far FOREIGN DATA WRAPPER nothing;
       CREATE FOREIGN TABLE public.away (id int) SERVER far`,
      'music',
    )
    if (major >= 15) {
      await server.sql(
        'CREATE VIEW public.as_caller WITH (security_invoker = true) AS SELECT * FROM notes.closed',
        'music',
      )
    }
  })
  afterAll(() => server?.stop())

  const planWith = (
    relations: Parameters<typeof planFor>[1]['databases'][number]['schemas'][number]['relations'],
  ) =>
    planFor(server, {
      login: 'tool_user',
      group: 'tool_role',
      databases: [{ name: 'music', schemas: [{ name: 'public', relations }] }],
    })

  it('beyond the choice is named with the way it comes, in rehearsal and proof alike', async () => {
    const plan = planWith(['album'])
    const rehearsal = await rehearse({ plan, open: openAs(server) })
    if (rehearsal.outcome !== 'held') throw new Error(JSON.stringify(rehearsal))
    const told = rehearsal.beyond.map(({ database, object, name, privileges, through }) => ({
      in: database,
      what: `${object} ${name}`,
      privileges: privileges.join(' '),
      through: through.join(' '),
    }))
    expect(told).toEqual([
      { in: 'music', what: 'database music', privileges: 'TEMPORARY', through: 'PUBLIC' },
      { in: 'music', what: 'schema notes', privileges: 'USAGE', through: 'PUBLIC' },
      // Since 15 nobody but its owner may create in `public` (release notes 15).
      ...(major < 15
        ? [{ in: 'music', what: 'schema public', privileges: 'CREATE', through: 'PUBLIC' }]
        : []),
      { in: 'music', what: 'relation notes.one_column', privileges: 'SELECT', through: 'PUBLIC' },
      { in: 'music', what: 'relation notes.open', privileges: 'SELECT', through: 'PUBLIC' },
      { in: 'music', what: 'relation notes.writable', privileges: 'INSERT TRUNCATE', through: 'PUBLIC' },
      { in: 'music', what: 'function notes.all_of_it', privileges: 'EXECUTE', through: 'PUBLIC' },
      { in: null, what: 'database other', privileges: 'CONNECT', through: 'PUBLIC' },
      { in: null, what: 'database postgres', privileges: 'CONNECT', through: 'PUBLIC' },
      { in: null, what: 'database template1', privileges: 'CONNECT', through: 'PUBLIC' },
    ])
    const { outcome } = await applyPlan(server, plan)
    if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
    expect(outcome.proof.beyond).toEqual(rehearsal.beyond)
    await server.sql('DROP OWNED BY tool_role', 'music')
    await server.sql('DROP ROLE tool_user; DROP ROLE tool_role')
  })

  it('and what keeps a granted relation from being read is found', async () => {
    const relations = [
      { name: 'album', kind: 'table' },
      { name: 'ruled', kind: 'table' },
      { name: 'hidden', kind: 'table' },
      { name: 'later', kind: 'materialized-view' },
      { name: 'plain', kind: 'view' },
      { name: 'parent', kind: 'partitioned-table' },
      { name: 'away', kind: 'foreign-table' },
      ...(major >= 15 ? [{ name: 'as_caller', kind: 'view' } as const] : []),
    ] as const
    const found = [
      ['ruled', 'row-security'],
      ['hidden', 'row-security-hides-all'],
      ['later', 'not-populated'],
      ['away', 'unreadable'],
      ...(major >= 15 ? [['as_caller', 'reads-as-caller']] : []),
    ]
    const plan = planWith(relations)
    const rehearsal = await rehearse({ plan, open: openAs(server) })
    if (rehearsal.outcome !== 'held') throw new Error(JSON.stringify(rehearsal))
    const [rehearsed] = rehearsal.databases
    expect(rehearsed?.findings.map(({ relation, code }) => [relation?.name, code])).toEqual(
      expect.arrayContaining(found),
    )
    const { outcome } = await applyPlan(server, plan)
    if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
    const [proved] = outcome.proof.databases
    // Not: what is not filled yet, the foreign table, the view that reads as its caller.
    expect(proved?.readable).toBe(relations.length - (major >= 15 ? 3 : 2))
    expect(rehearsed?.readable).toBe(proved?.readable)
    expect(proved?.findings.map(({ relation, code }) => [relation?.name, code])).toEqual(
      expect.arrayContaining(found),
    )
    // Refused: the partition, the tables of `notes` that PUBLIC may not read.
    expect(proved?.refused).toBe(3)
    await server.sql('DROP OWNED BY tool_role', 'music')
    await server.sql('DROP ROLE tool_user; DROP ROLE tool_role')
  })

  it('a grant that an earlier role left is no secret', async () => {
    await server.sql('CREATE ROLE tool_user LOGIN; CREATE ROLE readers; GRANT readers TO tool_user')
    await server.sql('GRANT SELECT ON notes.closed TO readers', 'music')
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      existed: true,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const rehearsal = await rehearse({ plan, open: openAs(server) })
    if (rehearsal.outcome !== 'held') throw new Error(JSON.stringify(rehearsal))
    expect(rehearsal.beyond).toContainEqual(
      expect.objectContaining({ name: 'notes.closed', privileges: ['SELECT'], through: ['readers'] }),
    )
    expect(rehearsal.beyond).toContainEqual(expect.objectContaining({ object: 'role', name: 'readers' }))
    await server.sql('DROP OWNED BY readers', 'music')
    await server.sql('DROP ROLE tool_user; DROP ROLE readers')
  })

  it('what was granted on the system itself is named, and nothing of it that is usual', async () => {
    const plan = planWith(['album'])
    const before = await rehearse({ plan, open: openAs(server) })
    if (before.outcome !== 'held') throw new Error(JSON.stringify(before))
    await server.sql(
      `GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC;
       GRANT SELECT (umoptions) ON pg_catalog.pg_user_mapping TO PUBLIC;
       GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;
       CREATE EXTENSION IF NOT EXISTS pageinspect;
       CREATE FUNCTION public.of_extension() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
       ALTER EXTENSION pageinspect ADD FUNCTION public.of_extension()`,
      'music',
    )
    if (major >= 15) await server.sql('GRANT SET ON PARAMETER log_statement TO PUBLIC')
    try {
      const rehearsal = await rehearse({ plan, open: openAs(server) })
      if (rehearsal.outcome !== 'held') throw new Error(JSON.stringify(rehearsal))
      const known = new Set(before.beyond.map(({ text }) => text))
      const added = rehearsal.beyond.map(({ text }) => text).filter(text => !known.has(text))
      expect(added.toSorted()).toEqual(
        [
          'Has EXECUTE on the SECURITY DEFINER function public.of_extension (runs as postgres, a superuser, of the extension pageinspect) through PUBLIC.',
          'Has EXECUTE on the system function pg_catalog.pg_read_file through PUBLIC.',
          'Has SELECT on the system relation pg_catalog.pg_authid through PUBLIC.',
          'Has SELECT on the system relation pg_catalog.pg_user_mapping through PUBLIC.',
          ...(major >= 15 ? ['Has SET on the parameter log_statement through PUBLIC.'] : []),
        ].toSorted(),
      )
    } finally {
      if (major >= 15) await server.sql('REVOKE SET ON PARAMETER log_statement FROM PUBLIC')
      await server.sql(
        `REVOKE SELECT ON pg_catalog.pg_authid FROM PUBLIC;
         REVOKE SELECT (umoptions) ON pg_catalog.pg_user_mapping FROM PUBLIC;
         REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM PUBLIC;
         DROP EXTENSION pageinspect CASCADE`,
        'music',
      )
    }
  })

  it.each([
    { access: 'metadata', rows: [{ tables: 1, constraints: 1 }] },
    { access: 'usage', rows: [{ tables: 0, constraints: 0 }] },
  ] as const)('the tier $access shows no rows', async ({ access, rows }) => {
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      access,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const { outcome, request } = await applyPlan(server, plan)
    expect(outcome).toMatchObject({
      outcome: 'done',
      proof: {
        databases: [{ readable: 0, findings: [], ...(access === 'metadata' ? { metadata: 1 } : {}) }],
      },
    })
    const password = await request.store.read(request.entry)
    if (password === null) throw new Error('no password')
    const session = await request.open({ database: 'music', as: { user: 'tool_user', password } })
    const seen = await session.query(
      `SELECT (SELECT count(*)::int FROM information_schema.tables WHERE table_name = 'album') AS tables,
        (SELECT count(*)::int FROM information_schema.table_constraints
          WHERE table_name = 'album' AND constraint_type = 'PRIMARY KEY') AS constraints`,
    )
    await session.close()
    expect(seen).toEqual(rows)
    await server.sql('DROP OWNED BY tool_user', 'music')
    await server.sql('DROP ROLE tool_user')
  })
})
