import type { Problem } from '../model/problem.ts'
import type { KeychainAnswer } from './keychain-process.ts'

/** An answer that is not the wished one. */
export type KeychainFailure = Exclude<KeychainAnswer, { readonly outcome: 'done' | 'read' | 'removed' }>

const elsewhere = 'Or choose another place for the password.'

/**
 * GNOME Keyring, unlocked from a terminal: the daemon takes the password from stdin up to its end, without a
 * line break (gnome-keyring-daemon(1)); `read` and `printf` are builtins, so it is in no argument list.
 */
const unlockGnomeKeyring =
  'read -rs p && printf %s "$p" | gnome-keyring-daemon --replace --unlock --components=secrets; unset p'

/** Messages of libsecret 0.20, GLib 2.74 and the keychains behind them, as measured; all in English. */
const known: readonly { readonly said: RegExp; readonly problem: Problem }[] = [
  {
    // GLib without DBUS_SESSION_BUS_ADDRESS and without $XDG_RUNTIME_DIR/bus, or with nobody behind it.
    said: /autolaunch D-Bus|Could not connect|Connection refused|dbus-launch|Exhausted all available authentication|address .* is malformed|connection is closed/i,
    problem: {
      code: 'keychain-no-dbus',
      message:
        'There is no keychain here: no session bus (D-Bus) answers, as is usual over SSH and under sudo.',
      next: `If you are logged in at the desktop too, point at its bus: \`export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus\`. Where GNOME Keyring is installed you can have a bus of your own: \`dbus-run-session -- bash\`, in it unlock the keyring, \`${unlockGnomeKeyring}\` (it waits for the keyring's password; a new keyring gets the one that you type), and start pg-usher there. ${elsewhere}`,
    },
  },
  {
    said: /org\.freedesktop\.secrets.*(not provided|not activatable)|ServiceUnknown/i,
    problem: {
      code: 'keychain-no-provider',
      message: 'There is no keychain here: the session bus knows no program that keeps secrets.',
      next: `Install one: \`apt install gnome-keyring\`, \`dnf install gnome-keyring\`, or KWallet on KDE. ${elsewhere}`,
    },
  },
  {
    said: /locked collection|IsLocked/i,
    problem: {
      code: 'keychain-locked',
      message: 'The keychain is locked, and no dialog could ask for its password.',
      next: `Unlock it at the desktop, or GNOME Keyring from bash: \`${unlockGnomeKeyring}\` (it waits for the keyring's password). ${elsewhere}`,
    },
  },
  {
    said: /Object does not exist at path .*collection|No such secret collection/i,
    problem: {
      code: 'keychain-no-login-keyring',
      message:
        'The keychain runs but has no keyring yet, and no dialog could ask for a password for a new one.',
      next: `Log in at the desktop once, or make it from bash: \`${unlockGnomeKeyring}\` (what you type becomes its password). ${elsewhere}`,
    },
  },
  {
    said: /dismissed|was cancell?ed|User canceled/i,
    problem: {
      code: 'keychain-dismissed',
      message: 'The dialog that asked to unlock the keychain was closed.',
      next: `Try again and answer it. ${elsewhere}`,
    },
  },
  {
    // macOS, errSecInteractionNotAllowed (-25308): over SSH nobody can be asked.
    said: /User interaction is not allowed/i,
    problem: {
      code: 'keychain-locked',
      message: 'The login keychain is locked, and from this session nobody can be asked to unlock it.',
      next: `Unlock it: \`security unlock-keychain\`. ${elsewhere}`,
    },
  },
  {
    // macOS, errSecNoDefaultKeychain (-25307) and errSecNotAvailable (-25291): a user without a home of their own,
    // a daemon. Security Framework Result Codes, Apple's documentation.
    said: /default keychain could not be found|No keychain is available/i,
    problem: {
      code: 'keychain-no-login-keyring',
      message: 'This user has no login keychain.',
      next: `Log in at the desktop once, or make one: \`security create-keychain login.keychain && security default-keychain -s login.keychain\`. ${elsewhere}`,
    },
  },
  {
    // macOS, errSecAuthFailed (-25293).
    said: /user name or passphrase you entered is not correct/i,
    problem: {
      code: 'keychain-locked',
      message: 'The login keychain refused the password that was typed.',
      next: `Unlock it: \`security unlock-keychain\`. ${elsewhere}`,
    },
  },
  {
    // Windows, ERROR_SERVICE_DISABLED (1058), RPC_S_SERVER_UNAVAILABLE (1722): the service VaultSvc.
    said: /service cannot be started|RPC server is unavailable/i,
    problem: {
      code: 'keychain-no-provider',
      message: 'The Credential Manager of Windows does not run.',
      next: `In PowerShell, as an administrator: \`Start-Service VaultSvc\`. ${elsewhere}`,
    },
  },
  {
    // Windows, ERROR_NO_SUCH_LOGON_SESSION (1312): a network logon, such as SSH with a key.
    said: /specified logon session does not exist/i,
    problem: {
      code: 'keychain-no-session',
      message: 'Windows keeps no credentials for this kind of login (SSH with a key, for example).',
      next: `Run pg-usher in a session at the desktop, there or by Remote Desktop from another Windows: \`mstsc /v:COMPUTER\`. ${elsewhere}`,
    },
  },
]

/** The problem that a failed call to the keychain stands for, with what would make it work. */
export function keychainProblem(failure: KeychainFailure): Problem {
  switch (failure.outcome) {
    case 'not-loaded':
      return notLoaded(failure.message, failure.detail)
    case 'failed':
      return (
        known.find(({ said }) => said.test(failure.message))?.problem ?? {
          code: 'keychain-failed',
          message: `The keychain refused: ${failure.message}`,
          next: elsewhere,
        }
      )
    case 'lied':
      return {
        code: 'keychain-lied',
        message: `The keychain said that all went well, but reading it back gave ${failure.found}.`,
        next: `Do not rely on it. ${elsewhere}`,
      }
    case 'timed-out':
      return {
        code: 'keychain-timeout',
        message: `The keychain did not answer within ${failure.seconds} seconds.`,
        next: `A dialog may be open at the desktop: answer it and try again. ${elsewhere}`,
      }
    case 'crashed':
      return {
        code: 'keychain-crashed',
        message: `The process that talks to the keychain ended without an answer (${failure.how}).`,
        next: `Try again. ${elsewhere}`,
      }
    case 'cancelled':
      return { code: 'cancelled', message: 'Waiting for the keychain was given up.' }
  }
}

function notLoaded(message: string, detail: string): Problem {
  if (/lib(secret|glib|gobject|gio)[^:]*: cannot open shared object/.test(detail)) {
    return {
      code: 'keychain-no-libsecret',
      message: 'The keychain cannot be reached: the library libsecret is not installed.',
      next: `\`apt install libsecret-1-0\` (Debian, Ubuntu), \`dnf install libsecret\` (Fedora, Red Hat), \`zypper install libsecret-1-0\`, \`pacman -S libsecret\`. ${elsewhere}`,
    }
  }
  if (/Cannot find (package|module) 'keytar'/.test(message)) {
    return {
      code: 'keychain-no-keytar',
      message: 'The keychain cannot be reached: the optional package keytar is not installed.',
      next: `Install pg-usher again without \`--omit=optional\`. ${elsewhere}`,
    }
  }
  return {
    code: 'keychain-unsupported',
    message: `The keychain cannot be reached from here: ${firstLine(detail === '' ? message : detail)}`,
    next: elsewhere,
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
