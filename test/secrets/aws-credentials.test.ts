import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fromIni } from '@aws-sdk/credential-providers'
import { beforeEach, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { createAwsCredentialsStore } from '../../src/secrets/aws-credentials.ts'
import { defaultCredentialsFile } from '../../src/secrets/aws-credentials-path.ts'
import { describeWith } from '../support/requires.ts'

let home: string
let path: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aws-'))
  path = join(home, '.aws', 'credentials')
  return () => rm(home, { recursive: true, force: true })
})

const store = (isDefault = true) =>
  createAwsCredentialsStore({ path, platform: 'linux', isDefault, patience: 200 })
// As AWS makes them (IAM User Guide, "IAM identifiers"): the examples of its own documentation.
const pair = { id: 'AKIAIOSFODNN7EXAMPLE', secret: secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY+=') }
const other = { id: 'AKIAI44QH8DHBEXAMPLE', secret: secret('je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY') }
const entry = { profile: 'atlan' }

describe('the AWS credentials file', () => {
  it('is made for its owner alone, and the SDK of AWS reads it', async () => {
    expect(await store().probe()).toEqual({ works: true })
    await store().save(entry, pair)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, '.aws'))).mode & 0o777).toBe(0o700)
    const found = await fromIni({ profile: 'atlan', filepath: path, configFilepath: join(home, 'config') })()
    expect(found).toMatchObject({ accessKeyId: pair.id, secretAccessKey: reveal(pair.secret) })
  })

  it('keeps, replaces where it may, gives back and removes; all other lines stay', async () => {
    const others =
      '# caf\u00e9\n[default]\naws_access_key_id=AKIADEFAULT000000000\nregion = eu-west-1\n\n[ last ]\na = b\n'
    await store().probe()
    await writeFile(path, others, { mode: 0o600 })
    expect([await store().read(entry), await store().has(entry), await store().remove(entry)]).toEqual([
      null,
      false,
      false,
    ])
    await store().save(entry, pair)
    expect(await readFile(path, 'utf8')).toBe(
      `${others}\n[atlan]\naws_access_key_id = ${pair.id}\naws_secret_access_key = ${reveal(pair.secret)}\n`,
    )
    await expect(store().save(entry, other)).rejects.toMatchObject({
      problem: { code: 'aws-profile-taken', message: expect.stringContaining(pair.id) },
    })
    expect(await store().probe(undefined, entry)).toMatchObject({
      works: false,
      problem: { code: 'aws-profile-taken' },
    })
    await store().save({ ...entry, replaces: pair.id }, other)
    const found = await store().read(entry)
    expect(found && [found.id, reveal(found.secret)]).toEqual([other.id, reveal(other.secret)])
    expect(await store().remove(entry)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe(others)
  })

  it('leaves what else stands in a profile', async () => {
    await store().probe()
    const text =
      '[atlan]\nregion = eu-west-1\naws_access_key_id = AKIAOLD0000000000000\naws_session_token = x\n'
    await writeFile(path, text, { mode: 0o600 })
    await store().save({ ...entry, replaces: 'AKIAOLD0000000000000' }, pair)
    await store().remove(entry)
    expect(await readFile(path, 'utf8')).toBe('[atlan]\nregion = eu-west-1\n')
  })

  it('is refused where others may read it, and is not changed', async () => {
    await store().probe()
    await writeFile(path, '[default]\n')
    await chmod(path, 0o644)
    expect(await store().probe()).toMatchObject({ problem: { code: 'file-readable-by-others' } })
    await expect(store().save(entry, pair)).rejects.toMatchObject({
      problem: { next: expect.stringContaining('chmod 600') },
    })
    expect(await readFile(path, 'utf8')).toBe('[default]\n')
  })

  it('refuses a name that breaks out of its line, and what is no access key', async () => {
    for (const profile of ['a]\n[b', '', 'a b'])
      await expect(store().save({ profile }, pair)).rejects.toMatchObject({
        problem: { code: 'bad-profile-name' },
      })
    await expect(store().save(entry, { ...pair, secret: secret('a\nb') })).rejects.toThrow('no access key')
  })

  it('tells how to read it', () => {
    expect(store().howToRead(entry)).toBe('aws configure get aws_secret_access_key --profile atlan')
    expect(store(false).howToRead(entry)).toContain(`AWS_SHARED_CREDENTIALS_FILE=${path} aws`)
    expect(defaultCredentialsFile({}, '/home/dba')).toBe('/home/dba/.aws/credentials')
    expect(defaultCredentialsFile({ AWS_SHARED_CREDENTIALS_FILE: '/srv/aws' }, '/home/dba')).toBe('/srv/aws')
  })
})

describeWith(['aws'])("AWS's own client", () => {
  it('reads the key by the command that is told', async () => {
    await store(false).save(entry, pair)
    const { stdout } = await promisify(execFile)('sh', ['-c', store(false).howToRead(entry)], {
      env: { PATH: process.env['PATH'], HOME: home },
    })
    expect(stdout).toBe(`${reveal(pair.secret)}\n`)
  })
})
