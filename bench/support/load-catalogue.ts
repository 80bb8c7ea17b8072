/**
 * Run as a program of its own: reads the warehouse as the wizard does and says what that took.
 *
 *   load-catalogue.cjs start|tree|all PORT USER    (the password on standard input)
 */
import { readFileSync } from 'node:fs'
import { secret } from '../../src/model/secret.ts'
import { readTree } from '../../src/postgres/catalogue.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readRelations } from '../../src/postgres/relations.ts'

const [, , mode = 'start', port = '', user = ''] = process.argv

async function main(): Promise<void> {
  const password = secret(readFileSync(0, 'utf8'))
  const result = await connect({
    host: '127.0.0.1',
    port: Number(port),
    database: 'warehouse',
    user,
    tls: 'disable',
    password,
  })
  if (!result.ok) throw new Error(result.problem.message)
  const session = result.value
  if (mode === 'start') return session.close()
  const { here } = await readTree(session)
  if (mode === 'tree') return session.close()
  await collected()
  const before = held()
  const began = performance.now()
  const relations = await readRelations(
    session,
    here.schemas.map(({ name }) => name),
  )
  const milliseconds = performance.now() - began
  await session.close()
  await collected()
  const count = [...relations.values()].reduce((sum, { length }) => sum + length, 0)
  process.stdout.write(JSON.stringify({ count, bytes: held() - before, milliseconds }))
}

/** What is free only once something else was let go of (finalizers, buffers) goes in a later turn. */
async function collected(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  for (let turn = 0; turn < 3; turn += 1) {
    gc?.()
    await new Promise(resolve => setImmediate(resolve))
  }
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

void main()
