import { reveal, type Secret, secret } from './secret.ts'

/**
 * The line syntax of libpq's password file, `host:port:database:user:password`, as libpq itself reads it
 * (PostgreSQL manual, "The Password File"; passwordFromFile in src/interfaces/libpq/fe-connect.c).
 */
export interface PassfileLine extends PassfilePattern {
  readonly password: Secret
}

/** What a line is for; null is `*`: any. The port is text, because libpq compares it as text. */
export interface PassfilePattern {
  readonly host: string | null
  readonly port: string | null
  readonly database: string | null
  readonly user: string | null
}

/** A connection that wants a password. The host is compared as it was typed; a socket folder is one, too. */
export interface PassfileTarget {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** Folders of the Unix socket that libpq was built with: upstream's, and Debian's and Red Hat's. */
const defaultSocketFolders: readonly string[] = ['', '/tmp', '/var/run/postgresql', '/run/postgresql']

/**
 * One line, without its line break. Backslashes and colons are escaped, and what would make the line a
 * comment or a wildcard.
 * @throws RangeError where a line cannot hold it: a line break or NUL, or a password that ends in CR
 */
export function formatPassfileLine(line: PassfileLine): string {
  const password = reveal(line.password)
  if (password.endsWith('\r')) throw new RangeError('libpq strips a carriage return from the end of a line')
  const fields = [line.host, line.port, line.database, line.user].map(escapeField)
  const text = [...fields, escapeText(password)].join(':')
  return text.startsWith('#') ? `\\${text}` : text
}

/**
 * What a line says; null for a comment, an empty line, or one with fewer than five fields, which libpq passes
 * over. What follows a further unescaped colon is ignored, as libpq does.
 */
export function parsePassfileLine(text: string): PassfileLine | null {
  if (text.startsWith('#')) return null
  const [host, port, database, user, password] = splitFields(text.replace(/[\r\n]+$/, ''))
  if (host === undefined || port === undefined || database === undefined) return null
  if (user === undefined || password === undefined) return null
  return {
    host: patternOf(host),
    port: patternOf(port),
    database: patternOf(database),
    user: patternOf(user),
    password: secret(unescapeText(password)),
  }
}

/**
 * Whether libpq would take this line for that connection, were it the first that matches. A default socket
 * folder, or no host, is looked up as `localhost`; which folder is the default differs from build to build,
 * therefore the folder itself matches, too.
 */
export function matchesPassfileLine(line: PassfilePattern, target: PassfileTarget): boolean {
  const hosts = defaultSocketFolders.includes(target.host) ? ['localhost', target.host] : [target.host]
  return (
    (line.host === null || hosts.includes(line.host)) &&
    (line.port === null || line.port === String(target.port)) &&
    (line.database === null || line.database === target.database) &&
    (line.user === null || line.user === target.user)
  )
}

/** Whether a line names exactly this connection, in all four fields and without a wildcard. */
export function isPassfileLineOf(line: PassfilePattern, target: PassfileTarget): boolean {
  return (
    line.host === target.host &&
    line.port === String(target.port) &&
    line.database === target.database &&
    line.user === target.user
  )
}

function escapeField(value: string | null): string {
  if (value === null) return '*'
  return value === '*' ? '\\*' : escapeText(value)
}

function escapeText(text: string): string {
  if (/[\n\0]/.test(text)) throw new RangeError('a password file cannot hold a line break or NUL')
  return text.replace(/[\\:]/g, '\\$&')
}

/** Fields as they stand, still escaped. A backslash takes the next character with it. */
function splitFields(text: string): string[] {
  const fields: string[] = []
  let field = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === ':') {
      fields.push(field)
      field = ''
    } else if (character === '\\') {
      field += text.slice(at, at + 2)
      at += 1
    } else field += character
  }
  return [...fields, field]
}

/** Only a bare `*` is the wildcard; `\*` and `a*` are names. */
function patternOf(field: string): string | null {
  return field === '*' ? null : unescapeText(field)
}

/** A backslash at the very end stands for itself. */
function unescapeText(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1')
}
