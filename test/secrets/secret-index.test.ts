import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { rememberedPlace, rememberPlace } from '../../src/secrets/remembered-place.ts'
import { forgetSecret, indexedSecrets, noteSecret } from '../../src/secrets/secret-index.ts'
import type { SecretEntry } from '../../src/secrets/store.ts'
import { secretStoreFor, storeContext } from '../../src/secrets/stores.ts'

const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'index-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

const inPassfile = () => ({ store: 'passfile' as const, path: join(folder, 'pass') })

describe('the index', () => {
  it('notes what a store stores, and forgets what it removes', async () => {
    const store = await secretStoreFor(inPassfile(), storeContext(true, { stateFolder: folder }))
    await store.save(entry, secret('Kx7pQ2mZ9rT4vW8y'))
    await store.save(entry, secret('Another-4-the-same'))
    const [noted, ...others] = await indexedSecrets(folder)
    expect(others).toEqual([])
    expect(noted).toMatchObject({
      account: 'reader@db.example.com:5432/music',
      entry,
      answer: inPassfile(),
    })
    const [name = ''] = readdirSync(join(folder, 'secrets'))
    expect(statSync(join(folder, 'secrets', name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(folder, 'secrets', name), 'utf8')).not.toMatch(/Kx7p|Another/)
    await store.remove(entry)
    expect(await indexedSecrets(folder)).toEqual([])
  })

  it('notes no canary, and nothing that is shown once', async () => {
    const context = storeContext(true, { stateFolder: folder })
    expect(await (await secretStoreFor(inPassfile(), context)).probe()).toEqual({ works: true })
    await (await secretStoreFor({ store: 'show-once' }, context)).save(entry, secret('x'))
    expect(await indexedSecrets(folder)).toEqual([])
  })

  it('keeps places and generations of one account apart', async () => {
    await noteSecret(folder, entry, { store: 'keychain' })
    await noteSecret(folder, entry, { store: 'pass' })
    await noteSecret(folder, { ...entry, generation: 'next' }, { store: 'pass' })
    await noteSecret(folder, { ...entry, databases: ['a', 'b'] }, { store: 'pass' })
    await noteSecret(folder, { ...entry, databases: ['b', 'c'] }, { store: 'pass' })
    expect(await indexedSecrets(folder)).toHaveLength(5)
    await forgetSecret(folder, entry, { store: 'pass' })
    const left = await indexedSecrets(folder)
    expect(left.map(({ account, answer }) => `${account} ${answer.store}`)).toEqual([
      'reader@db.example.com:5432/* pass',
      'reader@db.example.com:5432/* pass',
      'reader@db.example.com:5432/music keychain',
      'reader@db.example.com:5432/music#next pass',
    ])
  })

  it('takes 50 at once', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        noteSecret(folder, { ...entry, user: `reader ${at}` }, { store: 'pass' }),
      ),
    )
    expect(await indexedSecrets(folder)).toHaveLength(50)
  })

  it('passes over what is no note of ours', async () => {
    await noteSecret(folder, entry, { store: 'keychain' })
    writeFileSync(join(folder, 'secrets', 'torn.json'), '{"version":1,"entr')
    writeFileSync(join(folder, 'secrets', 'later.json'), '{"version":2}')
    writeFileSync(join(folder, 'secrets', 'note.txt'), 'mine')
    expect(await indexedSecrets(folder)).toHaveLength(1)
    expect(await indexedSecrets(join(folder, 'nowhere'))).toEqual([])
  })
})

describe('the place of the last time', () => {
  it('is remembered as it was chosen, and nothing else is', async () => {
    expect(await rememberedPlace(folder)).toBeNull()
    const place = { store: 'age', folder: '/srv/age', recipient: 'age1x' } as const
    rememberPlace(join(folder, 'state'), place)
    expect(await rememberedPlace(join(folder, 'state'))).toEqual(place)
    const [name = ''] = readdirSync(join(folder, 'state'))
    expect(statSync(join(folder, 'state', name)).mode & 0o777).toBe(0o600)
    writeFileSync(join(folder, 'state', name), '{"version":1,"secret":{"store":"cloud"}}')
    expect(await rememberedPlace(join(folder, 'state'))).toBeNull()
  })

  it('is no fault where it cannot be', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => rememberPlace(join(folder, 'file'), { store: 'pass' })).not.toThrow()
    expect(reveal(secret('still here'))).toBe('still here')
  })
})
