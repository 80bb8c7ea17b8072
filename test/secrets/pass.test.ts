import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { createPassStore, passNameOf } from '../../src/secrets/pass.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { type GnupgHome, gnupgPrograms, makeGnupgHome } from '../support/gnupg.ts'
import { everyPrintable } from '../support/printable.ts'
import { describeWith, findProgram, itInCi } from '../support/requires.ts'
import { openTerminal } from '../support/terminal.ts'

const run = promisify(execFile)
const entry: SecretEntry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

function storeIn({ home, environment }: GnupgHome, more: Readonly<Record<string, string>> = {}): SecretStore {
  return createPassStore({ home, environment: { ...environment, ...more }, platform: 'linux' })
}

const filesIn = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : []

describe('a pass that fails', () => {
  /** A home with a store, and in PATH a program `pass` of our own that ends so. */
  function failing(script: string): SecretStore {
    const home = mkdtempSync(join(tmpdir(), 'fake-pass-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    mkdirSync(join(home, '.password-store'))
    writeFileSync(join(home, '.password-store', '.gpg-id'), 'DBA\n')
    writeFileSync(join(home, 'pass'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const PATH = `${home}${delimiter}${process.env['PATH'] ?? ''}`
    return createPassStore({ home, environment: { PATH, HOME: home }, platform: 'linux' })
  }

  // Messages of gpg 2.2 and pass 1.7.
  it.each([
    ['gpg: k: There is no assurance this key belongs to the named user', 'pass-key-untrusted', 'trust'],
    ['gpg: k: skipped: Unusable public key', 'pass-key-untrusted', 'trust'],
    ['gpg: error writing: No space left on device', 'pass-disk-full', 'df -h'],
    ['mkdir: cannot create directory: Disk quota exceeded', 'pass-disk-full', 'df -h'],
    ['mkdir: cannot create directory: Permission denied', 'pass-not-writable', 'ls -ld'],
    ['tee: x.gpg: Read-only file system', 'pass-not-writable', 'ls -ld'],
    ['gpg: k: skipped: No public key', 'pass-no-key', 'gpg --import'],
    ['gpg: the moon is full', 'pass-failed', 'another place'],
  ])('saying "%s" is %s, with what to do', async (said, code, next) => {
    const store = failing(`cat >/dev/null; echo '${said}' >&2; exit 2`)
    const problem = { code, next: expect.stringContaining(next) }
    expect(await store.probe()).toMatchObject({ works: false, problem })
    await expect(store.save(entry, secret('x'))).rejects.toMatchObject({ problem })
    await expect(store.read(entry)).rejects.toMatchObject({ problem })
    await expect(store.remove(entry)).rejects.toMatchObject({ problem })
  })

  it('but says that all went well is found out', async () => {
    const store = failing('cat >/dev/null; [ "$1" != show ] || echo another; exit 0')
    expect(await store.probe()).toMatchObject({ works: false, problem: { code: 'pass-lied' } })
    await expect(store.save(entry, secret('x'))).rejects.toMatchObject({ problem: { code: 'pass-lied' } })
  })

  it('ended by a signal says by which', async () => {
    const problem = { code: 'pass-failed', message: expect.stringContaining('SIGSEGV') }
    expect(await failing('kill -SEGV $$').probe()).toMatchObject({ works: false, problem })
  })
})

describeWith(gnupgPrograms)('pass', () => {
  let gnupg: GnupgHome
  beforeAll(async () => {
    gnupg = await makeGnupgHome()
  })
  afterAll(() => gnupg.stop())

  it('is proved by a canary that is gone afterwards', async () => {
    expect(await storeIn(gnupg).probe()).toEqual({ works: true })
    expect(filesIn(join(gnupg.home, '.password-store', 'pg-usher'))).toEqual([])
  })

  it('keeps, replaces, gives back and removes', async () => {
    const store = storeIn(gnupg)
    expect([await store.read(entry), await store.has(entry)]).toEqual([null, false])
    await store.save(entry, secret('first'))
    await store.save(entry, secret('second'))
    const kept = await store.read(entry)
    expect([kept && reveal(kept), await store.has(entry)]).toEqual(['second', true])
    expect(await store.remove(entry)).toBe(true)
    expect(await store.remove(entry)).toBe(false)
    expect(await store.read(entry)).toBeNull()
  })

  it.each<[string, SecretEntry]>([
    ['plain names', entry],
    ['several databases', { ...entry, databases: ['a', 'b'] }],
    ['another generation', { ...entry, generation: 'next' }],
    ['names of folders', { ...entry, user: '../../escape', databases: ['..'] }],
    [
      'hostile names',
      { user: `-it's "$(id)" \\ \`x\``, host: '::1', port: 1, databases: ["'; DROP TABLE x; --\n🎵%@:/*"] },
    ],
  ])('is read by the command that it tells, for %s, with every printable character', async (_, named) => {
    const store = storeIn(gnupg)
    await store.save(named, secret(everyPrintable))
    const { stdout } = await run('sh', ['-c', store.howToRead(named)], { env: gnupg.environment })
    expect(stdout).toBe(`${everyPrintable}\n`)
    expect(await store.remove(named)).toBe(true)
    expect(filesIn(gnupg.home).filter(name => name.includes('escape'))).toEqual([])
  })

  itInCi('is found where PASSWORD_STORE_DIR says, and told so', async () => {
    const elsewhere = { PASSWORD_STORE_DIR: join(gnupg.home, "it's elsewhere") }
    await run('pass', ['init', 'DBA'], { env: { ...gnupg.environment, ...elsewhere } })
    const store = storeIn(gnupg, elsewhere)
    await store.save(entry, secret('elsewhere'))
    const { stdout } = await run('sh', ['-c', store.howToRead(entry)], { env: gnupg.environment })
    expect(stdout).toBe('elsewhere\n')
  })

  it('refuses what it would cut short', async () => {
    for (const value of ['', 'a\nb', 'a\0b'])
      await expect(storeIn(gnupg).save(entry, secret(value))).rejects.toMatchObject({
        problem: { code: 'secret-not-storable' },
      })
  })

  itInCi('stores several at once, each its own', async () => {
    const store = storeIn(gnupg)
    const entries = Array.from({ length: 6 }, (_, at) => ({ ...entry, user: `reader ${at}` }))
    await Promise.all(entries.map(each => store.save(each, secret(`secret of ${each.user}`))))
    const kept = await Promise.all(entries.map(each => store.read(each)))
    expect(kept.map(each => each && reveal(each))).toEqual(entries.map(each => `secret of ${each.user}`))
  })

  it('gives gpg neither the secret nor variables that are not its own', async () => {
    // Stands in for gpg to write down what it is given, and hands it on.
    const folder = join(gnupg.home, 'spy')
    mkdirSync(folder)
    const seen = join(folder, 'seen')
    const gpg = findProgram('gpg') ?? ''
    for (const name of ['gpg', 'gpg2']) {
      writeFileSync(join(folder, name), `#!/bin/sh\n{ env; echo "$@"; } >> ${seen}\nexec ${gpg} "$@"\n`)
      chmodSync(join(folder, name), 0o755)
    }
    const PATH = `${folder}${delimiter}${gnupg.environment['PATH']}`
    await storeIn(gnupg, { PATH, PGPASSWORD: 'of the administrator', GPG_TTY: '/dev/tty' }).save(
      entry,
      secret('a-very-visible-secret'),
    )
    const { stdout } = await run('cat', [seen])
    expect(stdout).toContain('--pinentry-mode error')
    for (const hidden of ['a-very-visible-secret', 'of the administrator', '/dev/tty'])
      expect(stdout).not.toContain(hidden)
  })
})

describeWith(gnupgPrograms)('pass that does not work', () => {
  /** Neither the probe nor the saving accept it, for the same reason; the advice is given back. */
  async function refused(store: SecretStore, code: string): Promise<string> {
    const probed = await store.probe()
    expect(probed).toMatchObject({ works: false, problem: { code } })
    return probed.works ? '' : (probed.problem.next ?? '')
  }
  async function made(options: Parameters<typeof makeGnupgHome>[0] = {}): Promise<GnupgHome> {
    const gnupg = await makeGnupgHome(options)
    onTestFinished(() => gnupg.stop())
    return gnupg
  }

  it('is not set up, and the probe sets nothing up', async () => {
    const gnupg = await made({ init: false })
    expect(await refused(storeIn(gnupg), 'pass-not-initialised')).toContain('pass init')
    expect(existsSync(join(gnupg.home, '.password-store'))).toBe(false)
  })

  it('is not installed', async () => {
    const gnupg = await made()
    expect(await refused(storeIn(gnupg, { PATH: gnupg.home }), 'pass-not-installed')).toContain(
      'apt install pass',
    )
  })

  itInCi(
    'has a locked key: at once, without a dialog, and the command in the advice unlocks it',
    async () => {
      const gnupg = await made({ passphrase: 'of the key' })
      await gnupg.run('gpgconf', '--kill', 'gpg-agent')
      const advice = await refused(storeIn(gnupg), 'pass-locked')
      expect(filesIn(join(gnupg.home, '.password-store', 'pg-usher'))).toEqual([])
      const command = /`(.*?)`/.exec(advice)?.[1] ?? 'no command in the advice'
      const terminal = openTerminal({
        command: 'bash',
        args: ['-c', `${command}; echo unlocked`],
        env: gnupg.environment,
      })
      onTestFinished(() => terminal.close())
      await terminal.waitFor('Passphrase:')
      terminal.type('of the key')
      terminal.press('enter')
      await terminal.waitFor('unlocked')
      expect(await storeIn(gnupg).probe()).toEqual({ works: true })
    },
  )

  itInCi('has a key whose private part is elsewhere', async () => {
    const gnupg = await made()
    await gnupg.run('gpgconf', '--kill', 'gpg-agent')
    rmSync(join(gnupg.home, 'private-keys-v1.d'), { recursive: true })
    await refused(storeIn(gnupg), 'pass-no-private-key')
    expect(filesIn(join(gnupg.home, '.password-store', 'pg-usher'))).toEqual([])
  })

  itInCi('names a key that gpg does not know', async () => {
    const gnupg = await made()
    writeFileSync(join(gnupg.home, '.password-store', '.gpg-id'), 'somebody@example.com\n')
    await refused(storeIn(gnupg), 'pass-no-key')
  })

  it('waits for a lock, and is killed with all that it has started', async () => {
    const gnupg = await made()
    const folder = join(gnupg.home, 'hangs')
    mkdirSync(folder)
    writeFileSync(join(folder, 'pass'), '#!/bin/sh\nsleep 1000 & echo $! > "$HOME/sleeper"; wait\n', {
      mode: 0o755,
    })
    const environment = { ...gnupg.environment, PATH: `${folder}${delimiter}${gnupg.environment['PATH']}` }
    const store = createPassStore({ home: gnupg.home, environment, platform: 'linux', timeout: 500 })
    await expect(store.read(entry)).rejects.toMatchObject({ problem: { code: 'pass-timeout' } })
    const { stdout } = await run('cat', [join(gnupg.home, 'sleeper')])
    // Gone, or a zombie that nobody has asked after yet.
    const state = await run('ps', ['-o', 'stat=', '-p', stdout.trim()]).then(
      ({ stdout: found }) => found.trim(),
      () => '',
    )
    expect(state).toMatch(/^(Z.*)?$/)
  })

  it('is given up on a signal', async () => {
    const gnupg = await made()
    expect(await storeIn(gnupg).probe(AbortSignal.abort())).toMatchObject({
      works: false,
      problem: { code: 'cancelled' },
    })
  })
})

describe('passNameOf', () => {
  it('never gives two entries the same name, nor one that leaves its folder', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '@', ':', '/', '%', '2', 'F', '.', '*', '\n') })
    const entries = fc.record({
      user: text,
      host: text,
      port: fc.constantFrom(1, 10),
      databases: fc.array(text, { minLength: 1, maxLength: 1 }),
    })
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        expect(passNameOf(one) === passNameOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
        expect(passNameOf(one).split('/')).not.toContain('..')
        expect(passNameOf(one)).toMatch(/^pg-usher\/[^/]+\/[^/]*$/)
      }),
      { numRuns: 2000 },
    )
  })
})
