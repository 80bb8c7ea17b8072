import type { Problem } from './problem.ts'

/** Fewer characters than this are tried out in days (age-encryption: at least 8 to 10 random ones). */
const shortestPassphrase = 10

/** Why a new passphrase of a file cannot be taken; null where it can. */
export function passphraseProblem(passphrase: string): Problem | null {
  if ([...passphrase].length >= shortestPassphrase) return null
  return {
    code: 'short-passphrase',
    message: `At least ${shortestPassphrase} characters: who has the file can try as long as they like.`,
  }
}
