/**
 * When a login's password ends, for comparing: milliseconds since 1970; Infinity where it never does, -Infinity
 * where it always has. The text is ISO 8601, or what PostgreSQL has besides: `-infinity`, years of five digits
 * and more, and years before Christ (manual, 8.5.1).
 */
export function instantOf(validUntil: string | null): number {
  if (validUntil === null) return Number.POSITIVE_INFINITY
  if (validUntil === '-infinity' || validUntil.endsWith(' BC')) return Number.NEGATIVE_INFINITY
  // ECMAScript writes such years with six digits and a sign, and knows none of seven.
  const [, year, rest] = /^(\d{5,})(-.*)$/.exec(validUntil) ?? []
  if (year === undefined) return Date.parse(validUntil)
  const instant = Date.parse(`+${year.padStart(6, '0')}${rest}`)
  return Number.isNaN(instant) ? Number.POSITIVE_INFINITY : instant
}
