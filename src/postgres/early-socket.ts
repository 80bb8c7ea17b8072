import * as net from 'node:net'
import type { ServerAnswer } from '../model/answers.ts'
import { isSocketFolder, socketFile } from './server-place.ts'

/** Hosts with several addresses are tried one after the other; Node's 250 ms are too short for a far server. */
const addressTimeout = 1500

/**
 * Begins to reach a server, before what speaks to it is loaded: its name is looked up and the way is made
 * meanwhile. Nothing is sent. What goes wrong is not told: whoever takes the socket tries again.
 */
export function reachServer(server: Pick<ServerAnswer, 'host' | 'port'>): net.Socket {
  net.setDefaultAutoSelectFamilyAttemptTimeout(addressTimeout)
  const socket = new net.Socket()
  socket.on('error', () => {})
  return isSocketFolder(server.host)
    ? socket.connect(socketFile(server))
    : socket.connect(server.port, server.host)
}

/**
 * The socket for node-pg, which calls connect() on whatever it is given and waits for the event; a new one where
 * the early one has failed or was closed meanwhile.
 */
export function socketFor(early: net.Socket | undefined): net.Socket {
  net.setDefaultAutoSelectFamilyAttemptTimeout(addressTimeout)
  if (early === undefined || early.destroyed || early.readableEnded) return new net.Socket()
  const connect = () => {
    if (!early.connecting) setImmediate(() => early.emit('connect'))
    return early
  }
  return Object.assign(early, { connect })
}
