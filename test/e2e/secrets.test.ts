import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import type { SecretEntry } from '../../src/secrets/store.ts'
import { secretStoreFor, storeContext } from '../../src/secrets/stores.ts'
import { describeInCiWith, itInCi } from '../support/requires.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import { program, runProgram } from './program.ts'

const entry: SecretEntry = { user: 'atlan_user', host: 'db.example.com', port: 5432, databases: ['music'] }
const account = 'atlan_user@db.example.com:5432/music'
const value = 'Kx7pQ2mZ9rT4vW8yB3nC6dF1gH5jL0sA'

let home: string
let passfile: string
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'secrets-'))
  passfile = join(home, 'pass')
  await store(entry)
  return () => rmSync(home, { recursive: true, force: true })
})

/** As an apply stores it. */
async function store(which: SecretEntry): Promise<void> {
  const stateFolder = join(home, '.local', 'state', 'pg-usher')
  const kept = await secretStoreFor(
    { store: 'passfile', path: passfile },
    storeContext(true, { stateFolder }),
  )
  await kept.save(which, secret(value))
}

const run = (...args: string[]) => runProgram(['secrets', ...args], { env: { HOME: home } })

function inTerminal(...args: string[]): DrivenTerminal {
  const terminal = openTerminal({
    command: process.execPath,
    args: [program, 'secrets', ...args],
    env: { HOME: home },
  })
  onTestFinished(() => terminal.close())
  return terminal
}

describe('secrets list', () => {
  it('names each, its place and how to read it, and reads none', async () => {
    await store({ ...entry, user: 'other', databases: ['a', 'b'] })
    const end = await run('list')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain(`${account}\n  in ${passfile}, since 20`)
    expect(end.stdout).toContain('other@db.example.com:5432/*')
    expect(end.stdout).toContain(`PGPASSFILE=${passfile} psql`)
    expect(end.stdout).not.toContain(value)
    const { secrets } = JSON.parse((await run('list', '--json')).stdout)
    expect(secrets).toMatchObject([{ account, store: 'passfile', place: passfile }, {}])
  })

  it('has the command to read it in one piece, however long it is', async () => {
    const host = `${'a'.repeat(16)}.${'b'.repeat(12)}.eu-central-1.rds.amazonaws.com`
    expect(host).toHaveLength(60)
    await store({ ...entry, host })
    const { stdout } = await run('list')
    const line = stdout.split('\n').find(each => each.includes('PGPASSFILE=') && each.includes(host)) ?? ''
    expect(line.length).toBeGreaterThan(88)
    const { secrets } = JSON.parse((await run('list', '--json')).stdout)
    expect(secrets.map((each: { howToRead: string }) => each.howToRead)).toContain(line.trim())
  })

  it('says that there is none', async () => {
    const end = await runProgram(['secrets', 'list'], { env: { HOME: join(home, 'empty') } })
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining('No secret is noted') })
  })
})

