import { quotedKeywords } from './keywords.ts'
import type { Problem } from './problem.ts'

/** NAMEDATALEN - 1: what a name may have, in bytes (manual, 4.1.1). Longer ones are cut with a NOTICE only. */
export const maxIdentifierBytes = 63

const needsNoQuotes = /^[a-z_][a-z0-9_]*$/
const encoder = new TextEncoder()

/**
 * A name as SQL, as the server's quote_ident gives it: in quotes only where it needs them. A word that is a
 * keyword only in a later version than the server's is quoted too, which is always right.
 * @throws TypeError for a name with a NUL character, which no name can have
 */
export function quoteIdentifier(name: string): string {
  refuseNul(name)
  if (needsNoQuotes.test(name) && !quotedKeywords.has(name)) return name
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A text as an SQL literal, as the server's quote_literal gives it: E'…' where it has a backslash, so that it
 * means the same whatever standard_conforming_strings is.
 * @throws TypeError for a text with a NUL character, which no text of the server can have
 */
export function quoteLiteral(text: string): string {
  refuseNul(text)
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

/** `schema.name`, each quoted where it needs it. */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** Length in bytes of UTF-8, which is what PostgreSQL's limit counts. */
export function identifierBytes(name: string): number {
  return encoder.encode(name).length
}

/**
 * A name for one line of a terminal, a comment or a list: as SQL, with control characters and direction
 * marks made visible, so that no name can break out of its line or hide.
 */
export function printableName(name: string): string {
  return printable(needsNoQuotes.test(name) ? name : `"${name.replaceAll('"', '""')}"`)
}

/** A text in which control characters, direction marks and line separators are shown as escapes. */
export function printable(text: string): string {
  return text.replace(unprintable, character => {
    const code = character.codePointAt(0) ?? 0
    return escapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** What keeps a name from being a role that pg-usher makes or uses; null when nothing does. */
export function roleNameProblem(name: string): Problem | null {
  const general = nameProblem(name, 'role')
  if (general !== null) return general
  if (controlCharacter.test(name)) {
    return {
      code: 'role-name-control-character',
      message: `The role name ${printableName(name)} has a line break or another control character.`,
      next: 'Such a name cannot be written in pg_hba.conf or a passfile. Choose one without.',
    }
  }
  if (name.startsWith('pg_')) {
    return {
      code: 'role-name-reserved',
      message: `PostgreSQL keeps role names that begin with pg_ for itself: ${printableName(name)}.`,
      next: 'Choose a name that does not begin with pg_.',
    }
  }
  if (reservedRoleNames.has(name)) {
    return {
      code: 'role-name-reserved',
      message: `${printableName(name)} means something else in GRANT and ALTER ROLE, so it cannot name this role.`,
      next: 'Choose another name.',
    }
  }
  return null
}

/** What a name in the answers can be of, besides a role that we make. */
export type ObjectKind = 'database' | 'schema' | 'relation' | 'role'

/** What keeps a text from being the name of something that exists; null when nothing does. */
export function objectNameProblem(name: string, what: ObjectKind): Problem | null {
  return nameProblem(name, what)
}

// public and none are refused by the server even in quotes; the others are accepted there only in quotes,
// and any script that forgets them then means somebody else.
const reservedRoleNames: ReadonlySet<string> = new Set([
  'public',
  'none',
  'current_role',
  'current_user',
  'session_user',
])

const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}]/u
// Cf: format characters, direction marks and zero-width ones among them.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function nameProblem(name: string, what: string): Problem | null {
  if (name === '') {
    return { code: 'name-empty', message: `The ${what} has no name.`, next: 'Give a name.' }
  }
  if (name.includes('\0')) {
    return {
      code: 'name-nul',
      message: `The name of the ${what} has a NUL character, which no name in PostgreSQL can have.`,
    }
  }
  if (!name.isWellFormed()) {
    return {
      code: 'name-not-unicode',
      message: `The name of the ${what} is not well-formed Unicode (half of a surrogate pair).`,
    }
  }
  const bytes = identifierBytes(name)
  if (bytes > maxIdentifierBytes) {
    return {
      code: 'name-too-long',
      message: `The name of the ${what} has ${bytes} bytes; PostgreSQL keeps ${maxIdentifierBytes} and cuts the rest: ${printableName(name)}.`,
      next: `Shorten it by ${bytes - maxIdentifierBytes} bytes (a letter outside ASCII takes two to four).`,
    }
  }
  return null
}

function refuseNul(text: string): void {
  if (text.includes('\0')) throw new TypeError('a NUL character cannot be part of SQL')
}
