import type { SecretEntry } from './store.ts'

/** What all our items in a keychain have in common: the attribute `service`. */
export const keychainService = 'pg-usher'

/**
 * The name of an entry in a keychain: `user@host:port/database`, or `user@host:port/*` for several databases,
 * which share the login and so the password; another generation has `#next` or `#previous` behind it. Two different entries never have the same name: what could be
 * taken for a separator is percent-escaped, as in a URI (RFC 3986). So is all that is not printable ASCII: a
 * terminal may not show it, and secret-tool refuses it outside a UTF-8 locale.
 */
export function accountOf(entry: SecretEntry): string {
  const user = escaped(entry.user, /[%@]/gu)
  const generation = entry.generation === undefined ? '' : `#${entry.generation}`
  const [database, ...others] = entry.databases
  const where = database !== undefined && others.length === 0 ? escaped(database, /[%*#]/gu) : '*'
  return `${user}@${hostOf(entry.host)}:${entry.port}/${where}${generation}`
}

/** An IPv6 address stands in brackets; the folder of a socket is escaped, as libpq's URIs want it. */
function hostOf(host: string): string {
  const name = escaped(host, /[%/@[\]]/gu)
  return name.includes(':') ? `[${name}]` : name
}

function escaped(text: string, ambiguous: RegExp): string {
  return text.replace(ambiguous, percent).replace(/[^ -~]/gu, percent)
}

function percent(character: string): string {
  const bytes = new TextEncoder().encode(character)
  return Array.from(bytes, byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
