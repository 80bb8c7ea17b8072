import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { reveal, type Secret } from '../model/secret.ts'

/** As many as the server itself uses (scram_iterations, 4096); node-pg refuses to log in beyond 100,000. */
const defaultIterations = 4096
const saltBytes = 16

/**
 * What the server keeps in place of a password, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`
 * (RFC 5802 and 7677, manual 53.8). Given in a PASSWORD clause it is stored as it is, so the password itself
 * never leaves this process.
 * @throws RangeError for an empty password or one outside printable ASCII: those would need SASLprep
 */
export function scramVerifier(
  password: Secret,
  options: { readonly iterations?: number; readonly salt?: Uint8Array } = {},
): string {
  const text = reveal(password)
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new RangeError('a SCRAM verifier is made here of printable ASCII only')
  }
  const iterations = options.iterations ?? defaultIterations
  const salt = options.salt ?? randomBytes(saltBytes)
  const salted = pbkdf2Sync(text, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`
}

/**
 * Whether the server would take the text for a verifier. Anything else it would silently hash as if it were
 * the password, and the login would fail.
 */
export function isScramVerifier(text: string): boolean {
  const match = /^SCRAM-SHA-256\$([1-9]\d{0,8}):([^$:]+)\$([^$:]+):([^$:]+)$/.exec(text)
  if (match === null) return false
  const [, , salt, storedKey, serverKey] = match
  return bytesOf(salt) > 0 && bytesOf(storedKey) === 32 && bytesOf(serverKey) === 32
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** How many bytes a canonical base64 text holds; -1 where it is not one. */
function bytesOf(base64: string | undefined): number {
  if (base64 === undefined) return -1
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes.length : -1
}
