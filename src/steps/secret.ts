import type { SecretAnswer, SecretStoreKind } from '../model/answers.ts'
import type { Understood } from './step.ts'

/** Understands where the password goes. */
export function secretAnswer(input: {
  readonly store: SecretStoreKind
  readonly path: string
}): Understood<SecretAnswer> {
  if (input.store !== 'passfile') return { ok: true, value: { store: input.store } }
  const path = input.path.trim()
  if (!path.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(path))
    return {
      ok: false,
      problems: [
        {
          field: 'path',
          problem: { code: 'bad-path', message: 'The whole path of the passfile, from the root.' },
        },
      ],
    }
  return { ok: true, value: { store: 'passfile', path } }
}
