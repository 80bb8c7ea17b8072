import * as net from 'node:net'
import * as tls from 'node:tls'
import { ProblemError } from '../model/problem.ts'

/** Which backend to interrupt, and the way to it. */
export interface CancelTarget {
  readonly path: { readonly path: string } | { readonly host: string; readonly port: number }
  /** null without TLS. */
  readonly tls: tls.ConnectionOptions | null
  readonly processId: number
  readonly secretKey: number
}

/**
 * Sends a CancelRequest (manual, 54.2.8) through a connection of its own, encrypted where the session is.
 * The server answers by closing it, whether or not there was something to cancel.
 * @throws ProblemError `cancel-failed` when the server cannot be reached within the time (milliseconds)
 */
export async function sendCancelRequest(target: CancelTarget, timeout: number): Promise<void> {
  const socket = net.connect(target.path)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(timeout, () => reject(new Error('the server does not answer')))
      socket.on('error', reject)
      socket.on('close', () => resolve())
      const request = Buffer.alloc(16)
      request.writeInt32BE(16, 0)
      request.writeInt32BE(80877102, 4)
      request.writeInt32BE(target.processId, 8)
      request.writeInt32BE(target.secretKey, 12)
      const options = target.tls
      if (options === null) {
        socket.end(request)
        socket.resume()
        return
      }
      const sslRequest = Buffer.alloc(8)
      sslRequest.writeInt32BE(8, 0)
      sslRequest.writeInt32BE(80877103, 4)
      socket.write(sslRequest)
      socket.once('data', answer => {
        if (answer.toString('latin1') !== 'S') return reject(new Error('the server refuses TLS'))
        const secure = tls.connect({ ...options, socket })
        secure.on('error', reject)
        secure.on('close', () => resolve())
        secure.end(request)
        secure.resume()
      })
    })
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ProblemError(
      {
        code: 'cancel-failed',
        message: `The request to cancel did not reach the server: ${why}.`,
        next: 'What runs there goes on; pg_cancel_backend() ends it from another session.',
      },
      { cause: thrown },
    )
  } finally {
    socket.destroy()
  }
}
