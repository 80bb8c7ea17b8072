import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Where at a statement boundary something goes wrong: before the server has it, or when only the server knows. */
export type Moment = 'before' | 'answered'

export const moments: readonly Moment[] = ['before', 'answered']

/** One place at which something goes wrong. */
export interface Place {
  /** The number of the statement, from 1. */
  readonly boundary: number
  readonly moment: Moment
}

/** A TCP proxy that knows where one statement ends and the next begins, and lets something happen there. */
export interface FaultProxy {
  readonly port: number
  /** Counts anew, over all connections: from the first one of `user` on, or from now on where it is null. */
  watch(user: string | null): void
  /** Boundaries passed since then. */
  passed(): number
  /** At this place `fault` is called once; nothing passes on that connection until it has resolved. */
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
  let failed = false
  let plan: { readonly place: Place; readonly fault: () => Promise<void> } | null = null

  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    const frontend = frontendReader()
    /** Set while the answer to a statement is held back. */
    let withheld: (() => Promise<void>) | null = null
    let answer = Buffer.alloc(0)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    // One after the other, also while a fault is under way.
    let turn: Promise<void> = Promise.resolve()
    client.on('data', (data: Buffer) => {
      turn = turn.then(async () => {
        for (const group of frontend(data)) {
          if (group.user !== null && group.user === user) counting = true
          if (group.statement && counting) {
            boundary += 1
            if (plan?.place.boundary === boundary) {
              const { place, fault } = plan
              plan = null
              failed = true
              if (place.moment === 'before') await fault()
              else withheld = fault
            }
          }
          upstream.write(group.bytes)
        }
      })
    })
    upstream.on('data', (data: Buffer) => {
      if (withheld === null) {
        client.write(data)
        return
      }
      answer = Buffer.concat([answer, data])
      if (!isWholeAnswer(answer)) return
      const fault = withheld
      const rest = answer
      withheld = null
      void fault().then(() => client.write(rest))
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
      failed = false
      plan = null
    },
    passed: () => boundary,
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

interface Group {
  readonly bytes: Buffer
  /** A statement to be run, or data for one; not what belongs to connecting. */
  readonly statement: boolean
  /** The user of a startup packet. */
  readonly user: string | null
}

/** Takes a client's stream apart (manual, 54.7): each group is what the server answers as one. */
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
        groups.push({ bytes: message, statement: false, user: started ? userOf(message) : null })
        continue
      }
      group.push(message)
      const type = String.fromCharCode(message[0] ?? 0)
      if (!'QScfpX'.includes(type)) continue
      groups.push({ bytes: Buffer.concat(group), statement: 'QSc'.includes(type), user: null })
      group = []
    }
  }
}

function userOf(startup: Buffer): string | null {
  const words = startup.subarray(8).toString('utf8').split('\0')
  return words[words.indexOf('user') + 1] ?? null
}

/** Ready for the next statement, or for COPY's data. */
function isWholeAnswer(answer: Buffer): boolean {
  const ready = answer.subarray(-6)
  return (ready[0] === 0x5a && ready.readInt32BE(1) === 5) || answer[0] === 0x47
}
