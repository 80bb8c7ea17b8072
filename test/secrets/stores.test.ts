import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { keyPairStoreFor, type StoreContext, secretStoreFor, storeContext } from '../../src/secrets/stores.ts'

const context: StoreContext = {
  user: 'dba',
  platform: 'linux',
  environment: {},
  home: '/home/dba',
  terminal: true,
}

describe('secretStoreFor', () => {
  it.each([
    [{ store: 'keychain' }, 'the keychain of dba'],
    [{ store: 'passfile', path: '/srv/pass' }, '/srv/pass'],
    [{ store: 'pass' }, 'the password store /home/dba/.password-store (pass)'],
    [{ store: 'age', folder: '/srv/age' }, '/srv/age (age)'],
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

describe('keyPairStoreFor', () => {
  it('is where the tools of AWS look', async () => {
    expect(await keyPairStoreFor(context)).toMatchObject({
      kind: 'aws-credentials',
      place: '/home/dba/.aws/credentials',
    })
    const elsewhere = { ...context, environment: { AWS_SHARED_CREDENTIALS_FILE: '/srv/aws' } }
    const store = await keyPairStoreFor(elsewhere)
    expect(store.howToRead({ profile: 'atlan' })).toContain('AWS_SHARED_CREDENTIALS_FILE=/srv/aws')
  })
})

describe('storeContext', () => {
  it('is of this process', () => {
    expect(storeContext(false)).toMatchObject({ user: userInfo().username, terminal: false })
  })
})
