import type { Problem } from './problem.ts'

/**
 * A connection service file (PostgreSQL manual, "The Connection Service File") as libpq reads it
 * (parseServiceFileInfo in src/interfaces/libpq/fe-connect.c): `[name]`, then `key=value` without quotes and
 * without escapes, the blanks at both ends of a line cut off.
 */

/** Parameters of one service in their order. */
export type ServiceParameters = readonly (readonly [key: string, value: string])[]

/** Why a name is not used for a service; null where it may be. In psql it stands as a word: `service=NAME`. */
export function serviceNameProblem(name: string): Problem | null {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) return null
  return {
    code: 'bad-service-name',
    message: 'The name of a service: letters, digits, _, - and dots, at most 63.',
  }
}

/** A service's name made of any other: what may not stand in it becomes a hyphen. */
export function serviceNameFrom(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '')
  return safe === '' ? 'pg-usher' : safe.slice(0, 63)
}

/**
 * The stanza as lines, without line breaks.
 * @throws RangeError where a value would not come back as it is: a line break, or a blank at its end
 */
export function formatServiceStanza(name: string, parameters: ServiceParameters): readonly string[] {
  return [`[${name}]`, ...parameters.map(([key, value]) => `${key}=${checked(value)}`)]
}

/** The parameters of the first stanza of a name, the one that libpq takes; null where there is none. */
export function serviceStanza(lines: readonly string[], name: string): ServiceParameters | null {
  const place = placeOf(lines, name)
  if (place === null) return null
  return lines.slice(place.from + 1, place.to).flatMap(raw => {
    const line = raw.trim()
    const at = line.indexOf('=')
    return line === '' || line.startsWith('#') || at <= 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
  })
}

/**
 * The lines with this stanza in place of the first one of its name, or after the others; null instead of a
 * stanza takes it out. All other lines stay as they are.
 */
export function withServiceStanza(
  lines: readonly string[],
  name: string,
  stanza: readonly string[] | null,
): readonly string[] {
  const place = placeOf(lines, name)
  if (place === null) {
    if (stanza === null) return lines
    const apart = lines.length === 0 || lines.at(-1)?.trim() === '' ? [] : ['']
    return [...lines, ...apart, ...stanza]
  }
  if (stanza !== null) return lines.toSpliced(place.from, place.to - place.from, ...stanza)
  const before = lines.slice(0, place.from)
  // The empty line that stood before it goes with it.
  return [...(before.at(-1)?.trim() === '' ? before.slice(0, -1) : before), ...lines.slice(place.to)]
}

/** From its heading up to what does not belong to it any more: empty lines and comments before the next. */
function placeOf(
  lines: readonly string[],
  name: string,
): { readonly from: number; readonly to: number } | null {
  const from = lines.findIndex(line => line.trim().startsWith(`[${name}]`))
  if (from === -1) return null
  const next = lines.findIndex((line, at) => at > from && line.trim().startsWith('['))
  let to = next === -1 ? lines.length : next
  while (to > from + 1 && /^\s*(#|$)/.test(lines[to - 1] ?? '')) to -= 1
  return { from, to }
}

function checked(value: string): string {
  if (value === '' || /[\n\r\0]|\s$/.test(value)) {
    throw new RangeError('a service file cannot hold a line break, or a blank at the end of a value')
  }
  return value
}
