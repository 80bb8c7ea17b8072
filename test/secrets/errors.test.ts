import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ProblemError } from '../../src/model/problem.ts'
import { secret } from '../../src/model/secret.ts'
import { connect } from '../../src/postgres/connect.ts'
import { createAgeStore } from '../../src/secrets/age.ts'
import { createAwsCredentialsStore } from '../../src/secrets/aws-credentials.ts'
import { createKeychainStore } from '../../src/secrets/keychain.ts'
import { createPassStore } from '../../src/secrets/pass.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import type { SecretEntry } from '../../src/secrets/store.ts'
import { startServer, type TestServer } from '../support/server.ts'

const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }
const value = 'Kx7pQ2mZ9rT4vW8yB3nC6dF1gH5jL0sA'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'errors-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

/** All that could be printed of what is thrown: message, stack, causes, hidden properties. */
async function printed(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(Error)
  const stack = thrown instanceof Error ? thrown.stack : ''
  return `${inspect(thrown, { depth: 20, showHidden: true })}\n${stack}\n${JSON.stringify(thrown)}`
}

describe('an error with a secret at hand', () => {
  const environment = { PATH: process.env['PATH'], HOME: '/nowhere' }
  const bare = { environment, platform: 'linux' as const }

  it.each<[string, () => Promise<unknown>]>([
    ['the keychain', () => createKeychainStore({ ...bare, user: 'dba' }).save(entry, secret(value))],
    ['pass', () => createPassStore({ ...bare, home: folder }).save(entry, secret(value))],
    [
      'a passfile',
      () =>
        createPassfileStore({ path: join(folder, 'pass'), platform: 'linux' }).save(
          entry,
          secret(`${value}\n`),
        ),
    ],
    [
      'an age file',
      () => {
        writeFileSync(join(folder, 'file'), '')
        const askPassphrase = async () => secret(value)
        return createAgeStore({ folder: join(folder, 'file'), askPassphrase }).save(entry, secret(value))
      },
    ],
    [
      'a private key for a recipient',
      () => createAgeStore({ folder, recipient: `AGE-SECRET-KEY-1${value}` }).save(entry, secret('x')),
    ],
    [
      'the AWS credentials file',
      () =>
        createAwsCredentialsStore({ path: join(folder, 'aws'), platform: 'linux', isDefault: false }).save(
          { profile: 'x' },
          { id: 'no key', secret: secret(value) },
        ),
    ],
  ])('of %s does not hold it', async (_, fail) => {
    expect(await printed(fail())).not.toContain(value)
  })
})

describe('an error of the driver', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it('does not hold the password that was refused, as it is and as we tell it', async () => {
    const { host, port, adminUser: user } = server
    const client = new pg.Client({ host, port, user, password: value, database: 'postgres', ssl: false })
    expect(await printed(client.connect())).not.toContain(value)
    const refused = await connect({
      host,
      port,
      user,
      database: 'postgres',
      tls: 'disable',
      password: secret(value),
    })
    if (refused.ok) throw new Error('it was let in')
    expect(inspect(refused, { depth: 20, showHidden: true })).not.toContain(value)
    expect(await printed(Promise.reject(new ProblemError(refused.problem)))).not.toContain(value)
  })
})

describe('an error of the AWS SDK', () => {
  it('does not hold the key that was refused', async () => {
    const answer =
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>'
    const endpoint = createServer((_, response) => response.writeHead(403).end(answer))
    await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void endpoint.close())
    const client = new STSClient({
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: value },
      maxAttempts: 1,
    })
    onTestFinished(() => client.destroy())
    expect(await printed(client.send(new GetCallerIdentityCommand({})))).not.toContain(value)
  })
})

describe('what is kept with the project', () => {
  it('has no snapshots, in which a secret of a test run would stay', () => {
    const names = readdirSync(join(import.meta.dirname, '..'), { recursive: true }).map(String)
    expect(names.filter(name => name.includes('__snapshots__'))).toEqual([])
  })

  it('has no password in its pictures', () => {
    const docs = join(import.meta.dirname, '..', '..', 'docs')
    for (const name of readdirSync(docs)) {
      const long = readFileSync(join(docs, name), 'utf8').match(/[A-Za-z0-9]{32}/g) ?? []
      // As password.ts makes them.
      expect(long.filter(text => /[A-Z]/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text))).toEqual([])
    }
  })
})
