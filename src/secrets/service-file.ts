import { homedir } from 'node:os'
import { join } from 'node:path'
import { printable } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import {
  formatServiceStanza,
  type ServiceParameters,
  serviceNameProblem,
  serviceStanza,
  withServiceStanza,
} from '../model/service-stanza.ts'
import { type EditOptions, editPrivateFile } from './private-file.ts'
import type { SecretEntry } from './store.ts'

/** A stanza of a connection service file: where, under which name, and the password file that it points to. */
export interface ServicePlace {
  readonly file: string
  readonly name: string
  readonly passfile: string
  /** Whether psql looks into that file by itself. */
  readonly isDefault: boolean
}

/**
 * The user's own service file (PostgreSQL manual, "The Connection Service File"): PGSERVICEFILE, else
 * `~/.pg_service.conf`, on Windows `%APPDATA%\\postgresql\\.pg_service.conf`.
 */
export function defaultServiceFile(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home = homedir(),
): string {
  const chosen = environment['PGSERVICEFILE']
  if (chosen !== undefined && chosen !== '') return chosen
  if (platform !== 'win32') return join(home, '.pg_service.conf')
  return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'postgresql', '.pg_service.conf')
}

/**
 * Writes the stanza, or takes it out again with `remove`, where it is this entry's. A service of that name that
 * is for another login or server is nobody's to replace. Never a password: others may read this file.
 * @throws ProblemError `service-taken`, `service-cannot-hold`, or as editPrivateFile
 */
export async function editService(
  place: ServicePlace,
  entry: SecretEntry,
  how: 'write' | 'remove',
  options: Pick<EditOptions, 'rehearse' | 'patience' | 'made'> = {},
): Promise<boolean> {
  const bad = serviceNameProblem(place.name)
  if (bad !== null) throw new ProblemError({ ...bad, path: 'secret.service' })
  const stanza = stanzaOf(place, entry)
  return editPrivateFile(
    place.file,
    contents => {
      // One character a byte: a file of whatever encoding comes back as it was.
      const text = contents.toString('latin1')
      const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
      const found = serviceStanza(lines, place.name)
      const own = found === null || isFor(found, entry)
      if (!own && how === 'write') throw new ProblemError(taken(place))
      if (!own || (how === 'remove' && found === null)) return contents
      const edited = withServiceStanza(lines, place.name, how === 'write' ? stanza : null)
      return Buffer.from(edited.length === 0 ? '' : `${edited.join('\n')}\n`, 'latin1')
    },
    { ...options, shared: true },
  )
}

function stanzaOf({ name, passfile, file }: ServicePlace, entry: SecretEntry): readonly string[] {
  const { host, port, user } = entry
  const dbname = entry.databases[0] ?? ''
  try {
    return formatServiceStanza(
      name,
      Object.entries({ host, port: String(port), dbname, user, passfile }).map(([key, value]) => [
        key,
        bytesOf(value),
      ]),
    )
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'service-cannot-hold',
        message: `${file} cannot hold this: a name has a line break in it, or a blank at its end.`,
        next: 'Leave the service out.',
        path: 'secret.service',
      },
      { cause },
    )
  }
}

function isFor(found: ServiceParameters, { host, port, user }: SecretEntry): boolean {
  const has = new Map(found)
  return (
    has.get('host') === bytesOf(host) && has.get('port') === String(port) && has.get('user') === bytesOf(user)
  )
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function taken({ file, name }: ServicePlace) {
  return {
    code: 'service-taken',
    message: `${printable(file)} has a service ${name} already, for another login or server.`,
    next: 'Choose another name for the service, or leave it out.',
    path: 'secret.service',
  }
}
