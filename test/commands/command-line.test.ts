import { beforeEach, describe, expect, it } from 'vitest'
import { type Commands, runCommandLine } from '../../src/commands/support/command-line.ts'
import { exitCodes } from '../../src/model/exit-code.ts'

let out = ''
let err = ''
let called: [name: string, options: unknown][] = []
beforeEach(() => {
  out = ''
  err = ''
  called = []
})

const record = (name: string) => async (options: unknown) => {
  called.push([name, options])
  return exitCodes.doneUnproved
}
const commands: Commands = {
  wizard: record('wizard'),
  plan: record('plan'),
  apply: record('apply'),
  undo: record('undo'),
  verify: record('verify'),
  rotate: record('rotate'),
  secrets: record('secrets'),
  connectors: record('connectors'),
  demo: record('demo'),
}
const run = (...args: string[]) =>
  runCommandLine(args, '1.2.3', commands, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
  })

describe('the wizard', () => {
  it('opens without arguments', async () => {
    expect(await run()).toBe(exitCodes.doneUnproved)
    expect(called).toEqual([['wizard', { flags: {}, plain: false }]])
  })

  it.each(['postgresql://dba@db/music', 'postgres://db', 'host=db dbname=music'])(
    'takes %j as the server',
    async url => {
      await run(url)
      expect(called).toMatchObject([['wizard', { argument: url }]])
    },
  )

  it("takes psql's flags, -h being the host", async () => {
    await run(
      '-h',
      'db',
      '-p',
      '5433',
      '-d',
      'music',
      '-U',
      'dba',
      '--tls',
      'verify-full',
      '--service',
      'prod',
    )
    expect(called).toMatchObject([
      [
        'wizard',
        {
          flags: {
            host: 'db',
            port: '5433',
            database: 'music',
            user: 'dba',
            tls: 'verify-full',
            service: 'prod',
          },
        },
      ],
    ])
  })

  it('takes its options behind the URL too', async () => {
    await run('postgres://db', '--answers', 'a.json', '--out', 'dir', '--plain')
    expect(called).toMatchObject([
      ['wizard', { argument: 'postgres://db', answers: 'a.json', outDir: 'dir', plain: true }],
    ])
  })

  it('refuses a TLS mode that does not exist, naming those that do', async () => {
    expect(await run('--tls', 'allow')).toBe(exitCodes.badUsage)
    expect(err).toContain('disable, prefer, require, verify-ca, verify-full')
    expect(called).toEqual([])
  })
})

describe('what is no command', () => {
  it.each([
    ['aply', "unknown command 'aply', did you mean 'apply'?"],
    ['paln', "unknown command 'paln', did you mean 'plan'?"],
    ['connector', "unknown command 'connector', did you mean 'connectors'?"],
    ['DEMO', "unknown command 'DEMO', did you mean 'demo'?"],
    ['localhost', "unknown command 'localhost'\n"],
  ])('%s', async (typed, message) => {
    expect(await run(typed)).toBe(exitCodes.badUsage)
    expect(err).toContain(`pg-usher: ${message}`)
    expect(out).toBe('')
    expect(called).toEqual([])
  })

  it('a second argument', async () => {
    expect(await run('postgres://db', 'plan')).toBe(exitCodes.badUsage)
    expect(called).toEqual([])
  })
})

