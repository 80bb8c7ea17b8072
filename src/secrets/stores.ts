import { homedir } from 'node:os'
import type { SecretAnswer } from '../model/answers.ts'
import { ProblemError } from '../model/problem.ts'
import type { KeychainOptions } from './keychain.ts'
import type { SecretStore } from './store.ts'
import { userName } from './user-name.ts'

/** Where this process runs and for whom. */
export interface StoreContext
  extends Pick<KeychainOptions, 'user' | 'platform' | 'environment' | 'onSlow' | 'signal'> {
  readonly home: string
  /** Whether a person sees the output: only then can a secret be shown. */
  readonly terminal: boolean
}

/** A place for the secret, as the question offers it. */
export interface StorePlace {
  /** The answer that chooses it; the path of a passfile may be changed. */
  readonly answer: SecretAnswer
  readonly label: string
  /** Whose it is, what it protects from and what not; one sentence an entry. */
  readonly words: readonly string[]
}

/** The context of this process. */
export function storeContext(
  terminal: boolean,
  more: Pick<StoreContext, 'onSlow' | 'signal'> = {},
): StoreContext {
  const { env: environment, platform } = process
  return { user: userName(), platform, environment, home: homedir(), terminal, ...more }
}

/** The places in the order in which they are offered. Whether one works is for its probe to say. */
export async function storePlaces(context: StoreContext): Promise<readonly StorePlace[]> {
  const { keychainPlace } = await import('./keychain.ts')
  const { defaultPassfilePath } = await import('./passfile.ts')
  const path = defaultPassfilePath(context.environment, context.platform, context.home)
  const offered: StorePlace[] = [
    {
      answer: { store: 'keychain' },
      label: 'Keychain',
      words: [
        sentence(
          `${keychainPlace(context)}: encrypted on disk, open to every program of ${context.user} while unlocked.`,
        ),
        ...viaSudo(context, 'keychain'),
      ],
    },
    {
      answer: { store: 'passfile', path },
      label: 'Passfile',
      words: [
        `${path}: plain text that only ${readers(context.user)} can read; psql finds it by itself.`,
        ...viaSudo(context, 'passfile'),
      ],
    },
  ]
  if (!context.terminal) return offered
  const words = ['On this screen at the end, then gone: nothing is kept, and it cannot be read again.']
  return [...offered, { answer: { store: 'show-once' }, label: 'Show once', words }]
}

/**
 * The store that an answer names; only its own code is loaded.
 * @throws ProblemError when the secret is to be shown and there is no terminal
 */
export async function secretStoreFor(answer: SecretAnswer, context: StoreContext): Promise<SecretStore> {
  switch (answer.store) {
    case 'keychain': {
      const { createKeychainStore } = await import('./keychain.ts')
      return createKeychainStore(context)
    }
    case 'passfile': {
      const { createPassfileStore } = await import('./passfile.ts')
      return createPassfileStore({ path: answer.path, platform: context.platform })
    }
    case 'show-once': {
      if (!context.terminal) throw new ProblemError(nobodySees)
      const { createShowOnceStore } = await import('./show-once.ts')
      return createShowOnceStore()
    }
  }
}

const nobodySees = {
  code: 'show-once-without-terminal',
  message: 'The password is to be shown once, but there is no terminal to show it on.',
  next: 'Choose the keychain or a passfile in the answers, or run this in a terminal.',
  path: 'secret.store',
}

/** Who can read a file of mode 0600. */
function readers(user: string): string {
  return user === 'root' ? 'root' : `${user} and root`
}

/** sudo leaves the name of who called in SUDO_USER (sudo(8), ENVIRONMENT). */
function viaSudo(context: StoreContext, what: string): readonly string[] {
  const caller = context.environment['SUDO_USER']
  if (caller === undefined || caller === '' || caller === context.user) return []
  return [`You are ${context.user} through sudo: the ${what} of ${caller} is another one and stays as it is.`]
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
