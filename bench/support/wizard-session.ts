import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DrivenTerminal, openTerminal } from '../../test/support/terminal.ts'
import { administratorOf, answersFor } from './engine.ts'
import { peakMemory } from './peak-memory.ts'
import { program } from './program.ts'
import type { Warehouse } from './warehouse.ts'

/** What working the wizard once has cost. Times in milliseconds. */
export interface Session {
  /** From the start of the process to the end of reading all tables. */
  readonly loaded: number
  /** Moves while what else is said of the tables is still read in the background. */
  readonly movesMeanwhile: readonly Press[]
  readonly moves: readonly Press[]
  readonly scrolls: readonly Press[]
  readonly idleBytes: number
  readonly cpuPerKey: number
  /** Characters typed into the filter. */
  readonly filterKeys: readonly Press[]
  /** Megabytes, with all tables loaded and chosen. */
  readonly peak: number
  /** Megabytes, after all that moving and filtering. */
  readonly peakAtEnd: number
}

/** Fewer than a screen has, then enough to scroll. */
const moveCount = 20
const scrollCount = 100
const rows = 40

const filters = [
  'customer hist',
  'crm_01 order',
  'INV',
  'straße',
  '2025_07 !stg',
  'not there',
  'a',
  '*_audit',
  're:^ord.*\\d',
  'owner:bill',
  'size>10MB',
  'new:',
]

/** A tick of /proc/PID/stat, in milliseconds (sysconf(_SC_CLK_TCK) is 100 on Linux). */
const tick = 10

/** So long nothing is drawn or worked before something is measured: what is read in the background is drawn as well. */
const quietMs = 400

/** Chooses all schemas and all tables of the warehouse in the real wizard, moving about and filtering on the way. */
export function workWizard(warehouse: Warehouse): Promise<Session> {
  return withWizard(warehouse, async (terminal, began) => {
    await toTheTree(terminal, warehouse)
    terminal.type('a\r')
    await terminal.waitFor('Which tables?')
    await terminal.waitFor(screen => !screen.includes('reading'))
    const loaded = performance.now() - began
    terminal.press('home')
    await bytesIn(terminal, 50)
    const movesMeanwhile = await downAndUp(terminal)
    terminal.type('a')
    await quiet(terminal, warehouse)
    const peak = peakMemory(terminal.pid)
    terminal.type('n')
    await showAll(terminal, warehouse)
    // The first one leaves the heading.
    await press(terminal, '\x1b[B')
    const moved = await each(moveCount, () => press(terminal, '\x1b[B'))
    await each(rows - moveCount, () => press(terminal, '\x1b[B'))
    const before = processorTime(terminal.pid)
    const scrolled = await each(scrollCount, () => press(terminal, '\x1b[B'))
    const cpuPerKey = (processorTime(terminal.pid) - before) / scrollCount
    const idleBytes = await bytesIn(terminal, 3_000)
    const filterKeys: Press[] = []
    for (const filter of filters) {
      terminal.type('/\x15')
      await quiet(terminal, warehouse)
      for (const character of filter) filterKeys.push(await press(terminal, character))
      terminal.press('enter')
    }
    return {
      loaded,
      movesMeanwhile,
      moves: moved,
      scrolls: scrolled,
      idleBytes,
      cpuPerKey,
      filterKeys,
      peak,
      peakAtEnd: peakMemory(terminal.pid),
    }
  })
}

/** Between the first two rows: of headings there may be no more. */
async function downAndUp(terminal: DrivenTerminal): Promise<readonly Press[]> {
  const pairs = await each(moveCount / 2, async () => [
    await press(terminal, '\x1b[B'),
    await press(terminal, '\x1b[A'),
  ])
  return pairs.flat()
}

/** Shows all tables under their headings, which are folded otherwise: by a filter that all of them pass. */
async function showAll(terminal: DrivenTerminal, warehouse: Warehouse): Promise<void> {
  terminal.type('/!qqqq\r')
  terminal.press('home')
  await quiet(terminal, warehouse)
}

/** From the start of the process to the tree of schemas, in milliseconds. */
export function timeToTree(warehouse: Warehouse): Promise<number> {
  return withWizard(warehouse, async (terminal, began) => {
    await toTheTree(terminal, warehouse)
    return performance.now() - began
  })
}

