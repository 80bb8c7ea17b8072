/**
 * psql's command that goes on in another database with the same host, user and password. The name travels in
 * a connection string, because by itself a name with `=` or `://` would be read as one; \connect replaces
 * the session, so nothing of an open transaction could survive into it.
 */
export function connectCommand(database: string): string {
  return `\\connect -reuse-previous=on ${psqlQuoted(`dbname=${conninfoValue(database)}`)}`
}

/** A value in a connection string (manual, 32.1.1.1): in single quotes, with ' and \ escaped. */
export function conninfoValue(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`
}

// An argument of a backslash command (psql manual, Meta-Commands): in single quotes nothing is interpolated,
// and C-like escapes stand for what would end the line.
function psqlQuoted(text: string): string {
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `'${escaped}'`
}
