import { quoteLiteral } from '../../model/identifier.ts'

/** What has to be true, in words and as an SQL expression. */
export type Check = readonly [title: string, check: string]

/** A DO block that raises an error for the first check that is not true, so that its transaction leaves nothing. */
export function assertion(checks: readonly Check[]): string {
  const body = checks
    .map(
      ([title, check]) =>
        `  IF NOT coalesce(${check}, false) THEN\n    RAISE EXCEPTION USING MESSAGE = ${quoteLiteral(`does not hold: ${title}`)}, HINT = 'Nothing of this transaction was kept. A WARNING above may say why.';\n  END IF;`,
    )
    .join('\n')
  const quote = dollarQuote(body)
  return `DO ${quote}\nBEGIN\n${body}\nEND\n${quote};`
}

/** A dollar quote that the text does not have. */
function dollarQuote(text: string): string {
  for (let number = 0; ; number += 1) {
    const quote = number === 0 ? '$check$' : `$check${number}$`
    if (!text.includes(quote)) return quote
  }
}
