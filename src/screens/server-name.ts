import { displayWidth, truncate, visible } from '../terminal/truncate.ts'

interface Server {
  readonly user: string
  readonly host: string
  readonly port: number
}

/** Which server, in one row: the host is what counts, so the user's name gives way to it. */
export function serverName({ user, host, port }: Server, room: number, ellipsis: string): string {
  const address = visible(`${host}:${port}`)
  const whole = visible(`${user}@`) + address
  return displayWidth(whole) <= room ? whole : truncate(address, Math.max(0, room), ellipsis, 'middle')
}

/** The tool's name and the server; the tool's is cut, or left out, before anything of the server is. */
export function toolAndServer(
  { tool, server }: { readonly tool: string | undefined; readonly server: Server | undefined },
  room: number,
  { arrow, ellipsis }: { readonly arrow: string; readonly ellipsis: string },
): string {
  if (server === undefined) return truncate(visible(tool ?? ''), Math.max(0, room), ellipsis)
  const name = serverName(server, room, ellipsis)
  const between = ` ${arrow} `
  const left = room - displayWidth(name) - displayWidth(between)
  return tool === undefined || left < 3 ? name : truncate(visible(tool), left, ellipsis) + between + name
}
