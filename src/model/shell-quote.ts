/**
 * One word for a POSIX shell (POSIX.1-2024, XCU 2.2): as it is where nothing in it is special, else in single
 * quotes. Line breaks stay, as they do inside single quotes.
 */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** One word for PowerShell: in single quotes, inside which only the quote itself is doubled. */
export function powerShellQuote(word: string): string {
  // PowerShell takes typographic single quotes for the plain one (about_Quoting_Rules).
  return `'${word.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}
