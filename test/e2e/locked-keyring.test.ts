import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { moveSecret } from '../../src/commands/support/move-secret.ts'
import { secret } from '../../src/model/secret.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { secretStoreFor, storeContext } from '../../src/secrets/stores.ts'
import { gnupgPrograms, makeGnupgHome } from '../support/gnupg.ts'
import { type KeyringSession, keyringPrograms, startKeyringSession } from '../support/keyring.ts'
import { describeWith } from '../support/requires.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import { program, runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }
const account = 'reader@db.example.com:5432/music'
const value = 'Kx7pQ2mZ9rT4vW8yB3nC6dF1gH5jL0sA'

async function session(): Promise<KeyringSession> {
  const started = await startKeyringSession('unlocked')
  onTestFinished(() => started.stop())
  return started
}

function storeIn(
  environment: KeyringSession['environment'],
  store: 'keychain' | 'pass',
): Promise<SecretStore> {
  const home = environment['HOME'] ?? ''
  const stateFolder = join(home, '.local', 'state', 'pg-usher')
  return secretStoreFor({ store }, { ...storeContext(true, { stateFolder }), environment, home })
}

function inTerminal(env: Readonly<Record<string, string>>, ...args: string[]): DrivenTerminal {
  const terminal = openTerminal({ command: process.execPath, args: [program, ...args], env })
  onTestFinished(() => terminal.close())
  return terminal
}

/** What the keyring itself has. */
async function lookUp(environment: KeyringSession['environment'], of: string): Promise<string> {
  const args = ['lookup', 'service', 'pg-usher', 'account', of]
  const found = await promisify(execFile)('secret-tool', args, { env: environment }).catch(() => null)
  return found?.stdout.trim() ?? ''
}

describeWith(keyringPrograms)('a keyring that was locked after something was stored in it', () => {
  it('is said by show and delete, which does not forget the secret', async () => {
    const keyring = await session()
    await (await storeIn(keyring.environment, 'keychain')).save(entry, secret(value))
    await keyring.lock()

    const shown = inTerminal(keyring.environment, 'secrets', 'show', account)
    expect((await shown.waitForExit()).exitCode).toBe(1)
    expect(shown.scrollback()).toContain('The keychain is locked')
    expect(shown.scrollback()).not.toContain('any more')

    const deleted = inTerminal(keyring.environment, 'secrets', 'delete', account)
    await deleted.waitFor('Type reader to delete it')
    deleted.type('reader\r')
    expect((await deleted.waitForExit()).exitCode).toBe(1)
    expect(deleted.scrollback()).toContain('The keychain is locked')
    expect((await runProgram(['secrets', 'list'], { env: keyring.environment })).stdout).toContain(account)

    await keyring.unlock()
    expect(await lookUp(keyring.environment, account)).toBe(value)
    const again = inTerminal(keyring.environment, 'secrets', 'delete', account)
    await again.waitFor('Type reader to delete it')
    again.type('reader\r')
    expect((await again.waitForExit()).exitCode).toBe(0)
    expect(await lookUp(keyring.environment, account)).toBe('')
  })

  it('is in both places, and said to be, where it is locked in the middle of a move', async () => {
    const keyring = await session()
    const from = await storeIn(keyring.environment, 'keychain')
    await from.save(entry, secret(value))
    const path = join(keyring.environment['HOME'] ?? '', 'pass')
    const to = await secretStoreFor({ store: 'passfile', path }, storeContext(true))
    const locking: SecretStore = {
      ...from,
      remove: async which => {
        await keyring.lock()
        return from.remove(which)
      },
    }
    await expect(moveSecret(locking, to, entry)).rejects.toMatchObject({
      problem: { code: 'secret-in-both', message: expect.stringContaining('locked') },
    })
    expect(readFileSync(path, 'utf8')).toContain(value)
    await keyring.unlock()
    expect(await lookUp(keyring.environment, account)).toBe(value)
  })
})

