import { randomBytes } from 'node:crypto'
import { ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { accountOf, keychainService } from './entry.ts'
import { keychainPlace } from './keychain-place.ts'
import { keychainProblem } from './keychain-problem.ts'
import { askKeychain, type KeychainAnswer } from './keychain-process.ts'
import type { KeychainRequest } from './keychain-protocol.ts'
import type { SecretEntry, SecretStore } from './store.ts'
import { keychainWorkerPath } from './worker-path.ts'

export interface KeychainOptions {
  /** Whose keychain it is: the user that this process runs as. */
  readonly user: string
  readonly platform: NodeJS.Platform
  /** Where the session bus and the display are found. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Called when the keychain takes long: an unlock dialog may be open. */
  readonly onSlow?: (() => void) | undefined
  /** Gives up whatever is waited for. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until onSlow; 4000 if not given. */
  readonly slowAfter?: number
  /** Milliseconds until a call is killed; 60000 if not given. */
  readonly timeout?: number
  /** The file that the child process runs; found by itself if not given. */
  readonly workerPath?: string
}

/**
 * The keychain of the operating system: the Secret Service (GNOME Keyring, KWallet) on Linux, the login
 * keychain on macOS, the Credential Manager on Windows. Each call is a child process of its own.
 */
export function createKeychainStore(options: KeychainOptions): SecretStore {
  const ask = async (request: KeychainRequest, signal = options.signal): Promise<KeychainAnswer> =>
    askKeychain(request, {
      workerPath: options.workerPath ?? keychainWorkerPath(),
      environment: options.environment,
      timeout: options.timeout ?? 60_000,
      slowAfter: options.slowAfter ?? 4_000,
      onSlow: options.onSlow,
      signal,
    })
  const itemOf = (entry: SecretEntry) => ({ service: keychainService, account: accountOf(entry) })

  const read = async (entry: SecretEntry): Promise<Secret | null> => {
    const answer = await ask({ operation: 'read', ...itemOf(entry) })
    if (answer.outcome !== 'read') throw unwanted(answer)
    return answer.secret === null ? null : secret(answer.secret)
  }

  return {
    kind: 'keychain',
    place: keychainPlace(options),
    async probe(signal) {
      try {
        // Of its own name each time, so that two at once do not take each other's away.
        const account = `probe-${randomBytes(8).toString('hex')}`
        const canary = randomBytes(24).toString('base64')
        const both = AbortSignal.any([signal, options.signal].filter(each => each !== undefined))
        const answer = await ask(
          { operation: 'prove', service: keychainService, account, secret: canary },
          both,
        )
        return answer.outcome === 'done'
          ? { works: true }
          : { works: false, problem: unwanted(answer).problem }
      } catch (error) {
        return { works: false, problem: problemOf(error) }
      }
    },
    async save(entry, value) {
      const answer = await ask({ operation: 'save', ...itemOf(entry), secret: storable(value) })
      if (answer.outcome !== 'done') throw unwanted(answer)
    },
    read,
    has: async entry => (await read(entry)) !== null,
    async remove(entry) {
      const answer = await ask({ operation: 'remove', ...itemOf(entry) })
      if (answer.outcome !== 'removed') throw unwanted(answer)
      return answer.existed
    },
    howToRead: entry => howToReadKeychain(entry, options.platform),
  }
}

function howToReadKeychain(entry: SecretEntry, platform: NodeJS.Platform): string {
  const account = accountOf(entry)
  if (platform === 'darwin') {
    return `security find-generic-password -s ${keychainService} -a ${shellQuote(account)} -w`
  }
  if (platform === 'win32') {
    // Credential Manager lists a generic credential without showing its password; keytar names it so.
    return `pg-usher secrets show "${account}" (Windows itself shows no password; it lists this one under Credential Manager > Windows Credentials > Generic Credentials > ${keychainService}/${account})`
  }
  return `secret-tool lookup service ${keychainService} account ${shellQuote(account)}`
}

/** keytar hands C strings on: NUL would cut a secret short, and an empty one is refused. */
function storable(value: Secret): string {
  const text = reveal(value)
  if (text !== '' && !text.includes('\0')) return text
  throw new ProblemError({
    code: 'secret-not-storable',
    message: 'A keychain cannot keep this secret: it is empty or has a NUL character in it.',
  })
}

function unwanted(answer: KeychainAnswer): ProblemError {
  if (answer.outcome === 'done' || answer.outcome === 'read' || answer.outcome === 'removed') {
    return new ProblemError(keychainProblem({ outcome: 'crashed', how: `it answered ${answer.outcome}` }))
  }
  return new ProblemError(keychainProblem(answer))
}
