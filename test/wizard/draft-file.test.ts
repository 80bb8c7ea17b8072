import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '../../src/steps/step.ts'
import { createDraftKeeper, keptDrafts } from '../../src/wizard/draft-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-draft-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const draft: Draft = {
  tool: 'atlan',
  server: { host: 'db.internal', port: 5432, database: 'shop', user: 'dba', tls: 'prefer' },
}

/** What a wizard has left whose process has gone. */
async function left(name: string, at: string, more: object = {}): Promise<void> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await new Promise(resolve => child.once('exit', resolve))
  const { hostname } = await import('node:os')
  const gone = { host: hostname(), pid: child.pid, began: '1' }
  const kept = { version: 1, at, process: gone, step: 'schemas', draft, ...more }
  writeFileSync(join(folder, name), JSON.stringify(kept), { mode: 0o600 })
}

describe('answers that were kept', () => {
  it('are there until those of the wizard that goes on with them are on the disk', async () => {
    await left('draft-1.json', '2026-11-30T09:00:00.000Z')
    const [kept] = await keptDrafts(folder)
    if (kept === undefined) throw new Error('nothing is offered')
    const drafts = createDraftKeeper(folder, kept)
    // Killed here, the next start offers them again.
    expect(readdirSync(folder)).toEqual(['draft-1.json'])
    drafts.keep(kept)
    expect(readdirSync(folder)).toEqual(['draft-1.json'])
    // Hung up on before anything was changed.
    drafts.flush()
    const [own = '', ...others] = readdirSync(folder)
    expect(others).toEqual([])
    expect(own).not.toBe('draft-1.json')
    expect(JSON.parse(readFileSync(join(folder, own), 'utf8'))).toMatchObject({ step: 'schemas', draft })
    drafts.forget()
    expect(readdirSync(folder)).toEqual([])
  })

  it('are written by themselves where nobody is told to, and stay where they cannot be', async () => {
    await left('draft-1.json', '2026-11-30T09:00:00.000Z')
    const [kept = null] = await keptDrafts(folder)
    const drafts = createDraftKeeper(folder, kept)
    if (kept !== null) drafts.keep(kept)
    await vi.waitFor(() => expect(readdirSync(folder)).not.toContain('draft-1.json'), { timeout: 60_000 })
    expect(readdirSync(folder)).toHaveLength(1)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'no folder')
    const failing = createDraftKeeper(folder)
    failing.keep({ step: 'schemas', reached: 'schemas', draft })
    failing.flush()
    expect(readFileSync(folder, 'utf8')).toBe('no folder')
  })

  it('come newest first, with where they were left and with an apply that was taken back', async () => {
    await left('draft-1.json', '2026-11-30T09:00:00.000Z')
    await left('draft-2.json', '2026-11-30T10:00:00.000Z', {
      reached: 'review',
      takenBack: '2026-11-30T09:07:00.000Z',
    })
    expect(await keptDrafts(folder)).toMatchObject([
      {
        at: '2026-11-30T10:00:00.000Z',
        step: 'schemas',
        reached: 'review',
        takenBack: '2026-11-30T09:07:00.000Z',
      },
      { at: '2026-11-30T09:00:00.000Z', step: 'schemas', reached: 'schemas', takenBack: null },
    ])
  })
})
