import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ApplyRequest } from '../../../src/engine/apply.ts'
import type { Plan } from '../../../src/plan/plan.ts'
import type { Session } from '../../../src/postgres/session.ts'
import { probe } from '../../support/hba/probe.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'
import { applyPlan, makeDatabase, openAs, planFor } from '../fixture.ts'
import { changeFor, networkOf } from './fixture.ts'

const rules = [
  'local all all scram-sha-256',
  'host all postgres 127.0.0.1/32 scram-sha-256',
  'host all all 127.77.0.0/16 reject',
  'host all all 127.0.0.0/8 scram-sha-256',
]

describe.each(majorsInDepth)('an apply that opens the door of PostgreSQL %i', major => {
  let server: TestServer
  let session: Session
  beforeAll(async () => {
    server = await startServer({ major, hba: rules })
    await makeDatabase(server, 'shop', { app: ['album'] })
    session = await openAs(server)({ database: 'postgres' })
  })
  afterEach(async () => {
    await server.setHba(rules)
    await server.sql('DROP OWNED BY tool', 'shop')
    await server.sql('DROP ROLE tool')
  })
  afterAll(async () => {
    await session.close()
    await server.stop()
  })

  const text = () => readFileSync(join(server.dataDirectory, 'pg_hba.conf'), 'utf8')
  const ownFile = 'pg_hba.pg-usher.tool.conf'
  const own = () => {
    const path = join(server.dataDirectory, ownFile)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  const knock = async (from: string) =>
    (await probe({ host: '127.0.0.1', port: server.port, from, tls: false, user: 'tool', database: 'shop' }))
      .says
  const databases = [{ name: 'shop', schemas: [{ name: 'app', relations: ['album'] }] }]
  const run = async (
    cidrs: readonly string[],
    more: { include?: boolean; request?: Partial<ApplyRequest> },
  ) => {
    const [there] = await server.sql(`SELECT FROM pg_roles WHERE rolname = 'tool'`)
    const whole = planFor(server, { login: 'tool', group: null, databases })
    const wanted = { login: 'tool', database: 'shop', cidrs }
    const change = await changeFor(session, { ...wanted, ...(more.include === true ? { ownFile } : {}) })
    // A later run has a part after the door too.
    const ends = whole.opening.filter(({ kind }) => kind === 'set-valid-until')
    const plan: Plan = {
      ...whole,
      ...(there === undefined ? {} : { roles: [], databases: [], opening: ends }),
      network: networkOf(change),
    }
    return applyPlan(server, plan, more.request ?? {})
  }

  it.each(major >= 16 ? [false, true] : [false])(
    'leaves the lines of the run before where it fails after them (in a file of their own: %s)',
    async include => {
      const first = await run(['127.77.1.0/24'], { include })
      expect(first.outcome).toMatchObject({ outcome: 'done' })
      const [main, beside] = [text(), own()]
      const second = await run(['127.77.1.0/24', '127.77.2.0/24'], {
        include,
        request: {
          onEvent: event => {
            if (event.kind !== 'phase' || event.phase !== 'end') return
            expect(text() + own()).toContain('127.77.2.0/24')
            throw new Error('the screen has gone')
          },
        },
      })
      expect(second.outcome).toMatchObject({ outcome: 'failed-unchanged' })
      expect(second.events).toContainEqual({ kind: 'phase', phase: 'end', database: null })
      expect([text(), own()]).toEqual([main, beside])
      expect([await knock('127.77.1.9'), await knock('127.77.2.9')]).toEqual(['sasl', 'reject'])
      expect(await server.sql('SELECT FROM pg_hba_file_rules WHERE error IS NOT NULL')).toEqual([])
    },
  )

  it('says what was not compared where nobody can say who decides about a connection from here', async () => {
    await server.setHba([
      'host all postgres 127.0.0.1/32 scram-sha-256',
      'host all tool nosuch.example.invalid md5',
      'host all all 127.77.0.0/16 reject',
      'host all all 127.0.0.0/8 scram-sha-256',
    ])
    const { outcome } = await run(['127.77.1.0/24'], {})
    expect(outcome).toMatchObject({
      outcome: 'done',
      notes: [
        expect.stringMatching(
          /was not compared with its rules, because which name the address has is not known here \(line \d+: host all tool nosuch\.example\.invalid md5\)\. The file as it was: /,
        ),
      ],
    })
    expect(outcome).not.toMatchObject({ notes: [expect.stringContaining('as its rules say')] })
  })
})
