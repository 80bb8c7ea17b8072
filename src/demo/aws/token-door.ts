import { connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { startupParameters, withReader } from './startup-messages.ts'

/** How the door decides, and what is behind it. */
export interface TokenDoorOptions {
  /** The server behind, which lets members of rds_iam in through its socket without asking. */
  readonly server: { readonly host: string; readonly port: number; readonly socketPath: string }
  readonly tls: { readonly certificate: string; readonly key: string }
  /** Whether the user comes in by a token alone: a member of rds_iam. */
  readonly needsToken: (user: string) => Promise<boolean>
  /** Whether the token lets the user in; else why not, which the client is not told. */
  readonly check: (
    token: string,
    user: string,
  ) => Promise<{ readonly good: true } | { readonly good: false; readonly because: string }>
}

export interface TokenDoor {
  readonly port: number
  /** What was refused, and why, in order: RDS has it in its log. */
  readonly refused: readonly { readonly user: string; readonly because: string }[]
  close(): Promise<void>
}

/**
 * The door of an RDS instance, before a server of one's own: TLS, and for members of rds_iam the token in place of a
 * password (PostgreSQL manual, 54.2 "Message Flow": SSLRequest, AuthenticationCleartextPassword). Everybody else is
 * passed through and signs in to the server itself.
 */
export async function startTokenDoor(options: TokenDoorOptions): Promise<TokenDoor> {
  const refused: { user: string; because: string }[] = []
  const sockets = new Set<Socket>()
  const listener = createServer(socket => {
    keep(socket)
    greet(socket).catch(() => socket.destroy())
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    refused,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => listener.close(resolve))
    },
  }

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }

  /** Up to TLS: asked for, or begun at once as clients of 17 and later may. */
  async function greet(socket: Socket): Promise<void> {
    const request = await withReader(socket, async reader =>
      (await reader.peek(1))[0] === tlsHandshake ? null : reader.message(),
    )
    const code = request?.readInt32BE(4) ?? sslRequest
    if (request !== null && code !== sslRequest) {
      // A request to cancel comes without TLS; RDS refuses all others that do.
      if (code === cancelRequest) passOn(socket, request, options.server)
      else socket.end(errorMessage('28000', noEncryption))
      return
    }
    if (request !== null) socket.write('S')
    const { certificate: cert, key } = options.tls
    const secure = new TLSSocket(socket, { isServer: true, cert, key, ALPNProtocols: ['postgresql'] })
    keep(secure)
    await admit(secure)
  }

  async function admit(client: TLSSocket): Promise<void> {
    const startup = await withReader(client, reader => reader.message())
    const { user = '' } = startupParameters(startup)
    const cancels = startup.readInt32BE(4) === cancelRequest
    if (cancels || !(await options.needsToken(user))) return passOn(client, startup, options.server)
    client.write(askForPassword)
    const answer = await withReader(client, reader => reader.typedMessage())
    // A type, the length, and the token with a zero behind it.
    const verdict = await options.check(answer.subarray(5, -1).toString('utf8'), user)
    if (verdict.good) return passOn(client, startup, { path: options.server.socketPath })
    refused.push({ user, because: verdict.because })
    client.end(errorMessage('28000', `PAM authentication failed for user "${user}"`))
  }

  function passOn(
    client: Socket,
    first: Buffer,
    to: { host: string; port: number } | { path: string },
  ): void {
    const behind = connect(to)
    keep(behind)
    behind.write(first)
    client.pipe(behind).pipe(client)
    client.on('close', () => behind.destroy())
  }
}

const tlsHandshake = 0x16
const sslRequest = 80877103
const cancelRequest = 80877102
const noEncryption = 'no pg_hba.conf entry for this host, no encryption'

/** AuthenticationCleartextPassword. */
const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

function errorMessage(sqlstate: string, text: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}
