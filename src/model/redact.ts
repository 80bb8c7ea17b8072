import { jsonPieces } from './json-pieces.ts'
import { revealedValues } from './secret.ts'
import { atOnce, type Sliced } from './sliced.ts'

/** What a server stores of a password (PostgreSQL manual, 53.8): nothing that looks so is written anywhere. */
const verifiers = /SCRAM-SHA-256\$[^"'\\\s]+|\bmd5[0-9a-f]{32}\b/g

const mask = '[secret]'

/**
 * A text for a file or a terminal without what is known to be secret: every value that was revealed in this
 * process, as it is and as JSON and URLs write it, and every verifier. The last line of defence, used by
 * whatever writes journals, receipts, records and messages.
 */
export function redacted(text: string): string {
  return withoutForms(text, knownForms())
}

/** A document as JSON, what is secret taken out of its texts: what is left is always JSON. */
export function redactedJson(document: unknown, space?: number): string {
  return atOnce(redactedJsonSliced(document, space))
}

/** The same in slices. What is revealed meanwhile is taken out too. */
export function* redactedJsonSliced(document: unknown, space?: number): Sliced<string> {
  const pieces: string[] = []
  for (const piece of jsonPieces(document, space, redactedPart)) {
    pieces.push(piece)
    yield
  }
  return pieces.join('')
}

function redactedPart(part: unknown, space: number): string | undefined {
  const forms = knownForms()
  const text = JSON.stringify(part, null, space)
  // Nearly always there is nothing: to look through the whole is a hundredth of the work of every text by itself.
  if (text === undefined || !mayHold(text, forms)) return text
  const clean = (_: string, value: unknown) =>
    typeof value === 'string' ? withoutForms(value, forms) : value
  return JSON.stringify(part, clean, space)
}

/** Whether one of the texts in this JSON may have something to be taken out; where it says no, none has. */
function mayHold(json: string, forms: readonly string[]): boolean {
  // In JSON a letter may stand before and an escape behind what has a word's edge there in the text itself.
  if (/SCRAM-SHA-256\$|md5[0-9a-f]{32}/.test(json)) return true
  // Half a surrogate pair is escaped where it stands alone, and not where it meets its other half.
  return forms.some(form => !form.isWellFormed() || json.includes(JSON.stringify(form).slice(1, -1)))
}

/** What is taken out, the longest first: of one that has another in it nothing is left over. */
function knownForms(): readonly string[] {
  const forms = [...revealedValues()].filter(isTelling).flatMap(value => [...formsOf(value)])
  return forms.toSorted((a, b) => b.length - a.length)
}

function withoutForms(text: string, forms: readonly string[]): string {
  let clean = text.replaceAll(verifiers, mask)
  for (const form of forms) clean = clean.replaceAll(form, mask)
  return clean
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
