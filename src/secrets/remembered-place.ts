import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretAnswer } from '../model/answers.ts'

/** Where the person had the last password put; null where nothing is remembered. Never a secret. */
export async function rememberedPlace(stateFolder: string): Promise<SecretAnswer | null> {
  try {
    const { version, secret } = JSON.parse(readFileSync(fileIn(stateFolder), 'utf8')) as Record<
      string,
      unknown
    >
    if (version !== 1) return null
    // What checks a document is loaded only where there is one.
    const { secretAnswerSchema } = await import('../model/secret-answer-schema.ts')
    return secretAnswerSchema.parse(secret)
  } catch {
    return null
  }
}

/** Remembers it for the next time; a convenience, so that a folder that takes no file is no fault. */
export function rememberPlace(stateFolder: string, secret: SecretAnswer): void {
  try {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
    writeFileSync(fileIn(stateFolder), `${JSON.stringify({ version: 1, secret }, null, 2)}\n`, {
      mode: 0o600,
    })
  } catch {
    // The next time it is asked as if for the first time.
  }
}

function fileIn(stateFolder: string): string {
  return join(stateFolder, 'place-for-secrets.json')
}
