import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DrivenTerminal, openTerminal, type TerminalOptions } from '../test/support/terminal.ts'
import {
  type BenchContext,
  type Measured,
  median,
  medianRatio,
  notMeasured,
  valuesInTurns,
} from './measure.ts'
import { program } from './support/program.ts'
import type { Warehouse } from './support/warehouse.ts'

const firstQuestion = 'Which tool shall see the database?'

/**
 * How long it takes until the wizard's first screen is on a terminal, side by side with an empty Node in one, and
 * with pgcli. The goal is for every start but the first one, which finds no compiled code of the one before.
 */
export async function measureFirstFrame(context: BenchContext): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'first-frame-'))
  const wizard = (env: Readonly<Record<string, string>>) =>
    milliseconds(
      { command: process.execPath, args: [program, 'postgresql://nobody@127.0.0.1:1/nothing'], env },
      terminal => terminal.waitFor(firstQuestion),
    )
  const kept = { XDG_CACHE_HOME: folder }
  try {
    await leaveOnce(kept)
    const times = await valuesInTurns(context.shortRounds, {
      empty: () =>
        milliseconds({ command: process.execPath, args: ['-e', '0'] }, terminal => terminal.waitForExit()),
      // Each with a home of its own, and so without a cache.
      first: () => wizard({}),
      later: () => wizard(kept),
    })
    const [ours, empty] = [Math.round(median(times.later)), Math.round(median(times.empty))]
    return [
      {
        id: 'start.first-frame',
        value: medianRatio(times.later, times.empty),
        note: `${ours} ms, ${empty} ms`,
      },
      {
        id: 'start.very-first',
        value: medianRatio(times.first, times.empty),
        note: `${Math.round(median(times.first))} ms: nothing compiled is kept yet`,
      },
      ...(await againstPgcli(await context.warehouse(18, context.tables / 100), context, () => wizard(kept))),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** pgcli with its own home and settings, from its second start on. */
async function againstPgcli(
  { server }: Warehouse,
  { shortRounds }: BenchContext,
  ours: () => Promise<number>,
): Promise<readonly Measured[]> {
  if (spawnSync('pgcli', ['--version'], { stdio: 'ignore' }).status !== 0)
    return notMeasured(['start.first-frame-pgcli'], 'no pgcli here (Debian package pgcli)')
  const home = mkdtempSync(join(tmpdir(), 'pgcli-home-'))
  try {
    const passfile = join(home, 'passfile')
    writeFileSync(passfile, `*:*:*:*:${server.adminPassword}\n`, { mode: 0o600 })
    const args = ['-h', server.host, '-p', String(server.port), '-U', server.adminUser, 'postgres']
    const pgcli = () =>
      milliseconds(
        { command: 'pgcli', args, env: { HOME: home, PGPASSFILE: passfile, PGSSLMODE: 'disable' } },
        terminal => terminal.waitFor(/postgres> *$/m),
      )
    await pgcli()
    const times = await valuesInTurns(Math.min(shortRounds, 7), { ours, pgcli })
    return [
      {
        id: 'start.first-frame-pgcli',
        value: medianRatio(times.ours, times.pgcli),
        note: `${Math.round(median(times.ours))} ms, ${Math.round(median(times.pgcli))} ms`,
      },
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** A start that is left in order: what was compiled is kept. */
async function leaveOnce(env: Readonly<Record<string, string>>): Promise<void> {
  await milliseconds({ command: process.execPath, args: [program], env }, async terminal => {
    await terminal.waitFor(firstQuestion)
    terminal.press('ctrl-c')
    await terminal.waitFor('Leave')
    terminal.press('ctrl-c')
    await terminal.waitForExit()
  })
}

async function milliseconds(
  options: TerminalOptions,
  until: (terminal: DrivenTerminal) => Promise<unknown>,
): Promise<number> {
  const begin = performance.now()
  const terminal = openTerminal({ ...options, cols: 120, rows: 40 })
  try {
    await until(terminal)
    return performance.now() - begin
  } finally {
    await terminal.close()
  }
}
