import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { SecretAnswer } from '../model/answers.ts'
import { secretAnswerSchema } from '../model/secret-answer-schema.ts'

const schema = z.object({ version: z.literal(1), secret: secretAnswerSchema })

/** Where the person had the last password put; null where nothing is remembered. Never a secret. */
export function rememberedPlace(stateFolder: string): SecretAnswer | null {
  try {
    return schema.parse(JSON.parse(readFileSync(fileIn(stateFolder), 'utf8'))).secret
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