describe('secrets show', () => {
  it('shows it on the alternate screen until a key, and leaves nothing', async () => {
    const terminal = inTerminal('show', account)
    await terminal.waitFor(value)
    expect(terminal.modes().alternateScreen).toBe(true)
    terminal.type('x')
    expect(await terminal.waitForExit()).toEqual({ exitCode: 0, signal: 0 })
    expect(terminal.scrollback()).not.toContain(value)
    expect(terminal.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hides it on %s too', async signal => {
    const terminal = inTerminal('show', 'atlan_user')
    await terminal.waitFor(value)
    process.kill(terminal.pid, signal)
    await terminal.waitForExit()
    expect(terminal.scrollback()).not.toContain(value)
    expect(terminal.modes().alternateScreen).toBe(false)
  })

  itInCi('hides it by itself after 30 seconds', { timeout: 90_000 }, async () => {
    const terminal = inTerminal('show', account)
    await terminal.waitFor(value)
    const shownAt = performance.now()
    expect(await terminal.waitForExit({ timeout: 60_000 })).toEqual({ exitCode: 0, signal: 0 })
    expect(performance.now() - shownAt).toBeGreaterThan(25_000)
    expect(terminal.scrollback()).not.toContain(value)
    expect(terminal.modes().alternateScreen).toBe(false)
  })

  it('is refused without a terminal, for an unknown account, and for several', async () => {
    const piped = await run('show', account)
    expect(piped).toMatchObject({ code: 2, stdout: '' })
    expect(piped.raw).not.toContain(value)
    expect((await run('show', 'nobody')).stderr).toContain('No secret of nobody')
    await store({ ...entry, user: 'atlan_user_2' })
    const several = await run('show', 'db.example.com')
    expect(several.code).toBe(2)
    expect(several.stderr).toContain('atlan_user_2@db.example.com:5432/music (passfile)')
  })

  it('says that it is not there any more', async () => {
    rmSync(passfile)
    const terminal = inTerminal('show', account)
    await terminal.waitForExit()
    expect(terminal.scrollback()).toContain('any more')
  })
})

describe('secrets copy', () => {
  const copied = (terminal: DrivenTerminal) =>
    terminal
      .bytes()
      .split('\u001b]52;c;')
      .slice(1)
      .map(part => Buffer.from(part.slice(0, part.indexOf('\u0007')), 'base64').toString('utf8'))

  it('says "sent", and sends a blank after it when told to end', async () => {
    const terminal = inTerminal('copy', account)
    await terminal.waitFor("Sent to your terminal's clipboard")
    expect(copied(terminal)).toEqual([value])
    terminal.press('ctrl-c')
    expect((await terminal.waitForExit()).exitCode).toBe(0)
    expect(copied(terminal)).toEqual([value, ' '])
    expect(terminal.scrollback()).not.toContain(value)
    expect(terminal.scrollback().toLowerCase()).not.toContain('copied')
  })

  itInCi('sends the blank by itself after 30 seconds', { timeout: 90_000 }, async () => {
    const terminal = inTerminal('copy', account)
    await terminal.waitFor("Sent to your terminal's clipboard")
    const sentAt = performance.now()
    expect(copied(terminal)).toEqual([value])
    await terminal.waitForExit({ timeout: 60_000 })
    expect(performance.now() - sentAt).toBeGreaterThan(25_000)
    expect(copied(terminal)).toEqual([value, ' '])
  })

  it('is refused without a terminal', async () => {
    const end = await run('copy', account)
    expect(end).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('secrets delete', () => {
  it('wants the name typed', async () => {
    const no = inTerminal('delete', account)
    await no.waitFor('Type atlan_user to delete it')
    no.type('yes\r')
    expect((await no.waitForExit()).exitCode).toBe(130)
    expect(readFileSync(passfile, 'utf8')).toContain(value)

    const yes = inTerminal('delete', account)
    await yes.waitFor('Type atlan_user to delete it')
    yes.type('atlan_user\r')
    expect((await yes.waitForExit()).exitCode).toBe(0)
    // Nothing else was in it, and we had made it.
    expect(existsSync(passfile)).toBe(false)
    expect((await run('list')).stdout).toContain('No secret is noted')
  })

  it('is refused where nobody can be asked', async () => {
    expect((await run('delete', account)).code).toBe(2)
    expect(readFileSync(passfile, 'utf8')).toContain(value)
  })
})

describe('secrets move', () => {
  const other = () => join(home, 'other')

  it('puts it into another passfile with a service, and only then out of the old one', async () => {
    const end = await run('move', account, '--to', 'passfile', '--file', other(), '--service', 'atlan')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(other(), 'utf8')).toContain(value)
    expect(existsSync(passfile)).toBe(false)
    expect(readFileSync(join(home, '.pg_service.conf'), 'utf8')).toBe(
      `[atlan]\nhost=db.example.com\nport=5432\ndbname=music\nuser=atlan_user\npassfile=${other()}\n`,
    )
    expect(end.stdout).toContain('psql service=atlan')
    expect((await run('list')).stdout).toContain(`in ${other()}`)
  })

  it('leaves it where it is when the new place does not take it', async () => {
    mkdirSync(other())
    const folder = await run('move', account, '--to', 'passfile', '--file', other())
    expect(folder.code).toBe(1)
    const foreign = join(home, 'foreign')
    writeFileSync(foreign, 'db.example.com:5432:music:atlan_user:another\n', { mode: 0o600 })
    const taken = await run('move', account, '--to', 'passfile', '--file', foreign)
    expect(taken.stderr).toContain('already')
    expect((await run('move', account, '--to', 'passfile', '--file', passfile)).code).toBe(2)
    expect((await run('move', account, '--to', 'age')).code).toBe(2)
    expect(readFileSync(foreign, 'utf8')).toContain('another')
    expect(readFileSync(passfile, 'utf8')).toContain(value)
  })

  it('asks for the passphrase of an age file twice, and for that of the way back once', async () => {
    const folder = join(home, 'age')
    const there = inTerminal('move', account, '--to', 'age', '--folder', folder)
    await there.waitFor('Passphrase for the age files')
    there.type('a good passphrase\r')
    await there.waitFor('Once more')
    there.type('a good passphrase\r')
    expect((await there.waitForExit()).exitCode).toBe(0)
    expect(there.bytes()).not.toContain('good passphrase')
    expect(existsSync(join(folder, 'atlan_user@db.example.com,5432,music.age'))).toBe(true)
    expect(existsSync(passfile)).toBe(false)

    const shown = inTerminal('show', account)
    await shown.waitFor('Passphrase for the age files')
    shown.type('a good passphrase\r')
    await shown.waitFor(value)
    shown.type('q')
    await shown.waitForExit()
    expect(shown.scrollback()).not.toContain(value)
  })
})

describe('a passphrase that is too short', () => {
  it('is refused for a new age file, as in the wizard', async () => {
    const folder = join(home, 'age')
    const terminal = inTerminal('move', account, '--to', 'age', '--folder', folder)
    await terminal.waitFor('Passphrase for the age files')
    terminal.type('too short\r')
    expect((await terminal.waitForExit()).exitCode).toBe(1)
    expect(terminal.scrollback()).toContain('At least 10 characters')
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
    expect(readFileSync(passfile, 'utf8')).toContain(value)
  })
})

describeInCiWith(['tmux'])('secrets copy in tmux', () => {
  it('goes through to the outer terminal, and stays in no paste buffer', async () => {
    const socket = `secrets-copy-${process.pid}`
    const terminal = openTerminal({
      command: 'tmux',
      args: ['-L', socket, '-f', '/dev/null', 'new-session', 'sh'],
      env: { HOME: home, SHELL: '/bin/sh', NODE: process.execPath, PROGRAM: program },
    })
    onTestFinished(() => terminal.close())
    terminal.type(
      `tmux -L ${socket} set -g allow-passthrough on; tmux -L ${socket} set -g set-clipboard on; "$NODE" "$PROGRAM" secrets copy atlan_user\n`,
    )
    await terminal.waitFor('Ctrl-C sends it now')
    const sent = Buffer.from(value).toString('base64')
    await terminal.waitFor(() => terminal.bytes().includes(`\u001b]52;c;${sent}`))
    terminal.press('ctrl-c')
    await terminal.waitFor('The blank was sent')
    await terminal.waitFor(() => terminal.bytes().includes('\u001b]52;c;IA=='))
    terminal.type(`tmux -L ${socket} list-buffers | wc -l | sed 's/^ */buffers-/'\n`)
    await terminal.waitFor(/buffers-\d/)
    expect(terminal.screen()).toContain('buffers-0')
    terminal.type(`tmux -L ${socket} kill-server\n`)
    await terminal.waitForExit()
  })
})

describeInCiWith(['screen'])('secrets copy in screen', () => {
  it('goes through to the outer terminal', async () => {
    const terminal = openTerminal({
      command: 'screen',
      args: ['-c', '/dev/null', 'sh'],
      env: { HOME: home, SHELL: '/bin/sh', SCREENDIR: screens(), NODE: process.execPath, PROGRAM: program },
    })
    onTestFinished(() => terminal.close())
    await terminal.waitFor(/^[#$]/m)
    terminal.type('"$NODE" "$PROGRAM" secrets copy atlan_user\n')
    await terminal.waitFor('Ctrl-C sends it now')
    const sent = Buffer.from(value).toString('base64')
    await terminal.waitFor(() => terminal.bytes().includes(`\u001b]52;c;${sent}\u0007`))
    terminal.press('ctrl-c')
    await terminal.waitFor('The blank was sent')
    expect(terminal.bytes()).toContain('\u001b]52;c;IA==\u0007')
    terminal.type('exit\n')
    await terminal.waitForExit()
  })

  function screens(): string {
    const folder = join(home, 'screens')
    mkdirSync(folder, { mode: 0o700 })
    return folder
  }
})
