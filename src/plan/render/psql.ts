/**
 * psql's command that goes on in another database with the same host, user and password. The name travels in
 * a connection string, because by itself a name with `=` or `://` would be read as one; \connect replaces
 * the session, so nothing of an open transaction could survive into it.
 */
export function connectCommand(database: string): string {
  return `\\connect -reuse-previous=on ${psqlQuoted(`dbname=${conninfoValue(database)}`)}`
}

/** A value in a connection string (manual, 32.1.1.1): where needed in single quotes, with ' and \ escaped. */
export function conninfoValue(value: string): string {
  if (/^[A-Za-z0-9_.:/-]+$/.test(value)) return value
  return `'${value.replace(/[\\']/g, '\\$&')}'`
}

// \connect takes the double quotes out of its argument as if it were an SQL name, also inside single quotes
// (OT_SQLIDHACK in psql's source): so it is put in double quotes first. The single quotes around keep psql
// from interpolating, and have C-like escapes for what would end the line.
function psqlQuoted(text: string): string {
  const escaped = `"${text.replaceAll('"', '""')}"`
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `'${escaped}'`
}