describe('subcommands', () => {
  it('plan prints SQL unless asked otherwise', async () => {
    await run('plan', '--answers', 'a.json')
    await run('plan', '--answers', 'a.json', '--format', 'markdown')
    expect(called).toEqual([
      ['plan', { answers: 'a.json', format: 'sql' }],
      ['plan', { answers: 'a.json', format: 'markdown' }],
    ])
  })

  it('apply asks and prints text unless told otherwise', async () => {
    await run('apply', '--answers', 'a.json')
    await run('apply', '--yes', '--json', '--out', 'dir', '--answers', 'a.json')
    await run('apply', '--deadline', '7.5', '--answers', 'a.json')
    expect(called).toEqual([
      ['apply', { answers: 'a.json', yes: false, json: false }],
      ['apply', { answers: 'a.json', yes: true, json: true, outDir: 'dir' }],
      ['apply', { answers: 'a.json', yes: false, json: false, deadline: 7500 }],
    ])
  })

  it('verify asks an administrator and prints text unless told otherwise', async () => {
    await run('verify', '--answers', 'a.json')
    await run('verify', '--as-user', '--json', '--answers', '-')
    expect(called).toEqual([
      ['verify', { answers: 'a.json', asUser: false, json: false }],
      ['verify', { answers: '-', asUser: true, json: true }],
    ])
  })

  it('demo lets Atlan in unless another tool is named', async () => {
    await run('demo')
    await run('demo', '--yes', '--tool', 'atlassian-analytics')
    expect(called).toEqual([
      ['demo', { yes: false, tool: 'atlan', iam: null }],
      ['demo', { yes: true, tool: 'atlassian-analytics', iam: null }],
    ])
  })

  it.each([
    [['plan'], "required option '--answers <file>' not specified"],
    [['apply'], "required option '--answers <file>' not specified"],
    [['verify'], "required option '--answers <file>' not specified"],
    [['plan', '--answers'], "option '--answers <file>' argument missing"],
    [['plan', '--answers', 'a', '--format', 'yaml'], 'Allowed choices are sql, json, markdown'],
    [['apply', '--answers', 'a', '--yess'], "unknown option '--yess'\n(Did you mean --yes?)"],
    [['apply', '--answers', 'a', '--deadline', '0'], 'Seconds, from 1 to 60.'],
    [['apply', '--answers', 'a', '--deadline', '61'], 'Seconds, from 1 to 60.'],
    [['apply', '--answers', 'a', '--deadline', '5s'], 'Seconds, from 1 to 60.'],
    [['connectors', 'atlan'], 'too many arguments'],
    [['demo', '--tool', 'looker'], 'Allowed choices are atlan, atlassian-analytics'],
    // An option of the wizard before a command is not that command's.
    [['--answers', 'a.json', 'plan'], "required option '--answers <file>' not specified"],
  ])('%j is bad usage', async (args, message) => {
    expect(await run(...args)).toBe(exitCodes.badUsage)
    expect(err).toContain(message)
    expect(err).toMatch(/^pg-usher: /)
    // To the help of the command that was meant.
    const command = args.find(arg => arg in commands)
    expect(err).toContain(`pg-usher ${command} --help shows how it is used.`)
    expect(called).toEqual([])
  })
})

describe('help and version', () => {
  it('--version prints the version alone', async () => {
    expect(await run('--version')).toBe(exitCodes.done)
    expect(out).toBe('1.2.3\n')
  })

  it('--help names every command, option and exit code', async () => {
    expect(await run('--help')).toBe(exitCodes.done)
    for (const command of Object.keys(commands).filter(name => name !== 'wizard'))
      expect(out).toContain(command)
    for (const code of Object.values(exitCodes)) expect(out).toMatch(new RegExp(`\\b${code} `))
    expect(err).toBe('')
  })

  it('help is --help, of the whole and of a command', async () => {
    expect(await run('help')).toBe(exitCodes.done)
    expect(out).toContain('Usage: pg-usher [options] [URL]')
    out = ''
    expect(await run('help', 'rotate')).toBe(exitCodes.done)
    expect(out).toContain('Usage: pg-usher rotate')
    expect([err, called]).toEqual(['', []])
  })

  it('a usage error of a command within a command points to its help', async () => {
    expect(await run('secrets', 'list', '--jsn')).toBe(exitCodes.badUsage)
    expect(err).toContain('pg-usher secrets list --help shows how it is used.')
  })

  it.each(['demo', 'plan', 'apply', 'verify', 'undo', 'rotate', 'secrets', 'connectors'])(
    '%s --help is its own',
    async command => {
      expect(await run(command, '--help')).toBe(exitCodes.done)
      expect(out).toContain(`pg-usher ${command}`)
      expect(called).toEqual([])
    },
  )
})
