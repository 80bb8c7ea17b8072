import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretAnswer } from '../model/answers.ts'
import { defaultCredentialsFile } from './aws-credentials-path.ts'
import { keychainPlace } from './keychain-place.ts'
import { isPassInitialised } from './pass-folder.ts'
import { defaultPassfilePath } from './passfile-path.ts'
import type { StoreContext } from './stores.ts'

/** A place for the secret, as the question offers it. */
export interface StorePlace {
  /** The answer that chooses it; paths and names in it may be changed. */
  readonly answer: SecretAnswer
  readonly label: string
  /** Whose it is, what it protects from and what not, what it lacks here; one sentence an entry. */
  readonly words: readonly string[]
}

/**
 * The places in the order in which they are offered: what was chosen last time first; then what a careful
 * person would choose here. At a desktop that is the keychain. Over SSH, through sudo and without a session bus
 * nobody could unlock one: there `pass` comes first, if it is set up, then a passfile. These are looks; whether
 * a place works is for its probe to say, and nothing is chosen by itself.
 */
export function storePlaces(
  context: StoreContext,
  remembered: SecretAnswer | null = null,
): readonly StorePlace[] {
  const passReady = context.platform !== 'win32' && isPassInitialised(context.environment, context.home)
  const keychain = keychainPlaceOffered(context)
  const pass = passPlace(context, passReady)
  const files = [passfilePlace(context), agePlace(context)]
  const inOrder = hasUnlockedKeychain(context)
    ? [keychain, ...(passReady ? [pass] : []), ...files]
    : [...(passReady ? [pass] : []), ...files, keychain]
  const others = [
    credentialsPlace(context),
    ...(passReady || context.platform === 'win32' ? [] : [pass]),
    ...(context.terminal ? [showOncePlace] : []),
  ]
  return rememberedFirst([...inOrder, ...others], remembered)
}

function rememberedFirst(
  places: readonly StorePlace[],
  remembered: SecretAnswer | null,
): readonly StorePlace[] {
  const last = places.find(({ answer }) => answer.store === remembered?.store)
  if (last === undefined || remembered === null) return places
  return [{ ...last, answer: remembered }, ...places.filter(place => place !== last)]
}

/** Whether somebody at this session could have unlocked a keychain, or could be asked to. */
function hasUnlockedKeychain(context: StoreContext): boolean {
  return keychainLacks(context).length === 0
}

/** Why a keychain is hardly to be had here, one sentence each. */
function keychainLacks(context: StoreContext): readonly string[] {
  const { environment, platform } = context
  const isSet = (name: string) => (environment[name] ?? '') !== ''
  const display = isSet('DISPLAY') || isSet('WAYLAND_DISPLAY')
  const ssh = isSet('SSH_CONNECTION') || isSet('SSH_TTY')
  switch (platform) {
    case 'darwin':
      return ssh ? ['Over SSH it is locked as a rule: `security unlock-keychain` opens it.'] : []
    case 'win32':
      return ssh ? ['A logon by SSH with a key has no access to it; one at the desktop has.'] : []
    default: {
      const runtime = environment['XDG_RUNTIME_DIR'] ?? ''
      const bus = isSet('DBUS_SESSION_BUS_ADDRESS') || (runtime !== '' && existsSync(join(runtime, 'bus')))
      if (!bus)
        return [
          'There is no session bus (D-Bus) here, which it needs: usual over SSH, under sudo and in containers.',
        ]
      if (ssh && !display) return ['Over SSH nobody can be asked to unlock it: unlock it first.']
      return callerOf(context) === null ? [] : ['The session bus may be that of another user.']
    }
  }
}

function keychainPlaceOffered(context: StoreContext): StorePlace {
  return {
    answer: { store: 'keychain' },
    label: 'Keychain',
    words: [
      sentence(
        `${keychainPlace(context)}: encrypted on disk, open to every program of ${context.user} while unlocked.`,
      ),
      ...keychainLacks(context),
      ...viaSudo(context, 'keychain'),
    ],
  }
}

function passPlace(context: StoreContext, ready: boolean): StorePlace {
  return {
    answer: { store: 'pass' },
    label: 'pass',
    words: [
      `The password store of ${context.user}: one file a secret, encrypted by gpg; whoever has its key can read it.`,
      ...(ready
        ? []
        : ['It is not set up here: `apt install pass`, then `pass init KEY` with a gpg key of yours.']),
      ...viaSudo(context, 'password store'),
    ],
  }
}

function passfilePlace(context: StoreContext): StorePlace {
  const path = defaultPassfilePath(context.environment, context.platform, context.home)
  return {
    answer: { store: 'passfile', path },
    label: 'Passfile',
    words: [
      `Plain text that only ${readers(context.user)} can read; psql finds ${path} by itself, one elsewhere only where PGPASSFILE names it.`,
      'With a service, pg_service.conf gets a stanza of that name, and `psql service=NAME` connects at once.',
      ...viaSudo(context, 'passfile'),
    ],
  }
}

function agePlace(context: StoreContext): StorePlace {
  const folder = ageFolder(context)
  return {
    answer: { store: 'age', folder },
    label: 'age file',
    words: [
      'A file that is encrypted with a passphrase of yours or for a public key; `age -d` reads it.',
      ...viaSudo(context, 'folder'),
    ],
  }
}

function credentialsPlace(context: StoreContext): StorePlace {
  return {
    answer: { store: 'aws-credentials' },
    label: 'AWS credentials',
    words: [
      `Plain text that only ${readers(context.user)} can read: a profile in ${defaultCredentialsFile(context.environment, context.home)}, which the AWS CLI and all SDKs read.`,
      ...viaSudo(context, 'file'),
    ],
  }
}

const showOncePlace: StorePlace = {
  answer: { store: 'show-once' },
  label: 'Show once',
  words: ['On this screen at the end, then gone: nothing is kept, and it cannot be read again.'],
}

/** XDG Base Directory Specification 0.8: data of a user; on Windows %LOCALAPPDATA%. */
function ageFolder({ environment, platform, home }: StoreContext): string {
  if (platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'pg-usher', 'age')
  const data = environment['XDG_DATA_HOME']
  return join(data?.startsWith('/') ? data : join(home, '.local', 'share'), 'pg-usher', 'age')
}

/** Who can read a file of mode 0600. */
function readers(user: string): string {
  return user === 'root' ? 'root' : `${user} and root`
}

/** sudo leaves the name of who called in SUDO_USER (sudo(8), ENVIRONMENT); null where it is no other. */
function callerOf(context: StoreContext): string | null {
  const caller = context.environment['SUDO_USER']
  return caller === undefined || caller === '' || caller === context.user ? null : caller
}

function viaSudo(context: StoreContext, what: string): readonly string[] {
  const caller = callerOf(context)
  if (caller === null) return []
  return [`You are ${context.user} through sudo: the ${what} of ${caller} is another one and stays as it is.`]
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
