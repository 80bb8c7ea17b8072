import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProblemError } from '../../src/model/problem.ts'
import { saveFile } from '../../src/wizard/save-file.ts'

describe('a saved file', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'save-file-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is its owner’s alone, whatever the umask says', () => {
    const before = process.umask(0)
    try {
      const path = saveFile(folder, 'atlan.sql', 'BEGIN;\n')
      expect(path).toBe(join(folder, 'atlan.sql'))
      expect(readFileSync(path, 'utf8')).toBe('BEGIN;\n')
      expect(statSync(path).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(before)
    }
  })

  it('takes the place of no other: it gets a number', () => {
    writeFileSync(join(folder, 'atlan.sql'), 'mine')
    expect(saveFile(folder, 'atlan.sql', 'a')).toBe(join(folder, 'atlan-2.sql'))
    expect(saveFile(folder, 'atlan.sql', 'b')).toBe(join(folder, 'atlan-3.sql'))
    expect(readFileSync(join(folder, 'atlan.sql'), 'utf8')).toBe('mine')
    expect(readFileSync(join(folder, 'atlan-2.sql'), 'utf8')).toBe('a')
  })

  it('does not follow a link that somebody laid there', () => {
    const elsewhere = join(folder, 'elsewhere')
    symlinkSync(elsewhere, join(folder, 'atlan.sql'))
    expect(saveFile(folder, 'atlan.sql', 'a')).toBe(join(folder, 'atlan-2.sql'))
    expect(readdirSync(folder).toSorted()).toEqual(['atlan-2.sql', 'atlan.sql'])
  })

  it('makes the folder that was asked for', () => {
    expect(saveFile(join(folder, 'a', 'b'), 'x.md', '')).toBe(join(folder, 'a', 'b', 'x.md'))
  })

  it('says what to do where there is no folder and can be none', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    chmodSync(file, 0o400)
    let thrown: unknown
    try {
      saveFile(join(file, 'below'), 'x.md', 'text')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ProblemError)
    expect(thrown).toMatchObject({
      problem: {
        code: 'not-saved',
        message: expect.stringContaining('x.md'),
        next: expect.stringContaining('--out'),
      },
    })
  })
})
