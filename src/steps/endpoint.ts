import ipaddr from 'ipaddr.js'
import type { Endpoint, ServerAnswer } from '../model/answers.ts'
import { portOf } from './connection.ts'
import type { Understood } from './step.ts'

/** Whether a host means this machine only: a socket's folder, a loopback address or a name for one. */
export function isLocalHost(host: string): boolean {
  const name = host.trim().toLowerCase()
  if (name.startsWith('/') || name === 'localhost' || name.endsWith('.localhost')) return true
  return ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback'
}

/**
 * What to offer as the tool's way to the server: how the administrator came in, unless that way is a socket,
 * a loopback or the near end of a tunnel, which the tool cannot use; then nothing.
 */
export function suggestEndpoint(server: ServerAnswer): { readonly host: string; readonly port: string } {
  return isLocalHost(server.host)
    ? { host: '', port: '5432' }
    : { host: server.host, port: String(server.port) }
}

/** Understands the fields. A loopback address may be typed (a tool on this very machine); a socket may not. */
export function endpointAnswer(input: {
  readonly host: string
  readonly port: string
}): Understood<Endpoint> {
  const host = input.host.trim()
  const port = portOf(input.port)
  if (host === '')
    return {
      ok: false,
      problems: [
        {
          field: 'host',
          problem: {
            code: 'missing',
            message:
              'It is empty. The name or address by which the tool reaches this server from its own network.',
          },
        },
      ],
    }
  if (host.startsWith('/') || /\s/.test(host) || host.includes('://'))
    return {
      ok: false,
      problems: [
        {
          field: 'host',
          problem: { code: 'bad-host', message: 'A host name or an address, not a socket or a URL.' },
        },
      ],
    }
  if (port === null)
    return {
      ok: false,
      problems: [
        { field: 'port', problem: { code: 'bad-port', message: 'A port is a number from 1 to 65535.' } },
      ],
    }
  return { ok: true, value: { host, port } }
}
