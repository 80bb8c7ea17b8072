import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

/** What `describeWith` is to be given for tests with a {@link KeyringSession}. */
export const keyringPrograms = [
  'dbus-daemon',
  'dbus-send',
  'gnome-keyring-daemon',
  'secret-tool',
  'dbus-test-tool',
]

/** The password of the keyrings made here. */
export const keyringPassword = 'a password of the keyring'

/**
 * A login session of its own: a home, a session bus and on it GNOME Keyring, or less than that.
 * - unlocked, locked: as after a login at the desktop, and as after one over SSH
 * - no-login-keyring: the daemon runs, nobody has ever given it a password
 * - auto-activated: the bus starts the daemon when somebody asks for it; the same otherwise
 * - no-provider: a bus on which nobody keeps secrets
 * - unresponsive: one who has the name and never answers
 * - no-bus: nothing at all
 */
export type KeyringState =
  | 'unlocked'
  | 'locked'
  | 'no-login-keyring'
  | 'auto-activated'
  | 'no-provider'
  | 'unresponsive'
  | 'no-bus'

export interface KeyringSession {
  /** All that a program of this session finds in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Locks the keyring that the daemon has unlocked, as a desktop does after a while. */
  lock(): Promise<void>
  /** Unlocks it, as at a login. */
  unlock(): Promise<void>
  stop(): Promise<void>
}

const secretService = 'org.freedesktop.secrets'

/** Starts one, as an unprivileged user or as root; stop() it when done. */
export async function startKeyringSession(state: KeyringState): Promise<KeyringSession> {
  const home = await mkdtemp(join(tmpdir(), 'keyring-'))
  const children: ChildProcess[] = []
  let environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
  }
  await mkdir(join(home, 'run'), { mode: 0o700 })
  await mkdir(join(home, 'data'), { mode: 0o700 })

  const start = (program: string, options: readonly string[], input = '') => {
    const child = spawn(program, options, { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
    children.push(child)
    // A daemon that does not read its input is no failure.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    return child
  }
  /** The one that runs now, where it was started here. */
  let daemon: ChildProcess | null = null
  const lock = async () => {
    const call = ['--session', '--print-reply', `--dest=${secretService}`, '/org/freedesktop/secrets']
    const how = [
      'org.freedesktop.Secret.Service.Lock',
      'array:objpath:/org/freedesktop/secrets/collection/login',
    ]
    await promisify(execFile)('dbus-send', [...call, ...how], { env: environment })
  }
  const unlock = async () => {
    // A new one in its place: to be told to take the place of one that runs is not always heard.
    if (daemon !== null) await ended(daemon)
    daemon = start(
      'gnome-keyring-daemon',
      ['--foreground', '--components=secrets', '--unlock'],
      keyringPassword,
    )
    await untilOwned(environment)
    await untilUnlocked(environment)
  }
  const stop = async () => {
    for (const child of children.reverse()) await ended(child)
    // A daemon that replaced ours leaves when its bus is gone, perhaps writing until then.
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  try {
    if (state === 'no-bus') return { environment, lock, unlock, stop }
    const withServices = state !== 'no-provider' && state !== 'unresponsive'
    const config = withServices ? '--session' : `--config-file=${await configWithoutServices(home)}`
    const bus = start('dbus-daemon', [config, '--nofork', '--nopidfile', '--print-address'])
    const [address] = await once(createInterface({ input: bus.stdout }), 'line')
    environment = { ...environment, DBUS_SESSION_BUS_ADDRESS: String(address) }

    const keyring = ['--foreground', '--components=secrets']
    if (state === 'unresponsive') {
      start('dbus-test-tool', ['black-hole', '--session', `--name=${secretService}`])
      await untilOwned(environment)
    }
    if (state === 'unlocked' || state === 'locked') {
      daemon = start('gnome-keyring-daemon', [...keyring, '--unlock'], keyringPassword)
      await untilOwned(environment)
      if (state === 'locked') await ended(daemon)
    }
    if (state === 'locked' || state === 'no-login-keyring') {
      daemon = start('gnome-keyring-daemon', keyring)
      await untilOwned(environment)
    }
    return { environment, lock, unlock, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The session bus of a computer on which nothing that keeps secrets is installed. */
async function configWithoutServices(folder: string): Promise<string> {
  const path = join(folder, 'bus.conf')
  await writeFile(
    path,
    `<busconfig><type>session</type><listen>unix:tmpdir=${folder}</listen>
    <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
    </busconfig>`,
  )
  return path
}

async function untilOwned(environment: Readonly<Record<string, string>>): Promise<void> {
  const call = ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus']
  const question = [...call, 'org.freedesktop.DBus.NameHasOwner', `string:${secretService}`]
  for (const end = Date.now() + 20_000; Date.now() < end; await setTimeout(20)) {
    const { stdout } = await promisify(execFile)('dbus-send', question, { env: environment })
    if (stdout.includes('true')) return
  }
  throw new Error(`${secretService} did not appear on the bus`)
}

async function untilUnlocked(environment: Readonly<Record<string, string>>): Promise<void> {
  const call = ['--session', '--print-reply=literal', `--dest=${secretService}`]
  const of = ['/org/freedesktop/secrets/collection/login', 'org.freedesktop.DBus.Properties.Get']
  const question = [...call, ...of, 'string:org.freedesktop.Secret.Collection', 'string:Locked']
  for (const end = Date.now() + 20_000; Date.now() < end; await setTimeout(20)) {
    const said = await promisify(execFile)('dbus-send', question, { env: environment }).catch(() => null)
    if (said?.stdout.includes('false') === true) return
  }
  throw new Error('the keyring was not unlocked')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
