import { printable } from '../../../model/identifier.ts'
import type { Paragraph } from '../../../model/paragraph.ts'

/** Lines of prose are no longer than this, so that they read well on a wide terminal too. */
const widest = 88

/** How wide prose is on a terminal of so many columns; undefined: it goes into a file or a log. */
export function proseWidth(columns: number | undefined): number {
  return Math.min(widest, Math.max(40, columns ?? 80))
}

/**
 * A paragraph broken at spaces, its first line behind `first`, the others aligned under it or `hanging` columns
 * further in. Control characters of names are shown as escapes, so no name can break out of its line. What stands
 * between two backticks is a command to be copied, and stays in one piece.
 */
export function paragraph(text: string, first = '', hanging = 0): string[] {
  const indent = ' '.repeat(first.length + hanging)
  const lines: string[] = []
  let line = first
  let empty = true
  const width = proseWidth(process.stdout.columns)
  for (const word of wordsOf(printable(text))) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line]
}

/** Between the words of a command while a text is split; printable() has left none of these in it. */
const noBreak = '\0'

function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/`[^`]*`/g, command => command.replaceAll(' ', noBreak))
    .split(' ')
    .map(word => word.replaceAll(noBreak, ' '))
}

/** Paragraphs as lines of a log; their tones and signs say nothing that the words do not say. */
export function textOf(paragraphs: readonly Paragraph[]): string[] {
  return paragraphs.flatMap(({ text, indent = 0, hanging = 0, whole = false }) => {
    const first = ' '.repeat(indent)
    return text.split('\n').flatMap(part => {
      if (part === '') return ['']
      return whole ? [`${first}${printable(part)}`] : paragraph(part, first, hanging)
    })
  })
}

/** A statement with its semicolon, its own line breaks kept, indented. */
export function statementLines(statement: string, indent: string): string[] {
  return `${statement};`.split('\n').map(line => `${indent}${printable(line)}`)
}

/** Rows of cells as aligned columns, the last one as it is. */
export function columns(rows: readonly (readonly string[])[], indent: string): string[] {
  const widths: number[] = []
  const cells = rows.map(row => row.map(printable))
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return cells.map(row => {
    const line = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    )
    return `${indent}${line.join('  ')}`.trimEnd()
  })
}
