import { randomInt } from 'node:crypto'
import { type Secret, secret } from '../model/secret.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const length = 32

/**
 * A password of 32 letters and digits (about 190 bits): it begins with a letter and has an upper-case and a
 * lower-case letter and a digit, so that it passes common password rules and needs quoting nowhere: not in a
 * URL, a form, a passfile, a shell or SQL, and SASLprep (RFC 4013) leaves it as it is.
 */
export function generatePassword(): Secret {
  // Drawn anew as a whole until it fits: every password that fits is equally likely.
  for (;;) {
    const password = Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
    if (fits(password)) return secret(password)
  }
}

function fits(password: string): boolean {
  return (
    /^[A-Za-z]/.test(password) && /[A-Z]/.test(password) && /[a-z]/.test(password) && /[0-9]/.test(password)
  )
}
