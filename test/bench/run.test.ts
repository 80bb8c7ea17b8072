import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { allFigures } from '../../bench/figures.ts'
import type { Results } from '../../bench/results.ts'
import { isCi } from '../support/requires.ts'

const folder = mkdtempSync(join(tmpdir(), 'bench-run-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const root = join(import.meta.dirname, '..', '..')
const out = join(folder, 'results.json')

/** Runs the benchmark on a small catalogue, whatever its figures are. @throws Error where it fails */
async function measure(...args: readonly string[]): Promise<{ readonly printed: string; results: Results }> {
  const printed = await new Promise<string>((resolve, reject) => {
    const command = [join(root, 'bench', 'run.ts'), '--quick', '--out', out, ...args]
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      // 1 is a goal that was missed, as on a small catalogue some are.
      if (error !== null && error.code !== 1) reject(new Error(stderr))
      else resolve(stdout)
    })
  })
  return { printed, results: JSON.parse(readFileSync(out, 'utf8')) as Results }
}

/** pgcli is not there in CI; and a small catalogue may have no two such rows one below the other. */
const mayBeMissing = new Set(['start.first-frame-pgcli', 'drawing.move', 'drawing.scroll'])

function expectMeasured({ printed, results }: Awaited<ReturnType<typeof measure>>): void {
  for (const { id, title, value, verdict } of results.figures) {
    expect(printed).toContain(title)
    if (value === null) {
      expect(verdict, id).toBe('not measured')
      expect(isCi() && !mayBeMissing.has(id) ? id : null).toBeNull()
    } else expect(value, id).toBeGreaterThanOrEqual(0)
  }
}

if (isCi())
  it('the benchmark runs, and gives every figure', { timeout: 15 * 60_000, retry: 0 }, async () => {
    const found = await measure()
    expect(found.results.figures.map(({ id }) => id)).toEqual(allFigures.map(({ id }) => id))
    expect(found.results).toMatchObject({ tables: 1000, rounds: 1, node: process.version })
    expectMeasured(found)
  })
else
  it('the benchmark counts round trips', async () => {
    const found = await measure('--only', 'trips')
    expect(found.results.figures.map(({ id }) => id)).toEqual(
      allFigures.map(({ id }) => id).filter(id => id.startsWith('trips.')),
    )
    expectMeasured(found)
  })
