import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A server as it is told apart here. */
export interface Place {
  readonly host: string
  readonly port: number
}

/**
 * Which servers take TLS at once, as libpq's `sslnegotiation=direct`, instead of being asked for it first: PostgreSQL
 * does since 17 (manual, 54.2.10), what stands before it may not. It saves a round trip, and is no less safe: the
 * same certificates are asked of the same server either way. A server before 17 would write a line into its log,
 * so that only one is tried of which it is known that it is a later one.
 */
export interface TlsAtOnce {
  /** Whether to begin with TLS there. */
  isWorthTrying(place: Place): boolean
  /** A session over TLS said this of the server: `server_version_num` / 10,000. */
  hasVersion(place: Place, major: number): void
  /** It was tried. */
  was(place: Place, taken: boolean): void
}

/** Since when a server takes it. */
const firstMajor = 17

/** So many servers are remembered, those that were learned last. */
const mostServers = 200

/** Remembers it in a file of the folder, from one start to the next. A folder that takes no file is no fault. */
export function rememberTlsAtOnce(folder: string): TlsAtOnce {
  const path = join(folder, 'tls-at-once.json')
  const known = readKnown(path)
  const worthTrying = new Set<string>()
  return {
    isWorthTrying: place => known.get(keyOf(place)) ?? worthTrying.has(keyOf(place)),
    hasVersion: (place, major) => {
      if (major >= firstMajor) worthTrying.add(keyOf(place))
      // Another server than at the time when it was learned.
      else if (known.delete(keyOf(place))) write(path, known)
    },
    was: (place, taken) => {
      const key = keyOf(place)
      if (known.get(key) === taken) return
      known.delete(key)
      known.set(key, taken)
      write(path, known)
    },
  }
}

function keyOf({ host, port }: Place): string {
  return `${host} ${port}`
}

function readKnown(path: string): Map<string, boolean> {
  try {
    const { version, servers } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    if (version !== 1 || !Array.isArray(servers)) return new Map()
    return new Map(servers.flatMap(entryOf))
  } catch {
    return new Map()
  }
}

function entryOf(one: unknown): [string, boolean][] {
  const { host, port, taken } = (one ?? {}) as Record<string, unknown>
  return typeof host === 'string' && typeof port === 'number' && typeof taken === 'boolean'
    ? [[keyOf({ host, port }), taken]]
    : []
}

function write(path: string, known: ReadonlyMap<string, boolean>): void {
  const servers = [...known].slice(-mostServers).map(([key, taken]) => {
    const at = key.lastIndexOf(' ')
    return { host: key.slice(0, at), port: Number(key.slice(at + 1)), taken }
  })
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    const made = `${path}.${process.pid}`
    writeFileSync(made, `${JSON.stringify({ version: 1, servers }, null, 2)}\n`, { mode: 0o600 })
    renameSync(made, path)
  } catch {
    // It is learned again the next time.
  }
}
