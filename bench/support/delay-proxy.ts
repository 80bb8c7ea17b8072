import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What one client asked for through the proxy. */
export interface ProxiedConnection {
  /** Of the startup packet; null for one that only asked for encryption or a cancel, or is encrypted. */
  user: string | null
  /** How often the client, while it logged in, sent something and waited for the answer. */
  handshake: number
  /** The same, of statements: several that travel together are one. Saying goodbye is none. */
  trips: number
}

/** A way to a server that takes as long as one tells it, and counts. */
export interface DelayProxy {
  readonly port: number
  readonly connections: readonly ProxiedConnection[]
  /** How many CancelRequests came through. */
  readonly cancels: number
  /** Bytes to the clients so far. */
  readonly received: number
  close(): Promise<void>
}

/**
 * Starts a TCP proxy to a server on this machine.
 * @param roundTrip milliseconds that it adds to a round trip, half of them each way; whatever is sent meanwhile
 *   travels with it, as on a line that is long and not narrow
 */
export async function startDelayProxy(port: number, roundTrip: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>()
  const connections: ProxiedConnection[] = []
  let cancels = 0
  let received = 0

  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    const connection: ProxiedConnection = { user: null, handshake: 0, trips: 0 }
    connections.push(connection)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    /** Whether the client has heard something since it spoke last. */
    let answered = true
    client.on('data', (data: Buffer) => {
      if (answered && !isGoodbye(data)) {
        answered = false
        const kind = kindOf(data)
        if (kind === 'cancel') cancels += 1
        else if (kind === 'statement') connection.trips += 1
        else connection.handshake += 1
        if (kind === 'startup') connection.user = userOf(data)
      }
    })
    pass(client, upstream, roundTrip / 2, () => {})
    pass(upstream, client, roundTrip / 2, bytes => {
      answered = true
      received += bytes
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    connections,
    get cancels() {
      return cancels
    },
    get received() {
      return received
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Hands on what comes, later by `delay` milliseconds, and the end of it too. */
function pass(from: Socket, to: Socket, delay: number, onDelivered: (bytes: number) => void): void {
  const later = (work: () => void) => (delay === 0 ? work() : void setTimeout(work, delay))
  from.on('data', (data: Buffer) =>
    later(() => {
      onDelivered(data.length)
      if (!to.destroyed) to.write(data)
    }),
  )
  from.on('close', () => later(() => to.destroy()))
}

/** Terminate (manual, 54.7). */
function isGoodbye(data: Buffer): boolean {
  return data.length === 5 && data[0] === 0x58
}

/** What the first message says (manual, 54.7): only those of the startup have no letter first. */
function kindOf(data: Buffer): 'startup' | 'encryption' | 'login' | 'cancel' | 'statement' {
  if (data[0] === 0x70) return 'login'
  if (data[0] === 0x16) return 'encryption'
  if (data[0] !== 0) return 'statement'
  const code = data.length >= 8 ? data.readInt32BE(4) : 0
  if (code === 80_877_102) return 'cancel'
  return code >> 16 === 3 ? 'startup' : 'encryption'
}

function userOf(startup: Buffer): string | null {
  const words = startup.subarray(8).toString('utf8').split('\0')
  return words[words.indexOf('user') + 1] ?? null
}
