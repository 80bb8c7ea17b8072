import { homedir } from 'node:os'
import type { SecretAnswer } from '../model/answers.ts'
import { ProblemError } from '../model/problem.ts'
import type { AskPassphrase } from './age.ts'
import { defaultCredentialsFile } from './aws-credentials-path.ts'
import { createIndexedStore } from './indexed-store.ts'
import type { KeychainOptions } from './keychain.ts'
import type { KeyPairStore, SecretStore } from './store.ts'
import { userName } from './user-name.ts'
import { withWholePaths } from './whole-paths.ts'

/** Where this process runs and for whom. */
export interface StoreContext
  extends Pick<KeychainOptions, 'user' | 'platform' | 'environment' | 'onSlow' | 'signal'> {
  readonly home: string
  /** Whether a person sees the output: only then can a secret be shown. */
  readonly terminal: boolean
  /** Asks for the passphrase of age files; left out where nobody can be asked. */
  readonly askPassphrase?: AskPassphrase | undefined
  /** The folder of the index, in which what is stored is noted (never a secret); left out for none. */
  readonly stateFolder?: string | undefined
}

/** The context of this process. */
export function storeContext(
  terminal: boolean,
  more: Pick<StoreContext, 'onSlow' | 'signal' | 'askPassphrase' | 'stateFolder'> = {},
): StoreContext {
  const { env: environment, platform } = process
  return { user: userName(), platform, environment, home: homedir(), terminal, ...more }
}

/**
 * The store that an answer names; only its own code is loaded. What it stores is noted in the index.
 * @throws ProblemError when the secret is to be shown and there is no terminal
 */
export async function secretStoreFor(answer: SecretAnswer, context: StoreContext): Promise<SecretStore> {
  const store = await bareStoreFor(answer, context)
  if (context.stateFolder === undefined || answer.store === 'show-once') return store
  return createIndexedStore(store, withWholePaths(answer), context.stateFolder)
}

async function bareStoreFor(answer: SecretAnswer, context: StoreContext): Promise<SecretStore> {
  switch (answer.store) {
    case 'keychain': {
      const { createKeychainStore } = await import('./keychain.ts')
      return createKeychainStore(context)
    }
    case 'pass': {
      const { createPassStore } = await import('./pass.ts')
      return createPassStore(context)
    }
    case 'passfile': {
      const { path, service: name } = answer
      const { createPassfileStore } = await import('./passfile.ts')
      const { filesMade } = await import('./made-files.ts')
      const made = context.stateFolder === undefined ? undefined : filesMade(context.stateFolder)
      if (name === undefined) return createPassfileStore({ path, platform: context.platform, made })
      const { defaultServiceFile } = await import('./service-file.ts')
      const { environment, platform, home } = context
      const file = defaultServiceFile(environment, platform, home)
      const isDefault = file === defaultServiceFile({ ...environment, PGSERVICEFILE: '' }, platform, home)
      return createPassfileStore({ path, platform, made, service: { file, name, isDefault } })
    }
    case 'age': {
      const { createAgeStore } = await import('./age.ts')
      const { folder, recipient, identity } = answer
      return createAgeStore({ folder, recipient, identity, askPassphrase: context.askPassphrase })
    }
    case 'aws-credentials': {
      const { accessKeySecrets } = await import('./access-key-secrets.ts')
      return accessKeySecrets(await keyPairStoreFor(context))
    }
    case 'show-once': {
      if (!context.terminal) throw new ProblemError(nobodySees)
      const { createShowOnceStore } = await import('./show-once.ts')
      return createShowOnceStore()
    }
  }
}

/** The place for access keys: the credentials file that the AWS CLI and all SDKs read. */
export async function keyPairStoreFor(
  context: Pick<StoreContext, 'environment' | 'platform' | 'home'>,
): Promise<KeyPairStore> {
  const { createAwsCredentialsStore } = await import('./aws-credentials.ts')
  const { environment, platform, home } = context
  const path = defaultCredentialsFile(environment, home)
  return createAwsCredentialsStore({ path, platform, isDefault: path === defaultCredentialsFile({}, home) })
}

const nobodySees = {
  code: 'show-once-without-terminal',
  message: 'The password is to be shown once, but there is no terminal to show it on.',
  next: 'Choose another place for it in the answers, or run this in a terminal.',
  path: 'secret.store',
}
