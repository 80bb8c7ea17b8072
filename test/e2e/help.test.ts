import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { connectors } from '../../src/connectors/connectors.ts'
import { openTerminal } from '../support/terminal.ts'
import { program, runProgram, stackTrace } from './program.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-help-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('--help and --version', () => {
  it('print and end with 0', async () => {
    const [help, version] = await Promise.all([runProgram(['--help']), runProgram(['--version'])])
    expect(version).toMatchObject({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/^Usage: pg-usher \[options] \[URL]/)
  })

  it.each(['--help', '--version'])(
    '%s loads parts of the program alone in which there is neither Ink nor pg nor zod',
    async flag => {
      const log = join(folder, `${flag}.log`)
      const hook = join(folder, 'hook.cjs')
      // Everything that require() or import() brings after this line, but for what Node has built in.
      writeFileSync(
        hook,
        `const { registerHooks } = require('node:module')
       const { appendFileSync } = require('node:fs')
       registerHooks({ load(url, context, next) {
         if (!url.startsWith('node:')) appendFileSync(process.env.LOADED, url + '\\n')
         return next(url, context)
       } })`,
      )
      const { code } = await runProgram([flag], { nodeArguments: ['--require', hook], env: { LOADED: log } })
      expect(code).toBe(0)
      const loaded = readFileSync(log, 'utf8').trim().split('\n')
      expect(loaded[0]).toMatch(/pg-usher\.cjs$/)
      for (const url of loaded)
        expect([
          url,
          /yoga|react-reconciler|sasl|ZodError/i.exec(readFileSync(new URL(url), 'utf8')),
        ]).toEqual([url, null])
    },
  )

  it('every command has its own help', async () => {
    const commands = ['demo', 'plan', 'apply', 'undo', 'rotate', 'secrets', 'connectors']
    const ends = await Promise.all(commands.map(command => runProgram([command, '--help'])))
    for (const [index, end] of ends.entries()) {
      expect(end).toMatchObject({ code: 0, stderr: '' })
      expect(end.stdout).toContain(`Usage: pg-usher ${commands[index]}`)
    }
  })
})

describe('bad usage', () => {
  it.each([
    [['aply'], "pg-usher: unknown command 'aply', did you mean 'apply'?"],
    [['--hots', 'db'], "pg-usher: unknown option '--hots'"],
    [['plan'], "pg-usher: required option '--answers <file>' not specified"],
    [['apply', '--answers', 'a.json', '--format', 'sql'], "pg-usher: unknown option '--format'"],
  ])('%j is said in a line, with 2 and without a stack', async (args, message) => {
    const end = await runProgram(args)
    expect(end.code).toBe(2)
    expect(end.stdout).toBe('')
    expect(end.stderr).toContain(message)
    expect(end.stderr).not.toMatch(stackTrace)
  })

  it('without a terminal the wizard names the way without one', async () => {
    for (const args of [[], ['postgresql://dba@localhost/postgres'], ['--answers', 'answers.json']]) {
      const end = await runProgram(args, { env: { TERM: 'xterm-256color' } })
      expect(end.code).toBe(2)
      expect(end.stdout).toBe('')
      expect(end.stderr).toContain('pg-usher apply --answers FILE --yes')
      expect(end.stderr).not.toMatch(stackTrace)
    }
  })
})

it.each(['dumb', 'unknown'])('in a terminal of TERM %s it does so too', async term => {
  const terminal = openTerminal({ command: process.execPath, args: [program], env: { TERM: term } })
  try {
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 2 })
    expect(terminal.screen()).toContain('TERM is')
    expect(terminal.screen()).toContain('pg-usher apply --answers FILE --yes')
    // Nothing that such a terminal could not show.
    expect(terminal.bytes()).not.toContain('\u001b')
  } finally {
    await terminal.close()
  }
})

describe('connectors', () => {
  it('lists the tools, what they need and when their pages were read', async () => {
    const end = await runProgram(['connectors'])
    expect(end).toMatchObject({ code: 0, stderr: '' })
    for (const { id, name, page } of connectors) {
      expect(end.stdout).toMatch(new RegExp(`^${id} +${name}$`, 'm'))
      expect(end.stdout).toContain(page.url)
      expect(end.stdout).toContain(page.readOn)
    }
  })

  it('as JSON', async () => {
    const end = await runProgram(['connectors', '--json'])
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(end.stdout).connectors.map((tool: { id: string }) => tool.id)).toEqual(
      connectors.map(tool => tool.id),
    )
  })
})

it('an old Node is told what is needed, not given a syntax error', async () => {
  const old = join(folder, 'old-node.cjs')
  writeFileSync(
    old,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.0' } })`,
  )
  const end = await runProgram(['--help'], { nodeArguments: ['--require', old] })
  expect(end.code).toBe(2)
  expect(end.stderr).toContain('pg-usher needs Node.js 22.12 or later; this is 20.20.0')
})
