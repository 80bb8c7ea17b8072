import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { nextOf, readReplaced } from '../../src/secrets/generations.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { saveUndoably } from '../../src/secrets/save-undoably.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'

const entry = { user: 'reader', host: 'h', port: 5432, databases: ['music', 'shop'] }

let path: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'undo-'))
  path = join(folder, 'pass')
  return () => rm(folder, { recursive: true, force: true })
})

describe('saveUndoably', () => {
  const saved = '# mine\nh:5432:music:reader:new\nh:5432:shop:reader:new\n*:*:*:*:w\n'

  it('saves, and brings back that there was nothing', async () => {
    const text = '# mine\n*:*:*:*:w\n'
    await writeFile(path, text, { mode: 0o600 })
    const store = createPassfileStore({ path, platform: 'linux' })
    const kept = await saveUndoably(store, entry, secret('new'), { replaces: false })
    expect(await readFile(path, 'utf8')).toBe(saved)
    await kept.promote({ proved: true })
    expect(await readFile(path, 'utf8')).toBe(saved)
    await kept.undo()
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('leaves what another run has stored in its place since', async () => {
    const store = createShowOnceStore()
    const kept = await saveUndoably(store, entry, secret('of the loser'), { replaces: false })
    expect(await kept.holds()).toBe(true)
    await store.save(entry, secret('of the winner'))
    expect(await kept.holds()).toBe(false)
    await kept.undo()
    expect(await store.read(entry).then(found => found && reveal(found))).toBe('of the winner')
  })

  it('keeps what it replaces in its place until it is promoted', async () => {
    const text = '# mine\nh:5432:music:reader:old\nh:5432:shop:reader:old\n*:*:*:*:w\n'
    await writeFile(path, text, { mode: 0o600 })
    const store = createPassfileStore({ path, platform: 'linux' })
    const first = await saveUndoably(store, entry, secret('new'), { replaces: true })
    expect(await store.read(entry).then(found => found && reveal(found))).toBe('old')
    expect(await readReplaced(store, entry).then(found => found && reveal(found))).toBe('old')
    await first.undo()
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readReplaced(store, entry)).toBeNull()

    const second = await saveUndoably(store, entry, secret('new'), { replaces: true })
    await second.promote({ proved: true })
    expect(await readFile(path, 'utf8')).toBe(saved)
    expect(await readReplaced(store, entry)).toBeNull()
  })

  it('takes one that was put in its place, and not yet taken from beside it, for no old one', async () => {
    const store = createPassfileStore({ path, platform: 'linux' })
    await store.save(entry, secret('new'))
    await store.save(nextOf(entry), secret('new'))
    expect(await readReplaced(store, entry)).toBeNull()
  })

  it('leaves what was there when it cannot save', async () => {
    const text = '# mine\nh:5432:music:reader:old\nh:5432:shop:reader:old\n'
    await writeFile(path, text, { mode: 0o600 })
    const store = createPassfileStore({ path, platform: 'linux' })
    await expect(saveUndoably(store, entry, secret('a\nb'), { replaces: true })).rejects.toMatchObject({
      problem: { code: 'passfile-cannot-hold' },
    })
    expect(await readFile(path, 'utf8')).toBe(text)
  })
})
