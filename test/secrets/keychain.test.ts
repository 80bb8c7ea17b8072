import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { shellQuote } from '../../src/model/shell-quote.ts'
import { createKeychainStore, type KeychainOptions } from '../../src/secrets/keychain.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import {
  type KeyringSession,
  type KeyringState,
  keyringPassword,
  keyringPrograms,
  startKeyringSession,
} from '../support/keyring.ts'
import { describeWith, itInCi } from '../support/requires.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const sourceWorker = join(root, 'src', 'secrets', 'keychain-worker.ts')
const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

function storeIn(session: KeyringSession, more: Partial<KeychainOptions> = {}): SecretStore {
  return createKeychainStore({ user: 'dba', platform: 'linux', environment: session.environment, ...more })
}

async function session(state: KeyringState): Promise<KeyringSession> {
  const started = await startKeyringSession(state)
  onTestFinished(() => started.stop())
  return started
}

describeWith(keyringPrograms)('the keychain, unlocked', () => {
  let keyring: KeyringSession
  beforeAll(async () => {
    keyring = await startKeyringSession('unlocked')
  })
  afterAll(() => keyring.stop())

  it('is proved by a canary that is gone afterwards', async () => {
    expect(await storeIn(keyring).probe()).toEqual({ works: true })
    const { stdout } = await run('secret-tool', ['search', '--all', 'service', 'pg-usher'], {
      env: keyring.environment,
    })
    expect(stdout).not.toContain('probe')
  })

  it('keeps, replaces, gives back and removes', async () => {
    const store = storeIn(keyring)
    expect(await store.read(entry)).toBeNull()
    await store.save(entry, secret('first'))
    await store.save(entry, secret('second'))
    const kept = await store.read(entry)
    expect(kept && reveal(kept)).toBe('second')
    expect(await store.remove(entry)).toBe(true)
    expect(await store.remove(entry)).toBe(false)
    expect(await store.read(entry)).toBeNull()
    expect(await store.has(entry)).toBe(false)
    const { stdout } = await run('secret-tool', ['search', '--all', 'service', 'pg-usher'], {
      env: keyring.environment,
    })
    expect(stdout).not.toContain('probe')
  })

  it.each([
    ['plain names', entry],
    ['several databases', { ...entry, databases: ['a', 'b'] }],
    [
      'hostile names',
      { user: `it's "$(id)" \\ \`x\``, host: '::1', port: 1, databases: ["'; DROP TABLE x; --\n🎵%@:/*"] },
    ],
  ])('is read by the command that it tells, for %s, with every printable character', async (_, named) => {
    const ascii = Array.from({ length: 95 }, (__, at) => String.fromCharCode(32 + at)).join('')
    const store = storeIn(keyring)
    await store.save(named, secret(`${ascii}äß€🎵`))
    const { stdout } = await run('sh', ['-c', store.howToRead(named)], { env: keyring.environment })
    expect(stdout.replace(/\n$/, '')).toBe(`${ascii}äß€🎵`)
    await store.remove(named)
  })

  it('refuses what it would cut short', async () => {
    const refused = expect.objectContaining({
      problem: expect.objectContaining({ code: 'secret-not-storable' }),
    })
    await expect(storeIn(keyring).save(entry, secret('a\0b'))).rejects.toEqual(refused)
    await expect(storeIn(keyring).save(entry, secret(''))).rejects.toEqual(refused)
    expect(await storeIn(keyring).read(entry)).toBeNull()
  })

  it('answers eight calls at once, each with its own', async () => {
    const store = storeIn(keyring)
    const entries = Array.from({ length: 8 }, (_, at) => ({ ...entry, user: `reader ${at}` }))
    await Promise.all(entries.map(each => store.save(each, secret(`secret of ${each.user}`))))
    const kept = await Promise.all(entries.map(each => store.read(each)))
    expect(kept.map(each => each && reveal(each))).toEqual(entries.map(each => `secret of ${each.user}`))
  })

  itInCi('takes 50 at once, and gives each its own back', async () => {
    const store = storeIn(keyring)
    const entries = Array.from({ length: 50 }, (_, at) => ({ ...entry, user: `of fifty, ${at}` }))
    await Promise.all(entries.map(each => store.save(each, secret(`secret of ${each.user}`))))
    const kept = await Promise.all(entries.map(each => store.read(each)))
    expect(kept.map(each => each && reveal(each))).toEqual(entries.map(each => `secret of ${each.user}`))
    expect(await Promise.all(entries.map(each => store.remove(each)))).toEqual(entries.map(() => true))
  })

  it('works through the worker of the built program', async () => {
    const workerPath = join(root, 'dist', 'keychain-worker.cjs')
    expect(await storeIn(keyring, { workerPath }).probe()).toEqual({ works: true })
  })
})

