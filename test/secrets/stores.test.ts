import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type StoreContext, secretStoreFor, storeContext, storePlaces } from '../../src/secrets/stores.ts'

const context: StoreContext = {
  user: 'dba',
  platform: 'linux',
  environment: {},
  home: '/home/dba',
  terminal: true,
}
const viaSudo = { ...context, user: 'root', home: '/root', environment: { SUDO_USER: 'alice' } }

describe('storePlaces', () => {
  it('offers the keychain, then a passfile, then showing it once', async () => {
    const places = await storePlaces(context)
    expect(places.map(place => place.answer)).toEqual([
      { store: 'keychain' },
      { store: 'passfile', path: '/home/dba/.pgpass' },
      { store: 'show-once' },
    ])
    for (const place of places) expect(place.words).not.toHaveLength(0)
  })

  it('does not offer to show it where nobody sees it', async () => {
    const places = await storePlaces({ ...context, terminal: false })
    expect(places.map(place => place.answer.store)).toEqual(['keychain', 'passfile'])
  })

  it('says whose each is, and under sudo that the caller has another', async () => {
    const [keychain, passfile] = await storePlaces(viaSudo)
    expect(keychain?.words.join(' ')).toMatch(/The keychain of root.*keychain of alice is another/)
    expect(passfile?.words.join(' ')).toMatch(/\/root\/\.pgpass.*only root.*passfile of alice is another/)
    const own = await storePlaces({ ...context, environment: { SUDO_USER: 'dba' } })
    expect(JSON.stringify(own)).not.toContain('sudo')
  })

  it.each([
    ['darwin', 'The login keychain of dba'],
    ['win32', 'The Windows Credential Manager of dba'],
  ] as const)('uses the words of %s', async (platform, words) => {
    const [keychain] = await storePlaces({ ...context, platform })
    expect(keychain?.words.join()).toContain(words)
  })
})

describe('secretStoreFor', () => {
  it.each([
    [{ store: 'keychain' }, 'the keychain of dba'],
    [{ store: 'passfile', path: '/srv/pass' }, '/srv/pass'],
    [{ store: 'show-once' }, 'the memory of this program, until it ends'],
  ] as const)('%j', async (answer, place) => {
    const store = await secretStoreFor(answer, context)
    expect(store).toMatchObject({ kind: answer.store, place })
  })

  it('refuses to show a secret without a terminal', async () => {
    const refused = secretStoreFor({ store: 'show-once' }, { ...context, terminal: false })
    await expect(refused).rejects.toMatchObject({
      problem: { code: 'show-once-without-terminal', path: 'secret.store' },
    })
  })
})

describe('storeContext', () => {
  it('is of this process', () => {
    expect(storeContext(false)).toMatchObject({ user: userInfo().username, terminal: false })
  })
})
