import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTerminal } from '../support/terminal.ts'
import { startPausingProxy } from './pausing-proxy.ts'
import { program, startProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene({
    settings: {
      shared_preload_libraries: 'pg_stat_statements,auto_explain,passwordcheck',
      log_statement: 'all',
      log_min_duration_statement: '0',
      log_duration: 'on',
      log_error_verbosity: 'verbose',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_nested_statements': 'on',
      'auto_explain.log_verbose': 'on',
      'pg_stat_statements.track_utility': 'on',
    },
  })
  await scene.server.sql('create extension pg_stat_statements')
})
afterAll(() => scene.end())
beforeEach(async () => {
  rmSync(scene.passfile, { force: true })
  rmSync(join(scene.folder, '.local'), { recursive: true, force: true })
  for (const role of ['atlan_user', 'atlan_user_role']) {
    const [found] = await scene.server.sql('select from pg_roles where rolname = $1', 'postgres', [role])
    if (found === undefined) continue
    for (const database of ['music_store', 'warehouse', 'postgres'])
      await scene.server.sql(`drop owned by ${role}`, database)
    await scene.server.sql(`drop role ${role}`)
  }
})

/** Every file below a folder, as bytes, but for the passfile itself. */
function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(folder, { recursive: true }).map(String)
  return new Map(
    names
      .map(name => join(folder, name))
      .filter(path => path !== scene.passfile && statSync(path).isFile())
      .map(path => [path, readFileSync(path)]),
  )
}

/** The files in which any of these stands. */
function holding(secrets: readonly string[]): readonly string[] {
  return [...filesBelow(scene.folder)]
    .filter(([, contents]) => secrets.some(secret => contents.includes(secret)))
    .map(([path]) => path)
}

/** What a server stores of the login. */
const verifierOf = async () =>
  String(
    (await scene.server.sql("select rolpassword from pg_authid where rolname = 'atlan_user'"))[0]?.[
      'rolpassword'
    ],
  )

describe('a secret, searched for wherever it could be', () => {
  it('is in no file, no output, no log of the server and no statistics after an apply', async () => {
    const answers = scene.save('answers.json', scene.answers())
    const running = startProgram(['apply', '--answers', answers, '--yes', '--json', '--out', scene.folder], {
      env: scene.env,
    })
    const end = await running.end
    expect(end.code).toBe(0)
    const secrets = [scene.storedPassword('atlan_user'), scene.server.adminPassword, await verifierOf()]
    for (const secret of secrets) expect(end.raw).not.toContain(secret)
    // The receipt, the ledger, the index and what is remembered are there, and hold none.
    const names = [...filesBelow(scene.folder).keys()].join('\n')
    for (const part of ['pg-usher-atlan', 'ledger-', '/secrets/']) expect(names).toContain(part)
    expect(holding(secrets)).toEqual([])

    const log = await scene.server.log()
    expect(log).toContain('ALTER ROLE atlan_user')
    const statements = await scene.server.sql('select query from pg_stat_statements')
    expect(statements.length).toBeGreaterThan(20)
    for (const secret of secrets) {
      expect(log).not.toContain(secret)
      expect(JSON.stringify(statements)).not.toContain(secret)
    }
  })

  it('is not in arguments, variables and journal while it runs, nor in a report or a core dump of it', async () => {
    const proxy = await startPausingProxy(scene.server.port)
    const answers = scene.answers()
    const path = scene.save('answers.json', { ...answers, server: { ...answers.server, port: proxy.port } })
    const cores = join(scene.folder, 'cores')
    mkdirSync(cores, { recursive: true })
    // As an administrator would who looks into a crash: all that Node.js and the kernel have to offer.
    const report = ['--report-on-signal', '--report-on-fatalerror', `--report-directory=${cores}`]
    const child = spawn(
      'sh',
      ['-c', 'ulimit -c unlimited; exec "$@"', 'sh', process.execPath, ...report, program].concat([
        'apply',
        '--answers',
        path,
        '--yes',
        '--out',
        scene.folder,
      ]),
      { cwd: cores, env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...scene.env }, stdio: 'ignore' },
    )
    const ended = once(child, 'exit')
    try {
      // Each rehearsal of a database makes the login once; the third time is the apply: the password is stored.
      await proxy.pauseAt('CREATE ROLE atlan_user NOLOGIN', 3)
      const password = scene.storedPassword('atlan_user')
      const proc = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8')
      expect(proc('cmdline')).not.toContain(password)
      expect(proc('environ')).not.toContain(password)
      const journals = [...filesBelow(scene.folder).keys()].filter(name => name.includes('journal-'))
      expect(journals).toHaveLength(1)
      expect(holding([password, scene.server.adminPassword])).toEqual([])

      process.kill(child.pid ?? 0, 'SIGUSR2')
      const reports = () => readdirSync(cores).filter(name => name.startsWith('report.'))
      await expect
        .poll(() => reports().some(name => isWhole(join(cores, name))), { timeout: 60_000 })
        .toBe(true)
      expect(holding([password, scene.server.adminPassword])).toEqual([])

      if (process.platform === 'linux') expect(proc('coredump_filter')).toBe('00000000\n')
      process.kill(child.pid ?? 0, 'SIGABRT')
      await ended
      // Where the kernel hands core dumps to a program instead, there is none to search.
      const isFile = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').startsWith('core')
      const dumped = readdirSync(cores).filter(name => name.startsWith('core'))
      expect(dumped.length > 0).toBe(isFile)
      expect(holding([password, scene.server.adminPassword])).toEqual([])
    } finally {
      child.kill('SIGKILL')
      await proxy.close()
    }
  })

  it.each([
    ['a URL', (password: string) => `postgresql://x:${password}@127.0.0.1:1/x`],
    ['a URL, with a slash', (password: string) => `postgresql://x:/${password}@127.0.0.1:1/x`],
    ['a connection string', (password: string) => `host=127.0.0.1 port=1 password=${password}`],
  ])(
    'that was typed into the command line, as %s, is in no list of processes and no report',
    async (_, typed) => {
      const password = 'typed-Into-7-the-shell'
      const reports = mkdtempSync(join(scene.folder, 'reports-'))
      const report = ['--report-on-signal', '--report-on-fatalerror', '--report-uncaught-exception']
      const terminal = openTerminal({
        command: process.execPath,
        args: [...report, `--report-directory=${reports}`, program, typed(password)],
      })
      try {
        await terminal.waitFor('Which tool')
        process.kill(terminal.pid, 'SIGUSR2')
        expect(readFileSync(`/proc/${terminal.pid}/cmdline`, 'utf8')).not.toContain(password)
        terminal.press('ctrl-c', 'ctrl-c')
        await terminal.waitForExit()
        // Written by then, had there been one: a report is written before anything else is done.
        for (const name of readdirSync(reports))
          expect(readFileSync(join(reports, name), 'utf8')).not.toContain(password)
        expect(terminal.bytes()).not.toContain(password)
      } finally {
        await terminal.close()
      }
    },
  )
})

/** A report is written bit by bit. */
function isWhole(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return true
  } catch {
    return false
  }
}