describeWith(keyringPrograms)('a keychain that does not work', () => {
  const failing: readonly (readonly [KeyringState, string])[] = [
    ['locked', 'keychain-locked'],
    ['no-login-keyring', 'keychain-no-login-keyring'],
    ['auto-activated', 'keychain-no-login-keyring'],
    ['no-provider', 'keychain-no-provider'],
    ['no-bus', 'keychain-no-dbus'],
  ]

  it.each(failing)('%s: the probe and the saving say so, and what to do', async (state, code) => {
    const store = storeIn(await session(state))
    const problem = expect.objectContaining({ code, next: expect.stringContaining('choose another place') })
    expect(await store.probe()).toEqual({ works: false, problem })
    await expect(store.save(entry, secret('x'))).rejects.toMatchObject({ problem: { code } })
  })

  it.each(failing)(
    '%s: reading, looking and removing say so, never that there is nothing',
    async (state, code) => {
      const store = storeIn(await session(state))
      await expect(store.read(entry)).rejects.toMatchObject({ problem: { code } })
      await expect(store.has(entry)).rejects.toMatchObject({ problem: { code } })
      await expect(store.remove(entry)).rejects.toMatchObject({ problem: { code } })
    },
  )

  it.each(['locked', 'no-login-keyring', 'auto-activated'] as const)(
    '%s: the command in the advice makes it work',
    async state => {
      const started = await session(state)
      const { environment } = started
      const store = storeIn(started)
      const probed = await store.probe()
      const command = probed.works ? '' : /`(read .*?)`(?= \()/.exec(probed.problem.next ?? '')?.[1]
      const shell = spawn('bash', ['-c', command ?? 'no command in the advice'], {
        env: environment,
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      shell.stdin.end(`${keyringPassword}\n`)
      await once(shell, 'exit')
      expect(await store.probe()).toEqual({ works: true })
    },
  )

  it('no-bus: a bus of its own, as the advice has it, makes it work', async () => {
    const { environment } = await session('no-bus')
    const probed = await createKeychainStore({ user: 'dba', platform: 'linux', environment }).probe()
    const next = probed.works ? '' : (probed.problem.next ?? '')
    const bus = /`(dbus-run-session .*?)`/.exec(next)?.[1] ?? 'no command in the advice'
    const unlock = /`(read .*?)`(?= \()/.exec(next)?.[1] ?? 'no command in the advice'
    const script = `
      const { createKeychainStore } = await import(${JSON.stringify(join(root, 'src/secrets/keychain.ts'))})
      const options = { user: 'dba', platform: 'linux', environment: process.env }
      console.log(JSON.stringify(await createKeychainStore(options).probe()))`
    const asking = `'${process.execPath}' --input-type=module --eval ${shellQuote(script)}`
    // The daemon that was started for it holds the bus's shell up: it goes first.
    const shell = spawn('bash', ['-c', bus], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
    shell.stdin.end(`${unlock}\n${keyringPassword}\n${asking} </dev/null\nexit\n`)
    let said = ''
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await expect.poll(() => said, { timeout: 60_000 }).toContain('{"works":')
    expect(said).toContain('{"works":true}')
    shell.kill()
  })

  it('is killed when it does not answer, and says before that it takes long', async () => {
    const onSlow = vi.fn()
    const options = { slowAfter: 100, timeout: 1000, onSlow }
    const store = storeIn(await session('unresponsive'), options)
    expect(await store.probe()).toMatchObject({ works: false, problem: { code: 'keychain-timeout' } })
    expect(onSlow).toHaveBeenCalledOnce()
    await expect(store.read(entry)).rejects.toMatchObject({ problem: { code: 'keychain-timeout' } })
    expect(await workersOf(process.pid)).toEqual([])
  })

  it('is left alone on a signal, at once', async () => {
    const silent = await session('unresponsive')
    const skip = new AbortController()
    const probing = storeIn(silent).probe(skip.signal)
    await workerOf(process.pid)
    skip.abort()
    expect(await probing).toMatchObject({ works: false, problem: { code: 'cancelled' } })
    expect(await workersOf(process.pid)).toEqual([])
    const reading = storeIn(silent, { signal: AbortSignal.abort() }).read(entry)
    await expect(reading).rejects.toMatchObject({ problem: { code: 'cancelled' } })
  })

  it('does not take us along when it crashes', async () => {
    const probing = storeIn(await session('unresponsive')).probe()
    process.kill(await workerOf(process.pid), 'SIGSEGV')
    const problem = expect.objectContaining({
      code: 'keychain-crashed',
      message: expect.stringContaining('SIGSEGV'),
    })
    expect(await probing).toEqual({ works: false, problem })
  })

  it('sees neither the secret nor variables that are not its own, and speaks English', async () => {
    const silent = await session('unresponsive')
    const others = { PGPASSWORD: 'of the administrator', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' }
    const environment = { ...silent.environment, ...others }
    const skip = new AbortController()
    const store = storeIn(silent, { environment, signal: skip.signal })
    const saving = store.save(entry, secret('a-very-visible-secret')).catch(() => 'given up')
    const worker = await workerOf(process.pid)
    const files = ['cmdline', 'environ'].map(file => readFile(`/proc/${worker}/${file}`, 'utf8'))
    const seen = (await Promise.all(files)).join('\n')
    expect(seen).toContain('keychain-worker')
    expect(seen).toContain('DBUS_SESSION_BUS_ADDRESS')
    expect(seen).not.toContain('a-very-visible-secret')
    expect(seen).not.toContain('PGPASSWORD')
    // Its messages are told apart by their words.
    expect(seen).toContain('LC_ALL=C.UTF-8')
    expect(seen).not.toContain('LANGUAGE')
    skip.abort()
    expect(await saving).toBe('given up')
  })

  it('does not outlive whoever asked it', async () => {
    const { environment } = await session('unresponsive')
    const script = `
      const { createKeychainStore } = await import(${JSON.stringify(join(root, 'src/secrets/keychain.ts'))})
      await createKeychainStore({ user: 'dba', platform: 'linux', environment: process.env }).probe()`
    const asking = spawn(process.execPath, ['--input-type=module', '--eval', script], { env: environment })
    const worker = await workerOf(asking.pid ?? 0)
    asking.kill('SIGKILL')
    await expect.poll(() => isRunning(worker), { timeout: 60_000 }).toBe(false)
  })
})

describe('a keychain whose program is not there', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keytar-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** An installation of its own, with or without keytar. */
  async function install(name: string, keytar: (folder: string) => Promise<void>): Promise<SecretStore> {
    const workerPath = join(folder, name, 'keychain-worker.ts')
    await mkdir(dirname(workerPath), { recursive: true })
    await cp(sourceWorker, workerPath)
    await keytar(join(folder, name, 'node_modules', 'keytar'))
    return createKeychainStore({ user: 'dba', platform: 'linux', environment: process.env, workerPath })
  }
  const installed = join(root, 'node_modules', 'keytar')
  const native = `prebuilds/${process.platform}-${process.arch}/keytar.node`

  it('says that keytar is missing', async () => {
    const store = await install('without-keytar', async () => undefined)
    expect(await store.probe()).toMatchObject({ works: false, problem: { code: 'keychain-no-keytar' } })
  })

  it('says that this platform has none', async () => {
    const store = await install('without-native', async to => {
      await cp(installed, to, { recursive: true, filter: path => !path.includes('prebuilds') })
    })
    expect(await store.probe()).toMatchObject({ works: false, problem: { code: 'keychain-unsupported' } })
  })

  it.runIf(process.platform === 'linux')('says which library to install', async () => {
    // The real native part, made to ask the real linker for a library that no system has.
    const store = await install('without-libsecret', async to => {
      await cp(installed, to, { recursive: true })
      const bytes = await readFile(join(to, native), 'latin1')
      await writeFile(join(to, native), bytes.replaceAll('libsecret-1.so.0', 'libsecret-0.so.9'), 'latin1')
    })
    const problem = {
      code: 'keychain-no-libsecret',
      next: expect.stringContaining('apt install libsecret-1-0'),
    }
    expect(await store.probe()).toMatchObject({ works: false, problem })
  })

  it.each([
    ['another value', "async () => 'another'", 'async () => true'],
    ['nothing', 'async () => null', 'async () => true'],
    ['a deleted item', 'async (_, account) => kept.get(account) ?? null', 'async () => true'],
  ])('is not believed where reading back gives %s', async (found, get, remove) => {
    const store = await install(`lying-${found.replaceAll(' ', '-')}`, async to => {
      await mkdir(to, { recursive: true })
      await writeFile(join(to, 'package.json'), '{ "name": "keytar", "main": "index.js" }')
      await writeFile(
        join(to, 'index.js'),
        `const kept = new Map()
        module.exports = {
          setPassword: async (_, account, value) => void kept.set(account, value),
          getPassword: ${get},
          deletePassword: ${remove},
        }`,
      )
    })
    const problem = { code: 'keychain-lied', message: expect.stringContaining(found) }
    expect(await store.probe()).toMatchObject({ works: false, problem })
    if (found !== 'a deleted item')
      await expect(store.save(entry, secret('x'))).rejects.toMatchObject({ problem })
  })

  it('says that the worker itself is missing or broken', async () => {
    const workerPath = join(folder, 'nowhere.ts')
    const store = createKeychainStore({
      user: 'dba',
      platform: 'linux',
      environment: process.env,
      workerPath,
    })
    expect(await store.probe()).toMatchObject({ works: false, problem: { code: 'keychain-crashed' } })
  })
})

describe('howToRead of a keychain', () => {
  const hostile = { ...entry, user: "o'neil" }

  it.each([
    ['linux', `secret-tool lookup service pg-usher account 'o'\\''neil@db.example.com:5432/music'`],
    ['darwin', `security find-generic-password -s pg-usher -a 'o'\\''neil@db.example.com:5432/music' -w`],
    ['win32', "Generic Credentials > pg-usher/o'neil@db.example.com:5432/music"],
  ] as const)('on %s', (platform, words) => {
    const store = createKeychainStore({ user: 'dba', platform, environment: {} })
    expect(store.howToRead(hostile)).toContain(words)
  })
})

/** Waits until a process has started one. */
async function workerOf(parent: number): Promise<number> {
  await expect.poll(() => workersOf(parent), { timeout: 60_000 }).toHaveLength(1)
  const [worker] = await workersOf(parent)
  if (worker === undefined) throw new Error('the keychain process has ended')
  return worker
}

/** Process ids of the keychain processes that a process has started and that still run. */
async function workersOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const wanted = await Promise.all(
    pids.map(async pid => {
      const [status, command] = await Promise.all(
        ['stat', 'cmdline'].map(file => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      // proc_pid_stat(5): after the name in parentheses come the state and the parent.
      const [, state, ppid] = /\) (\S) (\d+)/.exec(status ?? '') ?? []
      return state !== 'Z' && Number(ppid) === parent && command?.includes('keychain-worker') === true
    }),
  )
  return pids.filter((_, at) => wanted[at])
}

async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return status !== '' && !/\) Z/.test(status)
}
