import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import { serverProblems } from '../../src/model/server-problems.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { type ConnectTarget, connect } from '../../src/postgres/connect.ts'
import type { ConnectProblem } from '../../src/postgres/connect-problem.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('a standby', () => {
  let primary: TestServer
  let folder: string
  const standbys: ChildProcess[] = []
  beforeAll(async () => {
    primary = await startServer()
    folder = await mkdtemp(join(tmpdir(), 'pg-usher-standby-'))
  })
  afterEach(async () => {
    for (const standby of standbys.splice(0)) {
      const ended = once(standby, 'exit')
      standby.kill('SIGQUIT')
      await ended
    }
  })
  afterAll(async () => {
    await primary.stop()
    await rm(folder, { recursive: true })
  })

  /** Starts a server on a copy of the primary's files, over its socket alone, as one that recovers for ever. */
  async function startStandby(hotStandby: 'on' | 'off'): Promise<ConnectTarget> {
    const dataDirectory = join(folder, hotStandby)
    const [row] = await primary.sql(
      "CHECKPOINT; SELECT setting AS bin FROM pg_catalog.pg_config() WHERE name = 'BINDIR'",
    )
    await cp(primary.dataDirectory, dataDirectory, { recursive: true })
    await rm(join(dataDirectory, 'postmaster.pid'))
    await writeFile(join(dataDirectory, 'standby.signal'), '')
    const { uid, gid } = await stat(primary.dataDirectory)
    await chownAll(folder, uid, gid)
    await chmod(dataDirectory, 0o700)
    const settings = { hot_standby: hotStandby, unix_socket_directories: folder, listen_addresses: '' }
    const standby = spawn(
      join(String(row?.['bin']), 'postgres'),
      [
        '-D',
        dataDirectory,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { uid, gid, stdio: 'ignore' },
    )
    standbys.push(standby)
    return {
      host: folder,
      port: 5432,
      database: 'postgres',
      user: primary.adminUser,
      tls: 'prefer',
      password: secret(primary.adminPassword),
    }
  }

  /** Asks until the server says something other than that it starts, or that it is not there yet. */
  async function settled(
    target: ConnectTarget,
    enough: (problem: ConnectProblem) => boolean,
  ): Promise<ServerSession | ConnectProblem> {
    for (;;) {
      const result = await connect(target)
      if (result.ok) return result.value
      expect(['socket-missing', 'refused', 'starting-up']).toContain(result.problem.code)
      if (enough(result.problem)) return result.problem
    }
  }

  it('is told from a primary, and takes no changes', async () => {
    const session = await settled(await startStandby('on'), () => false)
    if (!('query' in session)) throw new Error(session.message)
    const facts = await readServerFacts(session, folder)
    await session.close()
    expect(facts).toMatchObject({ inRecovery: true, readOnly: true, pooled: false })
    expect(serverProblems(facts).map(problem => problem.code)).toEqual(['standby'])
  })

  it('says why it lets nobody in', async () => {
    const target = await startStandby('off')
    const problem = await settled(target, ({ message }) => message.includes('Hot standby mode is disabled'))
    expect(problem).toMatchObject({ code: 'starting-up', sqlstate: '57P03' })
  })
})

async function chownAll(path: string, uid: number, gid: number): Promise<void> {
  const entries = await readdir(path, { recursive: true })
  await Promise.all(['.', ...entries].map(entry => chown(join(path, entry), uid, gid)))
}
