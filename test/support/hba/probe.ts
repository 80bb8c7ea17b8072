import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Probe {
  readonly port: number
  /** Where to; 127.0.0.1 or ::1. A path: the folder of a Unix socket. */
  readonly host: string
  /** The address to come from. */
  readonly from?: string
  readonly tls: boolean
  readonly user: string
  readonly database: string
  readonly replication?: boolean
}

/** What a server says to somebody who only knocks. */
export interface ProbeAnswer {
  /** The method, or how it was refused. */
  readonly says:
    | 'trust'
    | 'cleartext'
    | 'md5'
    | 'sasl'
    | 'ident'
    | 'peer'
    | 'cert'
    | 'reject'
    | 'nobody'
    | string
  /** Our port, by which the line in the log is found. */
  readonly localPort: number
}

/**
 * Sends a startup packet and reads the first answer (manual, 55.2): which proof is wanted, or the refusal. Asked
 * for a password it gives a wrong one, so that the server logs which line it was.
 */
export async function probe(request: Probe): Promise<ProbeAnswer> {
  const { host, port, from } = request
  const socket = host.startsWith('/')
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) })
  socket.setNoDelay(true)
  try {
    await once(socket, 'connect')
    const localPort = socket.localPort ?? 0
    const stream = request.tls ? await secured(socket) : socket
    const messages = reader(stream)
    stream.write(startup(request))
    const answer = await messages.next()
    const says = meaning(answer)
    if (says === 'cleartext' || says === 'md5') {
      stream.write(message('p', Buffer.from('md5wrong\0')))
      await messages.next()
    }
    return { says, localPort }
  } finally {
    socket.destroy()
  }
}

function once(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', reject)
  })
}

async function secured(socket: Socket): Promise<Socket> {
  socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]))
  const [answer] = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('error', reject)
  })
  if (answer !== 'S'.charCodeAt(0)) throw new Error('the server has no TLS')
  const stream = connectTls({ socket, rejectUnauthorized: false })
  await once(stream, 'secureConnect')
  return stream
}

function startup({ user, database, replication }: Probe): Buffer {
  const pairs = ['user', user, 'database', database, ...(replication === true ? ['replication', 'true'] : [])]
  const body = Buffer.from(`${pairs.join('\0')}\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8, 0)
  head.writeInt32BE(196_608, 4)
  return Buffer.concat([head, body])
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

interface Answer {
  readonly type: string
  readonly body: Buffer
}

function reader(stream: Socket): { next(): Promise<Answer> } {
  let buffered = Buffer.alloc(0)
  let wake: (() => void) | null = null
  let ended: Error | null = null
  stream.on('data', (data: Buffer) => {
    buffered = Buffer.concat([buffered, data])
    wake?.()
  })
  const end = (error?: Error) => {
    ended = error ?? new Error('the server closed the connection')
    wake?.()
  }
  stream.on('error', end)
  stream.on('close', () => end())
  return {
    next: async () => {
      for (;;) {
        const length = buffered.length < 5 ? Number.POSITIVE_INFINITY : buffered.readInt32BE(1) + 1
        if (buffered.length >= length) {
          const answer = { type: String.fromCharCode(buffered[0] ?? 0), body: buffered.subarray(5, length) }
          buffered = buffered.subarray(length)
          return answer
        }
        if (ended !== null) throw ended
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}

const requests: Readonly<Record<number, string>> = {
  0: 'trust',
  3: 'cleartext',
  5: 'md5',
  7: 'gss',
  10: 'sasl',
}

function meaning({ type, body }: Answer): string {
  if (type === 'R') return requests[body.readInt32BE(0)] ?? `request ${body.readInt32BE(0)}`
  const text = body.toString()
  if (/rejects (replication )?connection/.test(text)) return 'reject'
  if (/no pg_hba.conf entry/.test(text)) return 'nobody'
  if (/Ident authentication failed/.test(text)) return 'ident'
  if (/Peer authentication failed/.test(text)) return 'peer'
  if (/client certificate/.test(text)) return 'cert'
  return text.replaceAll('\0', ' ')
}
