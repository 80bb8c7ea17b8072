import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that holds back what the client sends from a chosen moment on: a network that stands still. */
export interface PausingProxy {
  readonly port: number
  /** Resolves when the client has sent the text so often, counted from now; it is held back, and all after it. */
  pauseAt(text: string, times: number): Promise<void>
  /** Resolves when one more connection comes than there were. */
  nextConnection(): Promise<void>
  resume(): void
  close(): Promise<void>
}

/** Starts a proxy to a server on this machine. */
export async function startPausingProxy(port: number): Promise<PausingProxy> {
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let watched: { text: string; left: number; reached: () => void } | null = null
  let paused = false
  let connected: (() => void) | null = null

  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    upstream.pipe(client)
    client.on('end', () => upstream.end())
    // A connection made while all stands still (a cancel request) goes through.
    const pausable = !paused
    client.on('data', (data: Buffer) => {
      if (watched !== null && data.includes(watched.text)) {
        watched.left -= 1
        if (watched.left === 0) {
          paused = true
          watched.reached()
          watched = null
        }
      }
      if (paused && pausable) held.push(() => upstream.write(data))
      else upstream.write(data)
    })
    connected?.()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    pauseAt: (text, times) =>
      new Promise(resolve => {
        watched = { text, left: times, reached: resolve }
      }),
    nextConnection: () =>
      new Promise(resolve => {
        connected = resolve
      }),
    resume: () => {
      paused = false
      for (const send of held.splice(0)) send()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
