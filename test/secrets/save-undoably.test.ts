import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { saveUndoably } from '../../src/secrets/save-undoably.ts'

const entry = { user: 'reader', host: 'h', port: 5432, databases: ['music', 'shop'] }

let path: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'undo-'))
  path = join(folder, 'pass')
  return () => rm(folder, { recursive: true, force: true })
})

describe('saveUndoably', () => {
  it.each([
    ['nothing', '# mine\n*:*:*:*:w\n'],
    ['an older password', '# mine\nh:5432:music:reader:old\nh:5432:shop:reader:old\n*:*:*:*:w\n'],
  ])('saves, and brings back that there was %s', async (_, text) => {
    await writeFile(path, text, { mode: 0o600 })
    const store = createPassfileStore({ path, platform: 'linux' })
    const undo = await saveUndoably(store, entry, secret('new'))
    expect(await readFile(path, 'utf8')).toBe(
      '# mine\nh:5432:music:reader:new\nh:5432:shop:reader:new\n*:*:*:*:w\n',
    )
    await undo()
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('leaves what was there when it cannot save', async () => {
    const text = '# mine\nh:5432:music:reader:old\nh:5432:shop:reader:old\n'
    await writeFile(path, text, { mode: 0o600 })
    const store = createPassfileStore({ path, platform: 'linux' })
    await expect(saveUndoably(store, entry, secret('a\nb'))).rejects.toMatchObject({
      problem: { code: 'passfile-cannot-hold' },
    })
    expect(await readFile(path, 'utf8')).toBe(text)
  })
})
