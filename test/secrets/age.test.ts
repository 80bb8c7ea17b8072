import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { type AgeOptions, ageFileOf, createAgeStore } from '../../src/secrets/age.ts'
import type { SecretEntry } from '../../src/secrets/store.ts'
import { everyPrintable } from '../support/printable.ts'
import { describeWith } from '../support/requires.ts'
import { openTerminal } from '../support/terminal.ts'

const run = promisify(execFile)
const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

let home: string
let folder: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'age-'))
  folder = join(home, 'deep', 'age')
  return () => rm(home, { recursive: true, force: true })
})

const store = (more: Partial<AgeOptions> = {}) => createAgeStore({ folder, ...more })
const withPassphrase = (passphrase: string) =>
  store({ askPassphrase: async () => secret(passphrase), patience: 200 })

describe('age with a passphrase', () => {
  it('is proved by a canary that is gone afterwards, in a folder for its owner alone', async () => {
    expect(await withPassphrase('a good passphrase').probe()).toEqual({ works: true })
    expect(await readdir(folder)).toEqual([])
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('keeps, replaces, gives back and removes; another store reads it too', async () => {
    const kept = withPassphrase('a good passphrase')
    expect([await kept.read(entry), await kept.has(entry), await kept.remove(entry)]).toEqual([
      null,
      false,
      false,
    ])
    await kept.save(entry, secret('first'))
    await kept.save(entry, secret('second'))
    const found = await withPassphrase('a good passphrase').read(entry)
    expect(found && reveal(found)).toBe('second')
    const file = join(folder, 'reader@db.example.com,5432,music.age')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect(await kept.remove(entry)).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })

  it('asks once, twice over for a new passphrase, and never without need', async () => {
    const asked: boolean[] = []
    const asking = store({
      askPassphrase: async ({ twice }) => {
        asked.push(twice)
        return secret('a good passphrase')
      },
    })
    expect(await asking.has(entry)).toBe(false)
    expect(await asking.remove(entry)).toBe(false)
    expect(asked).toEqual([])
    await asking.save(entry, secret('x'))
    await asking.read(entry)
    expect(asked).toEqual([true])
  })

  it('says that the passphrase is another one, and leaves the file', async () => {
    await withPassphrase('a good passphrase').save(entry, secret('x'))
    const wrong = withPassphrase('another passphrase')
    await expect(wrong.read(entry)).rejects.toMatchObject({ problem: { code: 'age-wrong-key' } })
    expect(await wrong.has(entry)).toBe(true)
  })

  it('says that there is nobody to ask, or that none was given', async () => {
    expect(await store().probe()).toMatchObject({ works: false, problem: { code: 'age-no-passphrase' } })
    const silent = store({ askPassphrase: async () => null })
    expect(await silent.probe()).toMatchObject({ works: false, problem: { code: 'age-no-passphrase' } })
  })

  it('says that a file is damaged, and that others could read it', async () => {
    await withPassphrase('a good passphrase').save(entry, secret('x'))
    const file = join(folder, ageFileOf(entry))
    await chmod(file, 0o644)
    const reading = withPassphrase('a good passphrase').read(entry)
    await expect(reading).rejects.toMatchObject({ problem: { code: 'file-readable-by-others' } })
    await chmod(file, 0o600)
    await writeFile(file, 'not age')
    const damaged = withPassphrase('a good passphrase').read(entry)
    await expect(damaged).rejects.toMatchObject({ problem: { code: 'age-wrong-key' } })
  })
})

describeWith(['age', 'age-keygen'])("Debian's age", () => {
  /** An identity file of age-keygen, and its public key. */
  async function keyPair(): Promise<{ identity: string; recipient: string }> {
    const identity = join(home, 'key.txt')
    await run('age-keygen', ['-o', identity])
    await chmod(identity, 0o600)
    const recipient = (await run('age-keygen', ['-y', identity])).stdout.trim()
    return { identity, recipient }
  }

  it('decrypts with the passphrase, by the command that is told, every printable character', async () => {
    const kept = withPassphrase('a good passphrase')
    await kept.save(entry, secret(everyPrintable))
    const output = join(home, 'decrypted')
    const terminal = openTerminal({
      command: 'sh',
      args: ['-c', `${kept.howToRead(entry)} > ${output} && echo decrypted`],
    })
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Enter passphrase')
    terminal.type('a good passphrase')
    terminal.press('enter')
    await terminal.waitFor(/^decrypted$/m)
    expect(await readFile(output, 'utf8')).toBe(everyPrintable)
  })

  it('decrypts with the identity, by the command that is told, for every name', async () => {
    const { identity, recipient } = await keyPair()
    const kept = store({ recipient, identity })
    expect(await kept.probe()).toEqual({ works: true })
    const hostile = { user: `it's "$(id)" \\`, host: '::1', port: 1, databases: ["'; DROP\n🎵%@:/*,"] }
    for (const named of [entry, { ...entry, databases: ['a', 'b'] }, hostile]) {
      await kept.save(named, secret(everyPrintable))
      const { stdout } = await run('sh', ['-c', kept.howToRead(named)])
      expect(stdout).toBe(everyPrintable)
      const found = await store({ recipient, identity }).read(named)
      expect(found && reveal(found)).toBe(everyPrintable)
    }
  })

  it('alone can read it where the identity is not here; who has saved it still knows it', async () => {
    const { identity, recipient } = await keyPair()
    const kept = store({ recipient })
    expect(await kept.probe()).toEqual({ works: true })
    expect(await readdir(folder)).toEqual([])
    await kept.save(entry, secret('only its owner'))
    const found = await kept.read(entry)
    expect(found && reveal(found)).toBe('only its owner')
    const later = store({ recipient })
    await expect(later.read(entry)).rejects.toMatchObject({ problem: { code: 'age-not-readable-here' } })
    expect(await later.has(entry)).toBe(true)
    const { stdout } = await run('age', ['-d', '-i', identity, join(folder, ageFileOf(entry))])
    expect(stdout).toBe('only its owner')
    // For its recipient alone: the canary's throw-away key is not in it.
    expect((await readFile(join(folder, ageFileOf(entry)), 'utf8')).length).toBeLessThan(500)
  })

  it('has other keys, which are refused with what to do', async () => {
    const { identity, recipient } = await keyPair()
    const other = join(home, 'other.txt')
    await run('age-keygen', ['-o', other])
    await chmod(other, 0o600)
    const empty = join(home, 'empty.txt')
    await writeFile(empty, '# nothing\n', { mode: 0o600 })
    await chmod(identity, 0o600)
    const privateKey = /AGE-SECRET-KEY-\S+/.exec(await readFile(identity, 'utf8'))?.[0] ?? ''
    const cases: readonly (readonly [Partial<AgeOptions>, string])[] = [
      [{ recipient: 'ssh-ed25519 AAAA' }, 'age-bad-recipient'],
      [{ recipient: privateKey }, 'age-bad-recipient'],
      [{ recipient, identity: other }, 'age-wrong-key'],
      [{ recipient, identity: empty }, 'age-bad-identity'],
      [{ recipient, identity: join(home, 'missing') }, 'age-no-identity'],
    ]
    for (const [options, code] of cases) {
      const probed = await store(options).probe()
      expect(probed).toMatchObject({ works: false, problem: { code } })
      expect(JSON.stringify(probed)).not.toContain(privateKey)
      await mkdir(folder, { recursive: true })
      expect(await readdir(folder)).toEqual([])
    }
  })
})

describe('ageFileOf', () => {
  it('never gives two entries the same name, and is the name of a file everywhere', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '@', ':', ',', '/', '%', '2', 'C', '*', '\n', '"') })
    const entries = fc.record({
      user: text,
      host: fc.constantFrom('h', '::1', '/tmp', 'h:1', 'h,1'),
      port: fc.constantFrom(1, 10),
      databases: fc.array(text, { minLength: 1, maxLength: 1 }),
    })
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        expect(ageFileOf(one) === ageFileOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
        expect(ageFileOf(one)).toMatch(/^[A-Za-z0-9_.,@%#+=~-]+\.age$/)
      }),
      { numRuns: 2000 },
    )
  })
})
