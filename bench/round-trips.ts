import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTree } from '../src/postgres/catalogue.ts'
import { connect, openSessionFor } from '../src/postgres/connect.ts'
import { readServerFacts } from '../src/postgres/server-facts.ts'
import { rememberTlsAtOnce } from '../src/postgres/tls-at-once.ts'
import { planFor } from './granting.ts'
import { type Group, inTurns, type Measured, notMeasured, timed } from './measure.ts'
import { type DelayProxy, startDelayProxy } from './support/delay-proxy.ts'
import { administratorOf, applyPlan } from './support/engine.ts'
import { hasPsql, psql } from './support/psql.ts'
import type { Warehouse } from './support/warehouse.ts'

/** How often somebody who is far away waits for the server: counts, and what connecting costs against psql. */
export const roundTrips: Group = {
  name: 'trips',
  measure: async context => {
    const warehouse = await context.warehouse(18)
    return [
      await toTheTree(warehouse),
      ...(await ofAnApply(warehouse)),
      ...(await ofConnecting(warehouse, context.shortRounds)),
    ]
  },
}

async function toTheTree(warehouse: Warehouse): Promise<Measured> {
  const proxy = await startDelayProxy(warehouse.server.port, 0)
  try {
    const target = { ...administratorOf(warehouse, proxy.port), database: warehouse.database }
    const result = await connect(target)
    if (!result.ok) throw new Error(result.problem.message)
    await readServerFacts(result.value, target.host, openSessionFor(target))
    await readTree(result.value)
    const trips = tripsOf(proxy, warehouse.server.adminUser)
    await result.value.close()
    return { id: 'trips.tree', value: trips }
  } finally {
    await proxy.close()
  }
}

async function ofAnApply(warehouse: Warehouse): Promise<readonly Measured[]> {
  const { server, database } = warehouse
  const proxy = await startDelayProxy(server.port, 0)
  try {
    const plan = await planFor(warehouse, warehouse.relations.slice(0, 1000))
    let committed = Number.NaN
    let handshakes = ''
    const outcome = await applyPlan(administratorOf(warehouse, proxy.port), plan, {
      onEvent: event => {
        if (event.kind !== 'phase' || event.phase !== 'proof') return
        committed = tripsOf(proxy, server.adminUser)
        handshakes = handshakesOf(proxy)
      },
    })
    if (outcome.outcome !== 'done') throw new Error(`the apply ended with ${JSON.stringify(outcome)}`)
    const proof = tripsOf(proxy, plan.login)
    for (const role of [plan.login, plan.grantee]) {
      await server.sql(`DROP OWNED BY ${role}`, database)
      await server.sql(`DROP ROLE ${role}`)
    }
    return [
      {
        id: 'trips.committed',
        value: committed,
        note: `1,000 tables; roles, grants and the opened login. Logging in itself is not counted: ${handshakes}, the knock while the second session logs in`,
      },
      {
        id: 'trips.proof',
        value: proof,
        note: 'all of them read, others refused, writing and creating refused',
      },
    ]
  } finally {
    await proxy.close()
  }
}

/** With TLS and SCRAM, to the first answer; TCP's own round trip is not in it, for either. */
async function ofConnecting(warehouse: Warehouse, rounds: number): Promise<readonly Measured[]> {
  if (!hasPsql()) return notMeasured(['trips.connecting'], 'no psql')
  const { server } = warehouse
  const delay = 100
  const proxy = await startDelayProxy(server.port, delay)
  const folder = mkdtempSync(join(tmpdir(), 'round-trips-'))
  const tlsAtOnce = rememberTlsAtOnce(folder)
  const ours = async (port: number) => {
    const result = await connect({ ...administratorOf(warehouse, port), tls: 'require', tlsAtOnce })
    if (!result.ok) throw new Error(result.problem.message)
    await result.value.query('SELECT 1')
    return result.value
  }
  const oursTimed = async (port: number) => {
    const began = performance.now()
    const session = await ours(port)
    const took = performance.now() - began
    await session.close()
    return took
  }
  const theirs = (port: number) =>
    timed(() => psql(warehouse, ['-c', 'SELECT 1'], { port, sslmode: 'require' }))
  try {
    // The first connection of all asks the server for TLS, and learns that later ones need not.
    for (const port of [proxy.port, server.port]) await (await ours(port)).close()
    const medians = await inTurns(Math.min(rounds, 7), {
      oursFar: () => oursTimed(proxy.port),
      oursNear: () => oursTimed(server.port),
      psqlFar: () => theirs(proxy.port),
      psqlNear: () => theirs(server.port),
    })
    const oursTrips = (medians.oursFar - medians.oursNear) / delay
    const psqlTrips = (medians.psqlFar - medians.psqlNear) / delay
    return [
      {
        id: 'trips.connecting',
        value: psqlTrips - oursTrips,
        note: `ours ${oursTrips.toFixed(1)}, psql ${psqlTrips.toFixed(1)}, from what 100 ms of delay add; a server that was connected to before`,
      },
    ]
  } finally {
    await proxy.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How often who logs in waits, and for how many logins, in words. */
function handshakesOf({ connections }: DelayProxy): string {
  const waits = connections.reduce((sum, { handshake }) => sum + handshake, 0)
  return `${waits} more for ${connections.length} logins`
}

function tripsOf(proxy: DelayProxy, user: string): number {
  return proxy.connections.filter(each => each.user === user).reduce((sum, { trips }) => sum + trips, 0)
}
