import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { storePlaces } from '../../src/secrets/places.ts'
import type { StoreContext } from '../../src/secrets/stores.ts'

const bus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' }
const desktop = { ...bus, DISPLAY: ':0' }
const overSsh = { SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22' }
const context: StoreContext = {
  user: 'dba',
  platform: 'linux',
  environment: desktop,
  home: '/home/dba',
  terminal: true,
}

const order = async (more: Partial<StoreContext>) =>
  storePlaces({ ...context, ...more }).map(({ answer }) => answer.store)

/** A home with a password store. */
function homeWithPass(): string {
  const home = mkdtempSync(join(tmpdir(), 'places-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  mkdirSync(join(home, '.password-store'))
  writeFileSync(join(home, '.password-store', '.gpg-id'), 'KEY\n')
  return home
}

describe('storePlaces', () => {
  it('offers each place, with what to know of it', async () => {
    const places = storePlaces(context)
    expect(places.map(place => place.answer)).toEqual([
      { store: 'keychain' },
      { store: 'passfile', path: '/home/dba/.pgpass' },
      { store: 'age', folder: '/home/dba/.local/share/pg-usher/age' },
      { store: 'aws-credentials' },
      { store: 'pass' },
      { store: 'show-once' },
    ])
    for (const place of places) expect(place.words).not.toHaveLength(0)
  })

  const behind = ['passfile', 'age', 'keychain', 'aws-credentials', 'pass', 'show-once']
  const ahead = ['keychain', 'passfile', 'age', 'aws-credentials', 'pass', 'show-once']
  it.each([
    ['at a desktop', {}, ahead],
    ['with a session bus alone', { environment: bus }, ahead],
    ['without a session bus', { environment: {} }, behind],
    ['over SSH', { environment: { ...bus, ...overSsh } }, behind],
    ['over SSH with a display', { environment: { ...desktop, ...overSsh } }, ahead],
    ['through sudo', { user: 'root', environment: { ...desktop, SUDO_USER: 'alice' } }, behind],
    ['on macOS', { platform: 'darwin', environment: {} }, ahead],
    ['on macOS over SSH', { platform: 'darwin', environment: overSsh }, behind],
    [
      'on Windows',
      { platform: 'win32', environment: {} },
      ['keychain', 'passfile', 'age', 'aws-credentials', 'show-once'],
    ],
    [
      'on Windows over SSH',
      { platform: 'win32', environment: overSsh },
      ['passfile', 'age', 'keychain', 'aws-credentials', 'show-once'],
    ],
  ] as const)('%s', async (_, more, expected) => {
    expect(await order(more)).toEqual(expected)
  })

  it('puts a password store that is set up before plain text', async () => {
    const home = homeWithPass()
    expect(await order({ home })).toEqual([
      'keychain',
      'pass',
      'passfile',
      'age',
      'aws-credentials',
      'show-once',
    ])
    expect(await order({ home, environment: {} })).toEqual([
      'pass',
      'passfile',
      'age',
      'keychain',
      'aws-credentials',
      'show-once',
    ])
  })

  it('begins with the place of the last time, as it was chosen', async () => {
    const last = { store: 'passfile', path: '/srv/pass', service: 'atlan' } as const
    const [first, ...others] = storePlaces(context, last)
    expect(first?.answer).toEqual(last)
    expect(others.map(({ answer }) => answer.store)).toEqual([
      'keychain',
      'age',
      'aws-credentials',
      'pass',
      'show-once',
    ])
    // What cannot be here is not offered, remembered or not.
    expect(storePlaces({ ...context, terminal: false }, { store: 'show-once' })[0]?.answer.store).toBe(
      'keychain',
    )
  })

  it('does not offer to show it where nobody sees it', async () => {
    expect(await order({ terminal: false })).not.toContain('show-once')
  })

  it('says what is lacking where the keychain is hardly to be had', async () => {
    const words = async (more: Partial<StoreContext>) =>
      storePlaces({ ...context, ...more })
        .find(({ answer }) => answer.store === 'keychain')
        ?.words.join(' ')
    expect(await words({ environment: {} })).toContain('no session bus (D-Bus)')
    expect(await words({ environment: { ...bus, ...overSsh } })).toContain('unlock it first')
    expect(await words({ platform: 'darwin', environment: overSsh })).toContain('`security unlock-keychain`')
    expect(await words({ platform: 'win32', environment: overSsh })).toContain('SSH with a key')
  })

  it('says whose each is, and under sudo that the caller has another', async () => {
    const root = { ...context, user: 'root', home: '/root', environment: { SUDO_USER: 'alice' } }
    const words = Object.fromEntries(
      storePlaces(root).map(({ answer, words: said }) => [answer.store, said.join(' ')]),
    )
    expect(words['keychain']).toMatch(/The keychain of root.*keychain of alice is another/)
    expect(words['passfile']).toMatch(
      /only root can read; psql finds \/root\/\.pgpass.*passfile of alice is another/,
    )
    const own = storePlaces({ ...context, environment: { SUDO_USER: 'dba' } })
    expect(JSON.stringify(own)).not.toContain('through sudo')
  })

  it.each([
    ['darwin', 'The login keychain of dba'],
    ['win32', 'The Windows Credential Manager of dba'],
  ] as const)('uses the words of %s', async (platform, words) => {
    const [keychain] = storePlaces({ ...context, platform })
    expect(keychain?.words.join()).toContain(words)
  })
})
