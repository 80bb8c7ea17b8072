import { powerShellQuote, shellQuote } from '../model/shell-quote.ts'
import type { ServicePlace } from './service-file.ts'
import type { SecretEntry } from './store.ts'

/** The psql command that logs in by a service, whose stanza names the password file. */
export function serviceCommand({ file, name, isDefault }: ServicePlace, platform: NodeJS.Platform): string {
  const command = `psql service=${name}`
  if (isDefault) return command
  return platform === 'win32'
    ? `$env:PGSERVICEFILE = ${powerShellQuote(file)}; ${command}`
    : `PGSERVICEFILE=${shellQuote(file)} ${command}`
}

/**
 * The psql command that logs in with the password of a passfile, without putting it on the screen; for an
 * entry with several databases, into the first.
 */
export function passfileCommand(path: string, entry: SecretEntry, platform: NodeJS.Platform): string {
  const windows = platform === 'win32'
  const quote = windows ? powerShellQuote : shellQuote
  const setting = windows ? `$env:PGPASSFILE = ${quote(path)};` : `PGPASSFILE=${quote(path)}`
  const database = entry.databases[0]
  const options = [
    ['-h', entry.host],
    ['-p', String(entry.port)],
    ['-U', entry.user],
    ...(database === undefined ? [] : [['-d', databaseName(database)]]),
  ]
  return [setting, 'psql', ...options.map(([option = '', value = '']) => `${option} ${quote(value)}`)].join(
    ' ',
  )
}

/** psql takes a name with `=`, or that begins like a URI, for a connection string (manual, psql, -d). */
function databaseName(name: string): string {
  if (!name.includes('=') && !/^postgres(ql)?:\/\//.test(name)) return name
  return `dbname='${name.replace(/[\\']/g, '\\$&')}'`
}
