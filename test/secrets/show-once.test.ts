import { describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'

const entry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

describe('show once', () => {
  it('has the secret until it is removed', async () => {
    const store = createShowOnceStore()
    expect(await store.probe()).toEqual({ works: true })
    await store.save(entry, secret('pw'))
    const kept = await store.read(entry)
    expect(kept && reveal(kept)).toBe('pw')
    expect(await store.read({ ...entry, user: 'other' })).toBeNull()
    expect(await store.remove(entry)).toBe(true)
    expect(await store.remove(entry)).toBe(false)
    expect(await store.read(entry)).toBeNull()
  })

  it('shares nothing with another one, and prints nothing', async () => {
    const store = createShowOnceStore()
    await store.save(entry, secret('hunter2'))
    expect(await createShowOnceStore().read(entry)).toBeNull()
    expect(JSON.stringify(store) + store.howToRead(entry)).not.toContain('hunter2')
  })
})
