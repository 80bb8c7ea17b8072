import type { Pair } from './connection-string.ts'

/**
 * The parameters of one `[service]` in a connection service file (manual, 32.17), as libpq reads it; null
 * where the file has no such service. Lines that are no `key=value` are passed over.
 */
export function serviceParameters(text: string, service: string): Pair[] | null {
  let found: Pair[] | null = null
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line.startsWith('[')) {
      // libpq reads the first group of that name and stops at the next group.
      if (found !== null) return found
      if (line.startsWith(`[${service}]`)) found = []
    } else if (found !== null && line !== '' && !line.startsWith('#')) {
      const at = line.indexOf('=')
      if (at > 0) found.push([line.slice(0, at), line.slice(at + 1)])
    }
  }
  return found
}
