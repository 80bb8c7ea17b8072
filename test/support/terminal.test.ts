import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal, type TerminalOptions } from './terminal.ts'

const opened: DrivenTerminal[] = []
const open = (options: TerminalOptions) => {
  const terminal = openTerminal(options)
  opened.push(terminal)
  return terminal
}
const shell = (script: string, options: Partial<TerminalOptions> = {}) =>
  open({ command: 'sh', args: ['-c', script], ...options })
/** Node without its own line editing: raw keys in, text out. */
const node = (script: string) => open({ command: process.execPath, args: ['-e', script] })

afterEach(async () => {
  await Promise.all(opened.splice(0).map(terminal => terminal.close()))
})

describe('a driven terminal', () => {
  it('shows what a program echoes', async () => {
    const terminal = open({ command: 'cat' })
    terminal.type('hello')
    terminal.press('enter')
    await terminal.waitFor('hello\nhello')
    terminal.press('ctrl-d')
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0 })
  })

  it('gives the exit status and the last words', async () => {
    const terminal = shell('echo last words; exit 7')
    expect(await terminal.waitForExit()).toEqual({ exitCode: 7, signal: 0 })
    expect(terminal.screen()).toBe('last words')
  })

  it('gives the signal that ended it', async () => {
    expect(await shell('kill -TERM $$').waitForExit()).toMatchObject({ signal: 15 })
  })

  it('passes on only the environment that it names', async () => {
    const terminal = shell('env | cut -d= -f1 | sort | tr "\\n" " "', {
      env: { PGHOST: 'db', LANG: undefined },
    })
    await terminal.waitForExit()
    const names = terminal
      .screen()
      .split(' ')
      .filter(name => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))
    expect(names.filter(name => name !== '')).toEqual(['HOME', 'PATH', 'PGHOST', 'TERM'])
  })

  it('sends several keys in one packet', async () => {
    const terminal = node(`
      process.stdin.setRawMode(true)
      process.stdin.on('data', data => { console.log(JSON.stringify(String(data))); process.exit() })
      console.log('ready')`)
    await terminal.waitFor('ready')
    terminal.press('down', 'down', 'space', 'ctrl-c')
    await terminal.waitForExit()
    expect(terminal.screen()).toContain(JSON.stringify('\x1b[B\x1b[B \x03'))
  })

  it('answers where its cursor is, as terminals do', async () => {
    const terminal = node(`
      process.stdin.setRawMode(true)
      process.stdin.on('data', data => { console.log(JSON.stringify(String(data))); process.exit() })
      process.stdout.write('ab\\x1b[6n')`)
    await terminal.waitForExit()
    expect(terminal.screen()).toContain(JSON.stringify('\x1b[1;3R'))
  })

  it('keeps the alternate screen and the scrollback apart, and tells what was not put back', async () => {
    const terminal = shell(`
      echo before
      printf '\\033[?1049h\\033[?25l\\033[?2004hinside'; read -r line
      printf '\\033[?1049l\\033[?25h'; echo after`)
    await terminal.waitFor('inside')
    expect(terminal.modes()).toMatchObject({
      alternateScreen: true,
      cursorVisible: false,
      bracketedPaste: true,
    })
    expect(terminal.screen()).not.toContain('before')
    terminal.press('enter')
    await terminal.waitForExit()
    expect(terminal.modes()).toMatchObject({
      alternateScreen: false,
      cursorVisible: true,
      bracketedPaste: true,
    })
    expect(terminal.scrollback()).toBe('before\nafter')
  })

  it('remembers what scrolled off', async () => {
    const terminal = shell('seq 1 100', { rows: 10 })
    await terminal.waitForExit()
    expect(terminal.scrollback().split('\n')).toHaveLength(100)
    expect(terminal.screen().split('\n')).toEqual(['92', '93', '94', '95', '96', '97', '98', '99', '100'])
  })

  it('tells the program its size, and a new one', async () => {
    const terminal = shell(`trap 'stty size; exit' WINCH; stty size; while :; do read -r line; done`, {
      cols: 60,
      rows: 16,
    })
    await terminal.waitFor('16 60')
    terminal.resize(100, 40)
    await terminal.waitFor('40 100')
  })

  it('gives colours and styles', async () => {
    const terminal = shell(`printf 'a\\033[1;31mred\\033[0;48;2;1;2;3mrgb\\033[0;7m \\033[0mz'`)
    await terminal.waitForExit()
    expect(terminal.styledScreen()[0]).toMatchObject([
      { text: 'a', column: 0, foreground: null, bold: false },
      { text: 'red', column: 1, foreground: 1, bold: true },
      { text: 'rgb', background: '#010203' },
      { text: ' ', inverse: true },
      { text: 'z', column: 8, width: 1, inverse: false },
    ])
  })

  it('says what it waited for and what was there instead', async () => {
    const running = shell('echo something else; read -r line')
    await running.waitFor('something else')
    await expect(running.waitFor('the answer', { timeout: 50 })).rejects.toThrow(
      /50 ms are over, waiting for "the answer"[\s\S]*something else/,
    )
    const ended = shell('echo too early')
    await expect(ended.waitFor(/never/)).rejects.toThrow(/The program ended[\s\S]*too early/)
  })

  it('hangs up as a closed window does', async () => {
    const terminal = node(`
      process.on('SIGHUP', () => process.exit(3))
      setInterval(() => {}, 1000)
      console.log('ready')`)
    await terminal.waitFor('ready')
    terminal.hangUp()
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 3 })
  })

  it('ends a program that will not go, and removes its home', async () => {
    const terminal = shell(`trap '' HUP; echo stubborn; while :; do sleep 1; done`)
    await terminal.waitFor('stubborn')
    await terminal.close()
    expect(() => process.kill(terminal.pid, 0)).toThrow(/ESRCH/)
    expect(existsSync(terminal.home)).toBe(false)
  })
})