describeWith(keyringPrograms)('an undo with a locked keyring', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await setScene()
  })
  afterAll(() => scene.end())

  it('takes back what is on the server, says that the password is left, and removes it the next time', async () => {
    const keyring = await session()
    const env = { ...scene.env, ...keyring.environment }
    const before = await scene.snapshot()
    const out = mkdtempSync(join(scene.folder, 'receipts-'))
    const answers = scene.save('answers.json', { ...scene.answers(), secret: { store: 'keychain' } })
    const applied = await runProgram(['apply', '--answers', answers, '--yes', '--out', out], { env })
    expect(applied).toMatchObject({ code: 0, stderr: '' })
    const receipt = join(out, readdirSync(out).find(name => name.endsWith('.md')) ?? '')
    const { stdout } = await runProgram(['secrets', 'list', '--json'], { env })
    const { secrets } = JSON.parse(stdout)
    expect(secrets).toHaveLength(1)
    const stored = await lookUp(keyring.environment, secrets[0].account)
    expect(stored).toMatch(/^[A-Za-z0-9]{32}$/)

    await keyring.lock()
    const broken = await runProgram(['undo', '--receipt', receipt, '--yes'], { env })
    expect(broken.code).toBe(3)
    expect(broken.stdout).not.toContain('nothing of it is there any more')
    expect(broken.stdout).toContain('The password in the keychain')
    expect(broken.stderr).toContain('The keychain is locked')
    expect(await scene.snapshot()).toEqual(before)
    const again = await runProgram(['undo', '--receipt', receipt, '--yes'], { env })
    expect(again.code).toBe(1)
    expect(again.stdout).not.toContain('nothing of it is there any more')

    await keyring.unlock()
    expect(await lookUp(keyring.environment, secrets[0].account)).toBe(stored)
    const done = await runProgram(['undo', '--receipt', receipt, '--yes'], { env })
    expect(done.code).toBe(0)
    expect(done.stderr).toMatch(
      /^Warning: an undo for atlan_user of .* was broken off; this goes on with it\.\n$/,
    )
    expect(await lookUp(keyring.environment, secrets[0].account)).toBe('')
    expect((await runProgram(['secrets', 'list'], { env })).stdout).toContain('No secret is noted')
  })
})

describeWith([...keyringPrograms, ...gnupgPrograms])('secrets move between a real keyring and pass', () => {
  it('moves, shows, refuses what is there already, and says what is gone', async () => {
    const keyring = await session()
    const gnupg = await makeGnupgHome()
    onTestFinished(() => gnupg.stop())
    const env = { ...gnupg.environment, ...keyring.environment, GNUPGHOME: gnupg.home }
    const passwords = { ...env, PASSWORD_STORE_DIR: join(gnupg.home, '.password-store') }
    await (await storeIn(passwords, 'keychain')).save(entry, secret(value))
    const move = (to: string) => runProgram(['secrets', 'move', account, '--to', to], { env: passwords })

    const there = await move('pass')
    expect(there).toMatchObject({ code: 0, stderr: '' })
    expect(await gnupg.run('pass', 'show', `pg-usher/${account}`)).toBe(`${value}\n`)
    expect(await lookUp(keyring.environment, account)).toBe('')
    const shown = inTerminal(passwords, 'secrets', 'show', account)
    await shown.waitFor(value)
    shown.type('q')
    await shown.waitForExit()

    // Somebody else has put one there meanwhile.
    const args = [
      '-c',
      'printf other | secret-tool store --label=x service pg-usher account "$1"',
      'sh',
      account,
    ]
    await promisify(execFile)('sh', args, { env: keyring.environment })
    const taken = await move('keychain')
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toContain('has a secret of reader already')
    expect(await lookUp(keyring.environment, account)).toBe('other')

    await gnupg.run('pass', 'rm', '--force', `pg-usher/${account}`)
    const gone = await move('keychain')
    expect(gone).toMatchObject({ code: 1, stdout: '' })
    expect(gone.stderr).toContain('There is no secret of reader in')
  })
})
