import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoTool, demoAnswers } from '../../src/demo/answers.ts'
import { createSample } from '../../src/demo/sample.ts'
import { snapshotAccess } from '../../src/engine/snapshot.ts'
import type { Answers } from '../../src/model/answers.ts'
import { secret } from '../../src/model/secret.ts'
import { connect } from '../../src/postgres/connect.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'

/** A server with the sample, a folder, and answers that fit both. */
export interface Scene {
  readonly server: TestServer
  readonly folder: string
  readonly passfile: string
  readonly answers: (tool?: DemoTool) => Answers
  /** Writes a document into the folder and gives its path. */
  readonly save: (name: string, document: unknown) => string
  /** The environment in which the administrator's password is found. */
  readonly env: Readonly<Record<string, string>>
  /** Who may do what, in the whole server and in both databases. */
  readonly snapshot: () => Promise<readonly string[]>
  /** The stored password of a login. */
  readonly storedPassword: (login: string) => string
  readonly end: () => Promise<void>
}

/** Starts a server with the sample on it (two seconds). */
export async function setScene(options: TestServerOptions = {}): Promise<Scene> {
  const server = await startServer(options)
  await createSample({ ...server, user: server.adminUser, password: secret(server.adminPassword) })
  const folder = mkdtempSync(join(tmpdir(), 'pg-usher-e2e-'))
  chmodSync(folder, 0o700)
  const passfile = join(folder, 'passfile')
  return {
    server,
    folder,
    passfile,
    answers: (tool = 'atlan') => demoAnswers(tool, { ...server, user: server.adminUser }, passfile),
    save: (name, document) => {
      const path = join(folder, name)
      writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
      return path
    },
    env: { PGPASSWORD: server.adminPassword, HOME: folder },
    snapshot: async () => {
      const facts: string[] = []
      for (const database of ['music_store', 'warehouse']) {
        const { host, port, adminUser: user, adminPassword } = server
        const password = secret(adminPassword)
        const session = await connect({ host, port, user, database, tls: 'disable', password })
        if (!session.ok) throw new Error(session.problem.message)
        facts.push(...(await snapshotAccess(session.value)))
        await session.value.close()
      }
      return facts
    },
    storedPassword: login => {
      const line = readFileSync(passfile, 'utf8')
        .split('\n')
        .find(each => each.includes(`:${login}:`))
      const stored = line?.split(':').at(-1)
      if (stored === undefined) throw new Error(`no password of ${login} in ${passfile}`)
      return stored
    },
    end: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