/** What the tree is asked for has been answered: an Enter a screen, as soon as it is there. */
async function toTheTree(terminal: DrivenTerminal, { relations, database }: Warehouse): Promise<void> {
  for (const [seen, next] of [
    ['Which tool shall see the database?', '\r'],
    ['Connection  2/', '\r'],
    ['Connected:', '\r'],
    ['Address for the tool  3/', '\r'],
    ['Roles and sign-in  4/', '\r'],
  ] as const) {
    await terminal.waitFor(seen)
    terminal.write(next)
  }
  await terminal.waitFor('Which schemas may it see into?')
  const first = `${relations[0]?.schema} `
  // A thousand schemas are folded under their database.
  const folded = new RegExp(`▸ . ${database} +\\d`)
  await terminal.waitFor(screen =>
    screen.split('\n').some(row => (row.includes(first) && / tables?\b/.test(row)) || folded.test(row)),
  )
}

async function withWizard<T>(
  warehouse: Warehouse,
  work: (terminal: DrivenTerminal, began: number) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-wizard-'))
  const [passfile, answers] = [join(folder, 'passfile'), join(folder, 'answers.json')]
  writeFileSync(passfile, `*:*:*:*:${warehouse.server.adminPassword}\n`, { mode: 0o600 })
  const target = { ...administratorOf(warehouse), database: warehouse.database }
  writeFileSync(answers, JSON.stringify(answersFor(target, 'bench_login', warehouse.relations.slice(0, 1))))
  const began = performance.now()
  const terminal = openTerminal({
    command: process.execPath,
    args: [program, '--answers', answers, '--out', folder],
    env: { PGPASSFILE: passfile, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: cacheFolder() },
    cols: 120,
    rows,
  })
  try {
    const result = await work(terminal, began)
    // Left in order: what was compiled is kept for the next one.
    terminal.press('ctrl-c', 'ctrl-c')
    await terminal.waitForExit()
    return result
  } finally {
    await terminal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

let cache: string | undefined

/** Where compiled code is kept from one wizard to the next, as at home. */
function cacheFolder(): string {
  if (cache === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'bench-cache-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    cache = made
  }
  return cache
}

/** What a key has cost, until what it changes was painted. */
export interface Press {
  readonly bytes: number
  readonly milliseconds: number
  /** Whether the text below the list, which tells of the row, became another. */
  readonly saysMore: boolean
}

/** Presses a key and waits until what it changes is painted, all of it. */
async function press(terminal: DrivenTerminal, key: string): Promise<Press> {
  const before = textBelow(terminal)
  const { promise, resolve, reject } = Promise.withResolvers<Omit<Press, 'saysMore'>>()
  const late = setTimeout(() => reject(new Error(`a key was not answered:\n${terminal.screen()}`)), 10_000)
  let painted = ''
  const began = performance.now()
  const stop = terminal.onOutput(piece => {
    painted += piece.toString('latin1')
    // A large painting is marked as one; a small one comes in one piece.
    if (painted.startsWith('\x1b[?2026h') && !painted.endsWith('\x1b[?2026l')) return
    stop()
    clearTimeout(late)
    resolve({ bytes: painted.length, milliseconds: performance.now() - began })
  })
  terminal.write(key)
  const cost = await promise
  // Until it is on the emulator's screen too.
  await bytesIn(terminal, 10)
  return { ...cost, saysMore: textBelow(terminal) !== before }
}

function textBelow(terminal: DrivenTerminal): string {
  return terminal
    .screen()
    .split('\n')
    .slice(rows - 6)
    .join('\n')
}

/** Waits until for a while nothing has come, and neither the program nor the server has worked. */
async function quiet(terminal: DrivenTerminal, { server }: Warehouse): Promise<void> {
  for (;;) {
    const before = processorTime(terminal.pid)
    const bytes = await bytesIn(terminal, quietMs)
    const asked = await server.sql(
      "select from pg_stat_activity where application_name = 'pg-usher' and state = 'active'",
    )
    if (bytes === 0 && asked.length === 0 && processorTime(terminal.pid) - before <= tick) return
  }
}

async function bytesIn(terminal: DrivenTerminal, milliseconds: number): Promise<number> {
  let bytes = 0
  const stop = terminal.onOutput(piece => {
    bytes += piece.length
  })
  await new Promise(resolve => setTimeout(resolve, milliseconds))
  stop()
  return bytes
}

async function each<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (let turn = 0; turn < count; turn += 1) results.push(await work())
  return results
}

/** The processor time of a process so far, in milliseconds: user and system (proc(5), fields 14 and 15). */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tick
}
