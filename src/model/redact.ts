import { revealedValues } from './secret.ts'

/** What a server stores of a password (PostgreSQL manual, 53.8): nothing that looks so is written anywhere. */
const verifiers = /SCRAM-SHA-256\$[^"'\\\s]+|\bmd5[0-9a-f]{32}\b/g

const mask = '[secret]'

/**
 * A text for a file or a terminal without what is known to be secret: every value that was revealed in this
 * process, as it is and as JSON and URLs write it, and every verifier. The last line of defence, used by
 * whatever writes journals, receipts, records and messages.
 */
export function redacted(text: string): string {
  let clean = text.replaceAll(verifiers, mask)
  // The longest first: of one that has another in it nothing is left over.
  const forms = [...revealedValues()].filter(isTelling).flatMap(value => [...formsOf(value)])
  for (const form of forms.toSorted((a, b) => b.length - a.length)) clean = clean.replaceAll(form, mask)
  return clean
}

/** A document as JSON, what is secret taken out of its texts: what is left is always JSON. */
export function redactedJson(document: unknown, space?: number): string {
  return JSON.stringify(document, (_, value) => (typeof value === 'string' ? redacted(value) : value), space)
}

/**
 * Whether a value is unlike any word that stands in a text for another reason. A password `postgres` would take
 * the name postgres out of every journal, and give itself away by that.
 */
function isTelling(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter(kind => kind.test(value)).length
  return value.length >= 16 || (value.length >= 8 && kinds >= 3)
}

function formsOf(value: string): ReadonlySet<string> {
  return new Set([value, JSON.stringify(value).slice(1, -1), value.replaceAll("'", "''"), inUrl(value)])
}

function inUrl(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    // Half a surrogate pair is in no URL.
    return value
  }
}
