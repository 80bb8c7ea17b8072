/**
 * The keychain process: reads one request from stdin, answers on stdout, ends. It is a process of its own
 * because a call into the keychain can hang for good (an unlock dialog that nobody sees), and then not even
 * process.exit() ends the process that made it; and because native code can crash.
 */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { KeychainReply, KeychainRequest } from './keychain-protocol.ts'

type Keytar = typeof import('keytar')

// Ended by whoever asked before there is an answer: nobody waits any more, and a call may hang.
const lines = createInterface({ input: process.stdin })
lines.once('close', () => process.kill(process.pid, 'SIGKILL'))
lines.once('line', line => {
  void answer(JSON.parse(line)).then(reply => {
    process.stdout.write(JSON.stringify(reply), () => process.exit(0))
  })
})

async function answer(request: KeychainRequest): Promise<KeychainReply> {
  let keytar: Keytar
  try {
    // CommonJS: everything is on the default export.
    keytar = (await import('keytar')).default
  } catch (error) {
    return { outcome: 'not-loaded', message: messageOf(error), detail: whyNotLoaded() }
  }
  try {
    return await carryOut(keytar, request)
  } catch (error) {
    return { outcome: 'failed', message: messageOf(error) }
  }
}

async function carryOut(keytar: Keytar, request: KeychainRequest): Promise<KeychainReply> {
  const { service, account } = request
  switch (request.operation) {
    case 'read': {
      const secret = await keytar.getPassword(service, account)
      return secret === null
        ? unlessNotProved(await proveAside(keytar, service), { outcome: 'read', secret })
        : { outcome: 'read', secret }
    }
    case 'remove': {
      const existed = await keytar.deletePassword(service, account)
      return existed
        ? { outcome: 'removed', existed }
        : unlessNotProved(await proveAside(keytar, service), { outcome: 'removed', existed })
    }
    case 'save':
      await keytar.setPassword(service, account, request.secret)
      return compare(await keytar.getPassword(service, account), request.secret)
    case 'prove':
      return prove(keytar, request)
  }
}

async function prove(
  keytar: Keytar,
  { service, account, secret }: { service: string; account: string; secret: string },
): Promise<KeychainReply> {
  await keytar.setPassword(service, account, secret)
  const reply = compare(await keytar.getPassword(service, account), secret)
  await keytar.deletePassword(service, account)
  if (reply.outcome !== 'done') return reply
  const left = await keytar.getPassword(service, account)
  return left === null ? reply : { outcome: 'lied', found: 'a deleted item' }
}

/**
 * A keyring that is locked, or is not there yet, has nothing of what is asked for, and says so without an error:
 * that there is nothing is believed only where a canary shows that it would be found.
 */
function proveAside(keytar: Keytar, service: string): Promise<KeychainReply> {
  const [account, secret] = [`probe-${randomUUID()}`, randomUUID()]
  return prove(keytar, { service, account, secret })
}

function unlessNotProved(proof: KeychainReply, answer: KeychainReply): KeychainReply {
  return proof.outcome === 'done' ? answer : proof
}

function compare(found: string | null, wanted: string): KeychainReply {
  if (found === wanted) return { outcome: 'done' }
  return { outcome: 'lied', found: found === null ? 'nothing' : 'another value' }
}

/** keytar hides the linker's message ("libsecret-1.so.0: cannot open …"): loads the native part once more. */
function whyNotLoaded(): string {
  try {
    const requireFrom = createRequire(process.argv[1] ?? process.execPath)
    requireFrom(`keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`)
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
