import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import type { ConnectTarget } from '../../src/postgres/connect.ts'
import { knock } from '../../src/postgres/knock.ts'
import { adminPassword, majors, startServer, type TestServer } from '../support/server.ts'

describe.each(majors)('a knock at PostgreSQL %i', major => {
  let server: TestServer
  let target: ConnectTarget
  beforeAll(async () => {
    server = await startServer({ major, tls: true })
    await server.sql('CREATE ROLE asleep')
    await server.sql("CREATE ROLE asleep_with_password PASSWORD 'x'")
    await server.sql("CREATE ROLE awake LOGIN PASSWORD 'x'")
    await server.sql("CREATE ROLE expired LOGIN PASSWORD 'x' VALID UNTIL '2000-01-01'")
    target = {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: server.adminUser,
      tls: 'prefer',
      password: secret(adminPassword),
    }
  })
  afterAll(() => server.stop())

  const admin = 'host all postgres 127.0.0.1/32 scram-sha-256'
  const roles = ['not_there_yet', 'asleep', 'asleep_with_password', 'awake', 'expired']
  const doors = async (lines: string[], more: Partial<ConnectTarget> = {}) => {
    await server.setHba([admin, ...lines])
    return Promise.all(
      roles.map(user => knock({ target: { ...target, ...more }, user, database: 'postgres' })),
    )
  }
  const all = (door: object) => roles.map(() => expect.objectContaining(door))

  it.each(['scram-sha-256', 'md5', 'password'])(
    'finds it open where a password is asked for (%s)',
    async method => {
      expect(await doors([`host postgres all 127.0.0.1/32 ${method}`])).toEqual(all({ door: 'open' }))
    },
  )

  it('finds it closed where no line matches, and says which is missing', async () => {
    const [first, ...rest] = await doors(['host postgres all 10.0.0.0/8 scram-sha-256'])
    expect(first).toEqual({
      door: 'closed',
      message: expect.stringMatching(/^No pg_hba.conf entry/),
      hbaLine: 'hostssl postgres not_there_yet 127.0.0.1/32 scram-sha-256',
    })
    expect(rest).toEqual(all({ door: 'closed' }).slice(1))
  })

  it('finds it closed where a line rejects', async () => {
    expect(await doors(['host postgres all 127.0.0.1/32 reject'])).toEqual(all({ door: 'closed' }))
  })

  it('finds it open or closed by TLS, and by database', async () => {
    const lines = ['hostssl postgres all 127.0.0.1/32 scram-sha-256']
    expect(await doors(lines, { tls: 'require' })).toEqual(all({ door: 'open' }))
    expect(await doors(lines, { tls: 'disable' })).toEqual(all({ door: 'closed' }))
    expect(await knock({ target, user: 'awake', database: 'template1' })).toMatchObject({ door: 'closed' })
  })

  it('finds a line that trusts', async () => {
    expect(await doors(['host postgres all 127.0.0.1/32 trust'])).toEqual(all({ door: 'trusted' }))
  })

  it('finds it closed where another proof is asked for', async () => {
    expect(await doors(['local postgres all peer'], { host: server.socketDirectory })).toEqual(
      all({ door: 'closed' }),
    )
  })

  it('cannot tell where the server cannot be asked', async () => {
    const problem = expect.objectContaining({ code: 'socket-missing' })
    expect(await doors([], { host: '/nowhere' })).toEqual(all({ door: 'unknown', problem }))
  })
})
