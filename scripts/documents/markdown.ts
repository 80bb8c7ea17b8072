/** A table in Markdown, a line an entry; a cell may say anything. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** Outside of code, a `<` begins a tag; a bar ends a cell everywhere. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/`[^`]*`|</g, part => (part === '<' ? '&lt;' : part))
}

/**
 * Puts lines between the two comments that mark a written section: `<!-- NAME: … -->` and `<!-- end -->`.
 * @throws Error where the document has no such section
 */
export function withSection(document: string, name: string, lines: readonly string[]): string {
  const section = new RegExp(`(<!-- ${name}: [^\\n]* -->\\n)[\\s\\S]*?(<!-- end -->)`)
  if (!section.test(document)) throw new Error(`there is no section "${name}"`)
  return document.replace(section, (_, begin: string, end: string) => `${begin}${lines.join('\n')}\n${end}`)
}
