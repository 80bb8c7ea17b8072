import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestServer } from '../test/support/server.ts'
import { openTerminal } from '../test/support/terminal.ts'
import type { Wizard } from '../test/support/wizard.ts'
import { driveWizard } from '../test/support/wizard-driver.ts'
import { type Measure, median } from './measure.ts'

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')
const columns = 120
const rows = 40
const moves = 20
const scrolls = 60

/** A tick of /proc/PID/stat, in milliseconds (sysconf(_SC_CLK_TCK) is 100 on Linux). */
const tick = 10

/**
 * What a key in a long list costs: bytes to the terminal for a move of the cursor, for a step that scrolls, and
 * for nothing; the program's CPU; the time from the key to its painting.
 * @param schema `database.schema` with far more tables than the screen has rows
 */
export async function measureDrawing(server: TestServer, schema: string): Promise<Measure[]> {
  const { host, port, adminUser, adminPassword } = server
  const [database = ''] = schema.split('.')
  const folder = mkdtempSync(join(tmpdir(), 'bench-drawing-'))
  const [passfile, state] = [join(folder, 'passfile'), join(folder, 'state')]
  writeFileSync(passfile, `*:*:*:*:${adminPassword}\n`, { mode: 0o600 })
  const terminal = openTerminal({
    command: process.execPath,
    args: [program, '-h', host, '-p', String(port), '-U', adminUser, '-d', database, '--out', folder],
    env: { PGPASSFILE: passfile, XDG_STATE_HOME: state },
    cols: columns,
    rows,
  })
  try {
    return await measureKeys(driveWizard(terminal, { out: folder, passfile, state }), schema)
  } finally {
    await terminal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureKeys(wizard: Wizard, schema: string): Promise<Measure[]> {
  await wizard.throughRoles()
  await wizard.chooseSchemas(schema)
  await wizard.waitFor('Which tables?')
  wizard.press('home')
  await wait(500)
  // The first move leaves the heading.
  await press(wizard)
  const moved = await inTurn(moves, () => press(wizard))
  for (let row = moves; row < rows; row += 1) await press(wizard)
  const cpu = cpuOf(wizard.pid)
  const scrolled = await inTurn(scrolls, () => press(wizard))
  const cpuPerKey = (cpuOf(wizard.pid) - cpu) / scrolls
  const before = bytes(wizard)
  await wait(3_000)
  const times = [...moved, ...scrolled].map(key => key.milliseconds).toSorted((one, other) => one - other)
  return [
    { name: 'drawing: a move', value: median(moved.map(key => key.bytes)), unit: 'bytes', atMost: 28 },
    {
      name: 'drawing: a scroll step',
      value: median(scrolled.map(key => key.bytes)),
      unit: 'bytes',
      atMost: 150,
    },
    { name: 'drawing: idle for 3 s', value: bytes(wizard) - before, unit: 'bytes', atMost: 0 },
    { name: 'drawing: CPU a key', value: cpuPerKey, unit: 'ms', atMost: 6 },
    {
      name: 'drawing: key to paint, p95',
      value: times[Math.floor(times.length * 0.95)] ?? Number.NaN,
      unit: 'ms',
      atMost: 16,
    },
  ]
}

async function press(wizard: Wizard): Promise<{ readonly bytes: number; readonly milliseconds: number }> {
  const [screen, written, begin] = [wizard.screen(), bytes(wizard), performance.now()]
  wizard.press('down')
  await wizard.waitFor(now => now !== screen)
  return { milliseconds: performance.now() - begin, bytes: bytes(wizard) - written }
}

async function inTurn<Result>(count: number, work: () => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let turn = 0; turn < count; turn += 1) results.push(await work())
  return results
}

function bytes(wizard: Wizard): number {
  return Buffer.byteLength(wizard.bytes())
}

/** The processor time of a process so far, in milliseconds: user and system (proc(5), fields 14 and 15). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tick
}
