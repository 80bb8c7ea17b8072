import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { ProblemError } from '../../src/model/problem.ts'
import { editPrivateFile } from '../../src/secrets/private-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replace-'))
  path = join(folder, 'file')
  return () => rm(folder, { recursive: true, force: true })
})

const write = (text: string, to = path) => writeFile(to, text, { mode: 0o600 })

describe('editPrivateFile', () => {
  it.each<[string, string | null, () => Promise<void>, string]>([
    ['was edited in place, to the same length', 'old', () => write('new'), 'new, ours'],
    ['was appended to', 'old', () => writeFile(path, '+', { flag: 'a' }), 'old+, ours'],
    ['was replaced', 'old', () => write('new', `${path}~`).then(() => rename(`${path}~`, path)), 'new, ours'],
    ['was removed', 'old', () => rm(path), ', ours'],
    ['was made', null, () => write('new'), 'new, ours'],
  ])('starts anew when the file %s after it was read', async (_, first, meddle, then) => {
    if (first !== null) await write(first)
    let asked = 0
    const changed = await editPrivateFile(path, async contents => {
      asked += 1
      // The first time it is only asked whether there is anything to change.
      if (asked === 2) await meddle()
      return Buffer.from(`${contents}, ours`)
    })
    expect([changed, asked]).toEqual([true, 3])
    expect(await readFile(path, 'utf8')).toBe(then)
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('gives up when another program does not stop, and leaves what that one wrote', async () => {
    await write('0')
    let asked = 0
    const editing = editPrivateFile(path, async () => {
      asked += 1
      await write(String(asked))
      return Buffer.from('ours')
    })
    await expect(editing).rejects.toMatchObject({ problem: { code: 'file-busy' } })
    expect(await readFile(path, 'utf8')).toBe(String(asked))
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('leaves no trace when the change itself fails', async () => {
    await write('old')
    let asked = 0
    const editing = editPrivateFile(path, () => {
      asked += 1
      if (asked === 2) throw new ProblemError({ code: 'of-the-change', message: 'No.' })
      return Buffer.from('ours')
    })
    await expect(editing).rejects.toMatchObject({ problem: { code: 'of-the-change' } })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('never lets a reader see half of it', async () => {
    const texts = ['a', 'b'].map(letter => letter.repeat(300_000))
    await write(texts[0] ?? '')
    let done = false
    const seen = new Set<string>()
    const reading = (async () => {
      while (!done) seen.add(await readFile(path, 'utf8'))
    })()
    for (let turn = 1; turn <= 20; turn += 1) {
      expect(await editPrivateFile(path, () => Buffer.from(texts[turn % 2] ?? ''))).toBe(true)
    }
    done = true
    await reading
    expect([...seen].filter(text => !texts.includes(text))).toEqual([])
    expect(seen.size).toBe(2)
  })
})
