import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { statementsIn } from './sql-statements.ts'

/** Where at a statement boundary something goes wrong: before the server has it, or when only the server knows. */
export type Moment = 'before' | 'answered'

export const moments: readonly Moment[] = ['before', 'answered']

/** One place at which something goes wrong. */
export interface Place {
  /** The number of the statement, from 1. */
  readonly boundary: number
  readonly moment: Moment
}

/** Statements by their number, from 1. */
export interface Passed {
  readonly statements: number
  /** Those whose answer the client waits for; within a string of several it hears of all at its end. */
  readonly answered: readonly number[]
}

/** A TCP proxy that knows where one statement ends and the next begins, and lets something happen there. */
export interface FaultProxy {
  readonly port: number
  /** Counts anew, over all connections: from the first one of `user` on, or from now on where it is null. */
  watch(user: string | null): void
  /** What has passed since then. */
  passed(): Passed
  /** At this place `fault` is called once; nothing passes on that connection any more, and then it ends. */
  failAt(place: Place, fault: () => Promise<void>): void
  /** Whether the place was reached. */
  hasFailed(): boolean
  /** Ends every connection there is, without a word. New ones are let through. */
  cut(): void
  close(): Promise<void>
}

/** Starts a proxy to a server on this machine. */
export async function startFaultProxy(port: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  let user: string | null = null
  let counting = true
  let boundary = 0
  let heard: number[] = []
  let failed = false
  let plan: { readonly place: Place; readonly fault: () => Promise<void> } | null = null

  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    const frontend = frontendReader()
    const backend = backendReader()
    /** Set while the answers are held back from the client. */
    let isWithheld = false
    let onAnswer = () => {}
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
        onAnswer()
      })
    }
    /** Until the server has answered all that it was sent; in the middle of a script it is asked to say so. */
    const answered = async () => {
      if (!backend.isAnswered()) upstream.write(flush)
      while (!backend.isAnswered() && !upstream.destroyed) {
        await new Promise<void>(resolve => {
          onAnswer = resolve
        })
      }
    }
    const send = (group: Pick<Group, 'bytes' | 'type'>) => {
      backend.isSent(group.type)
      upstream.write(group.bytes)
    }
    const pass = async (group: Group) => {
      if (group.user !== null && group.user === user) counting = true
      const parts = group.statement && counting ? partsOf(group, backend.isInTransaction()) : []
      const at = (plan?.place.boundary ?? 0) - boundary
      boundary += parts.length
      if (parts.length > 0) heard.push(boundary)
      if (plan === null || at < 1 || at > parts.length) {
        send(group)
        return
      }
      const { place, fault } = plan
      plan = null
      failed = true
      // What the connection had before its end; whatever the fault is, it does not outlive it.
      isWithheld = true
      const reached = parts.slice(0, place.moment === 'before' ? at - 1 : at)
      if (reached.length > 0) send(reached.length === parts.length ? group : joined(reached))
      await answered()
      await fault()
      client.destroy()
    }
    // One after the other, also while a fault is under way.
    let turn: Promise<void> = Promise.resolve()
    client.on('data', (data: Buffer) => {
      turn = turn.then(async () => {
        for (const group of frontend(data)) await pass(group)
      })
    })
    upstream.on('data', (data: Buffer) => {
      if (!isWithheld) client.write(data)
      backend.read(data)
      onAnswer()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    watch: from => {
      user = from
      counting = from === null
      boundary = 0
      heard = []
      failed = false
      plan = null
    },
    passed: () => ({ statements: boundary, answered: heard }),
    failAt: (place, fault) => {
      plan = { place, fault }
    },
    hasFailed: () => failed,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * The statements of a group: of a string with several, in an open transaction or with one of its own, each is one;
 * else the server makes one transaction of the string, and there is nothing between them.
 */
function partsOf(group: Group, isInTransaction: boolean): readonly string[] {
  if (group.type !== 'Q') return ['']
  const sql = group.bytes.subarray(5, -1).toString('utf8')
  return isInTransaction || /^\s*BEGIN\b/.test(sql) ? statementsIn(sql) : [sql]
}

function joined(statements: readonly string[]): Pick<Group, 'bytes' | 'type'> {
  const sql = Buffer.from(`${statements.join(';')}\0`)
  const head = Buffer.alloc(5)
  head.write('Q')
  head.writeInt32BE(sql.length + 4, 1)
  return { type: 'Q', bytes: Buffer.concat([head, sql]) }
}

/** Asks for the answers to what was sent so far (manual, 54.7): type H, and the length alone. */
const flush = Buffer.from([0x48, 0, 0, 0, 4])

interface Group {
  readonly bytes: Buffer
  /** Of the last message; null while connecting. */
  readonly type: string | null
  /** A statement to be run, or the end of data for one; not what belongs to connecting. */
  readonly statement: boolean
  /** The user of a startup packet. */
  readonly user: string | null
}

/** Takes a client's stream apart (manual, 54.7): each group is one statement, also among several in one trip. */
function frontendReader(): (data: Buffer) => readonly Group[] {
  let pending = Buffer.alloc(0)
  let group: Buffer[] = []
  let started = false
  return data => {
    pending = Buffer.concat([pending, data])
    const groups: Group[] = []
    for (;;) {
      const typed = started ? 1 : 0
      if (pending.length < typed + 4) return groups
      const length = pending.readInt32BE(typed) + typed
      if (pending.length < length) return groups
      const message = pending.subarray(0, length)
      pending = pending.subarray(length)
      if (!started) {
        const code = message.readInt32BE(4)
        // 3.0 and 3.2; the others ask for encryption or cancel.
        started = code >> 16 === 3
        groups.push({
          bytes: message,
          type: null,
          statement: false,
          user: started ? userOf(message) : null,
        })
        continue
      }
      group.push(message)
      const type = String.fromCharCode(message[0] ?? 0)
      // Parse, Bind, Describe and CopyData belong to what follows them.
      if ('PBDd'.includes(type)) continue
      groups.push({ bytes: Buffer.concat(group), type, statement: 'QEc'.includes(type), user: null })
      group = []
    }
  }
}

function userOf(startup: Buffer): string | null {
  const words = startup.subarray(8).toString('utf8').split('\0')
  return words[words.indexOf('user') + 1] ?? null
}

/** Knows whether the server has answered what it was sent. */
function backendReader() {
  let pending = Buffer.alloc(0)
  /** Statements of the extended protocol whose end is not told yet. */
  let owed = 0
  let querying = false
  let inTransaction = false
  /** After an error nothing more is run, or answered, until the next Sync. */
  let failing = false
  return {
    isSent: (type: string | null) => {
      if (type === 'Q') querying = true
      if (type === 'E' || (type === 'c' && !querying)) owed += 1
    },
    isInTransaction: () => inTransaction,
    isAnswered: () => failing || (owed === 0 && !querying),
    read: (data: Buffer) => {
      pending = Buffer.concat([pending, data])
      while (pending.length >= 5) {
        const length = pending.readInt32BE(1) + 1
        if (pending.length < length) return
        const type = String.fromCharCode(pending[0] ?? 0)
        if (type === 'Z') inTransaction = pending[5] !== 0x49
        pending = pending.subarray(length)
        // CommandComplete, EmptyQueryResponse, PortalSuspended, CopyInResponse.
        if ('CIsG'.includes(type) && owed > 0) owed -= 1
        if (type === 'E') failing = true
        // COPY wants its data before it says more.
        if (type === 'Z' || type === 'G') querying = false
        if (type !== 'Z') continue
        owed = 0
        failing = false
      }
    },
  }
}
