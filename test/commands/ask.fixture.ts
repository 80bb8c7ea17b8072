/** Asks as a command does and tells what came, a password by its length and hash: for prompt.test.ts. */
import { createHash } from 'node:crypto'
import { askLine, askPassword, canAsk } from '../../src/commands/support/prompt.ts'
import { problemOf } from '../../src/model/problem.ts'
import { reveal } from '../../src/model/secret.ts'

const { stdin, stdout, stderr, env } = process
const cancel = new AbortController()
process.on('SIGINT', () => cancel.abort())
const io = { stdin, stdout, stderr, env, signal: cancel.signal }

try {
  if (process.argv[2] === 'line') console.log(`[line ${await askLine(io, 'Go on? ')}]`)
  else {
    const password = await askPassword(io, 'Password: ')
    console.log(`[password ${password === null ? 'none' : hashOf(reveal(password))}]`)
  }
} catch (thrown) {
  console.log(`[${problemOf(thrown).code}]`)
}
console.log(`[raw ${stdin.isRaw} ask ${canAsk(io)}]`)

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
