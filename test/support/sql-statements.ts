/**
 * The statements of one string, without the semicolons between them. Knows quoted strings and names and comments,
 * as our own SQL has them; no dollar quotes.
 */
export function statementsIn(sql: string): readonly string[] {
  const pieces = sql.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*.*?\*\/|;|[^'";/-]+|[/-]/gs) ?? []
  const statements = ['']
  for (const piece of pieces) {
    if (piece === ';') statements.push('')
    else statements.push(`${statements.pop() ?? ''}${piece}`)
  }
  return statements.filter(statement => statement.trim() !== '')
}
