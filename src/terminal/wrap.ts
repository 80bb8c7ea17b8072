import { displayWidth, firstColumns, visible } from './truncate.ts'

/**
 * Breaks a text into lines of at most `width` columns, at spaces where it can; its own newlines stay. A
 * line's leading spaces are kept, and those it is continued on begin with them and `indent`. The lines are
 * safe to draw (`visible`).
 */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  return text
    .split('\n')
    .flatMap(line => wrapLine(visible(line.replace(/\r$/u, '')), Math.max(1, width), indent))
}

function wrapLine(line: string, width: number, indent: string): readonly string[] {
  if (displayWidth(line) <= width) return [line]
  const lead = /^ */u.exec(line)?.[0] ?? ''
  // An indentation that leaves too little room is worse than none.
  const margin = lead.length + indent.length <= width / 2 ? lead + indent : ''
  const lines: string[] = []
  let current = lead.length <= width / 2 ? lead : ''
  let empty = true
  for (const word of line.slice(lead.length).split(' ')) {
    const longer = empty ? current + word : `${current} ${word}`
    if (displayWidth(longer) <= width) {
      current = longer
      empty = false
      continue
    }
    if (!empty) {
      lines.push(current)
      current = margin
    }
    let rest = word
    while (displayWidth(current + rest) > width) {
      const part = upToSlash(firstColumns(rest, width - displayWidth(current))) || (rest[0] ?? '')
      lines.push(current + part)
      rest = rest.slice(part.length)
      current = margin
    }
    current += rest
    empty = false
  }
  return [...lines, current]
}

/** The beginning of a URL or a path ends behind a slash, where one is in its second half. */
function upToSlash(part: string): string {
  const end = part.lastIndexOf('/') + 1
  return end > part.length / 2 ? part.slice(0, end) : part
}
