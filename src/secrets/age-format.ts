import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { reveal, type Secret, secret } from '../model/secret.ts'

export type EncryptWith = { readonly passphrase: Secret } | { readonly recipients: readonly string[] }
export type DecryptWith = { readonly passphrase: Secret } | { readonly identities: readonly Secret[] }

/** 2^18 rounds, as age's own; a canary is no secret, and is not waited for. */
const workFactors = { secret: 18, canary: 10 } as const

/**
 * An armoured age file.
 * @throws ProblemError `age-bad-recipient`
 */
export async function encryptAge(
  value: Secret,
  keys: EncryptWith,
  what: keyof typeof workFactors,
): Promise<Buffer> {
  const encrypter = new Encrypter()
  if ('passphrase' in keys) {
    encrypter.setPassphrase(reveal(keys.passphrase))
    encrypter.setScryptWorkFactor(workFactors[what])
  } else
    for (const recipient of keys.recipients) {
      try {
        encrypter.addRecipient(recipient)
      } catch (cause) {
        throw new ProblemError(badRecipient(recipient), { cause })
      }
    }
  return Buffer.from(armor.encode(await encrypter.encrypt(reveal(value))))
}

/** @throws ProblemError `age-wrong-key` */
export async function decryptAge(contents: Buffer, keys: DecryptWith, file: string): Promise<Secret> {
  const decrypter = new Decrypter()
  if ('passphrase' in keys) decrypter.addPassphrase(reveal(keys.passphrase))
  else for (const identity of keys.identities) decrypter.addIdentity(reveal(identity))
  try {
    return secret(await decrypter.decrypt(armor.decode(contents.toString('latin1')), 'text'))
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'age-wrong-key',
        message: `${file} cannot be decrypted: ${'passphrase' in keys ? 'it was encrypted with another passphrase' : 'it was encrypted for another key'}, or is damaged (${problemOf(cause).message}).`,
        next: 'Try again with the right one, or choose another folder.',
      },
      { cause },
    )
  }
}

/** The keys of an identity file, as age-keygen writes it. @throws ProblemError `age-bad-identity` */
export function identitiesIn(text: string, file: string): readonly Secret[] {
  const lines = text.split('\n').map(line => line.trim())
  const found = lines.filter(line => line.startsWith('AGE-SECRET-KEY-'))
  if (found.length > 0) return found.map(secret)
  throw new ProblemError({
    code: 'age-bad-identity',
    message: `There is no AGE-SECRET-KEY in ${file}.`,
    next: 'Name a file that age-keygen has written; keys of SSH and of plugins cannot be used here.',
    path: 'secret.identity',
  })
}

/** One for a moment, to read a canary back with. */
export async function newIdentity(): Promise<{ readonly identity: Secret; readonly recipient: string }> {
  const identity = await generateX25519Identity()
  return { identity: secret(identity), recipient: await identityToRecipient(identity) }
}

function badRecipient(recipient: string): Problem {
  const pasted = recipient.startsWith('AGE-SECRET-KEY-')
  return {
    code: 'age-bad-recipient',
    // What looks like a private key is not shown again.
    message: pasted
      ? 'This is a private key. The recipient is its public key, age1...'
      : `This is no recipient that can be used here: ${JSON.stringify(recipient)}.`,
    next: 'It begins with age1: `age-keygen -y FILE` shows that of an identity file. Keys of SSH cannot be used here.',
    path: 'secret.recipient',
  }
}
