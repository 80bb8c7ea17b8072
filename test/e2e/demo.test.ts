import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import type { KeyName } from '../support/terminal-keys.ts'
import { program, type RunningProgram, stackTrace, startProgram } from './program.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-demo-test-'))
  // The server's account looks in, where the tests run as root.
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const demo = (...args: string[]): RunningProgram =>
  startProgram(['demo', ...args], { env: { TMPDIR: folder, HOME: folder } })

/** What looks like one of our passwords: 32 letters and digits. */
const passwordLike = /\b[A-Za-z0-9]{32}\b/

describe('demo without a terminal', () => {
  it.each([
    ['atlan', 'atlan_user', 'Atlan, PostgreSQL credential'],
    ['atlassian-analytics', 'atlassian_read_only_user', 'Atlassian Analytics, PostgreSQL data source'],
  ])('does the whole job for %s, prints it and leaves nothing', async (tool, login, form) => {
    const end = await demo('--tool', tool).end
    expect(end.code).toBe(0)
    const parts = ['Plan', 'Rehearsal', 'Applying', 'Proof', form, 'Still to do', 'Receipt']
    const places = parts.map(part => end.stdout.search(new RegExp(`^${part}`, 'm')))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(end.stdout).toContain(`CREATE ROLE ${login} NOLOGIN`)
    expect(end.stdout).toContain('logged in as the user')
    expect(end.stdout + end.stderr).not.toMatch(passwordLike)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops and removes all of it', async signal => {
    const running = demo('--yes')
    await running.shown('Rehearsing')
    running.kill(signal)
    const end = await running.end
    expect(end).toMatchObject({ code: 130, signal: null })
    expect(end.stderr).not.toMatch(stackTrace)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('demo of AWS IAM without a terminal', () => {
  it.each([
    ['user', 0, 'logged in as the user', 'AWS Access Key'],
    ['role', 5, 'Login: not provable from here', 'AWS Role ARN'],
  ])(
    'does the whole job with a %s on a stand-in, and nothing of the real AWS is asked',
    async (way, code, proof, field) => {
      const end = await startProgram(['demo', '--iam', way], {
        env: {
          TMPDIR: folder,
          HOME: folder,
          // A person's own: with any of these the SDK would go another way.
          AWS_PROFILE: 'production',
          AWS_ACCESS_KEY_ID: 'AKIAREALREALREALREAL',
          AWS_SECRET_ACCESS_KEY: 'a-real-secret',
          AWS_SESSION_TOKEN: 'a-real-token',
          AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
          AWS_REGION: 'us-west-2',
        },
      }).end
      expect(end).toMatchObject({ code })
      expect(end.stderr).toContain('AWS is a stand-in on this machine')
      expect(end.stderr).toContain('asked as arn:aws:iam::123456789012:user/dba')
      expect(end.stdout.replace(/\s+/g, ' ')).toContain(proof)
      expect(end.stdout).toContain(field)
      // As on RDS the administrator is no superuser: the login is made so that it locks nobody out, and has its price.
      const told = end.stdout.replace(/\s+/g, ' ')
      expect(told).toContain('CREATE ROLE usher_role_maker')
      expect(told).toContain('only a superuser can alter or drop it later')
      expect(told).toContain('Letting the login in by tokens of AWS IAM')
      // VALID UNTIL ends no login by a token, and nobody here can log in by a role.
      expect(told).not.toContain('how long the login is valid')
      expect(told.includes('Logging in as the new user')).toBe(way === 'user')
      expect(told.includes('Trying what the new user reaches, without logging in')).toBe(way === 'role')
      expect(told.includes('To read it:')).toBe(way === 'user')
      expect(end.stdout + end.stderr).not.toMatch(/AKIAREAL|a-real|us-west-2/)
      expect(readdirSync(folder)).toEqual([])
    },
  )

  it('is for Atlan alone', async () => {
    const end = await demo('--iam', '--tool', 'atlassian-analytics').end
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('--iam is for Atlan') })
  })
})

describe('demo in a terminal', () => {
  const inTerminal = async (use: (terminal: DrivenTerminal) => Promise<void>, ...args: string[]) => {
    const terminal = openTerminal({
      command: process.execPath,
      args: [program, 'demo', ...args],
      env: { TMPDIR: folder },
    })
    try {
      await use(terminal)
      await terminal.waitForExit()
      expect(terminal.bytes()).not.toMatch(stackTrace)
    } finally {
      await terminal.close()
    }
    expect(readdirSync(folder)).toEqual([])
  }

  it('with --yes asks nothing, and Ctrl-C ends it', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Rehearsing')
      terminal.press('ctrl-c')
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 130 })
    }, '--yes')
  })

  it('opens the wizard, and leaving it removes all', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Atlassian Analytics')
      terminal.press('ctrl-c')
      terminal.press('ctrl-c')
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 130 })
      expect(terminal.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true })
      expect(terminal.screen()).toContain('The demo is over')
    })
  })

  it.each([
    ['user', 'IAM User', /AWS Access Key +AKIA\d{16}/],
    ['role', 'IAM Role', /AWS Role ARN\s+arn:aws:iam::123456789012:role\/atlan-db-/],
  ] as const)(
    'with --iam %s walks through AWS, and says on every screen that it is a stand-in',
    async (way, authentication, field) => {
      await inTerminal(
        async terminal => {
          const onward = (...keys: KeyName[]) => {
            expect(terminal.screen()).toContain('demo: AWS is a stand-in')
            for (const key of keys) terminal.press(key)
          }
          await terminal.waitFor('Which tool')
          onward('enter')
          await terminal.waitFor('How do you reach')
          onward('enter')
          await terminal.waitFor('Enter goes on.')
          onward('enter')
          await terminal.waitFor('Where will Atlan find')
          onward('enter')
          await terminal.waitFor('atlan_user: free.')
          onward('enter')
          await terminal.waitFor('How does Atlan come to its tokens?')
          onward('enter')
          await terminal.waitFor('IAM authentication is off')
          expect(terminal.screen()).toContain('You are arn:aws:iam::123456789012:user/dba')
          onward('enter')
          await terminal.waitFor('Which schemas')
          onward('space', 'enter')
          await terminal.waitFor('Which tables')
          onward('space', 'enter')
          await terminal.waitFor('From which addresses')
          onward('enter')
          if (way === 'user') {
            await terminal.waitFor("Where is the access key's secret kept?")
            await terminal.waitFor('Plain text that only')
            onward('enter')
          }
          await terminal.waitFor('r rehearses it')
          while (!terminal.screen().includes('CREATE ROLE usher_role_maker')) {
            const page = terminal.screen()
            terminal.press('page-down')
            await terminal.waitFor(screen => screen !== page)
          }
          terminal.type('r')
          await terminal.waitFor('y applies the plan')
          await terminal.typeAlone('y')
          await terminal.waitFor('Enter shows the connection form')
          onward('enter')
          await terminal.waitFor('The connection form of Atlan')
          const screen = terminal.screen()
          expect(screen).toContain(authentication)
          // A long value goes on in the next row.
          expect(screen.replace(/\s+/g, '')).toMatch(new RegExp(field.source.replaceAll(/ \+|\\s\+| /g, '')))
          onward('enter')
          expect(await terminal.waitForExit()).toMatchObject({ exitCode: way === 'user' ? 0 : 5 })
          // The receipt and the key are gone with the demo.
          expect(terminal.screen()).toContain('The demo is over')
          expect(terminal.screen()).not.toMatch(/Receipt:|Password:|Access key:/)
        },
        '--iam',
        way,
      )
    },
  )

  it('removes all when its window is closed', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Atlassian Analytics')
      terminal.hangUp()
    })
  })
})
