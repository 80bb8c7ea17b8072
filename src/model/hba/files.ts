import { type HbaToken, logicalLines, scanToken } from './tokens.ts'

/** A file as far as it is known: `unread` asks the caller to read it and to begin again. */
export type HbaFile =
  | { readonly found: 'text'; readonly text: string }
  | { readonly found: 'missing' }
  | { readonly found: 'unreadable'; readonly why: string }
  | { readonly found: 'unread' }

/** The names in a folder, for include_dir. */
export type HbaFolder =
  | { readonly found: 'names'; readonly names: readonly string[] }
  | { readonly found: 'missing' }
  | { readonly found: 'unreadable'; readonly why: string }
  | { readonly found: 'unread' }

/** What the reader of pg_hba.conf is given of the server's disk. */
export interface HbaFiles {
  readonly file: (path: string) => HbaFile
  readonly folder: (path: string) => HbaFolder
}

/** One line cut into fields, each a list of words; or what is wrong with it. */
export interface HbaFields {
  readonly file: string
  readonly line: number
  /** The line of the first file that it came by: its own, or that of the include. */
  readonly at: number
  readonly raw: string
  readonly fields: readonly (readonly HbaToken[])[]
  readonly fault: string | null
}

/** Lines in the order in which the server reads them, with those of included files in their places. */
export interface HbaText {
  readonly lines: readonly HbaFields[]
  /** Files and folders that have to be read before this is whole. */
  readonly unread: readonly { readonly kind: 'file' | 'folder'; readonly path: string }[]
}

/** Reads as the server of this version does. `versionNumber` is server_version_num. */
export function readHbaText(path: string, files: HbaFiles, versionNumber: number): HbaText {
  const unread: HbaText['unread'][number][] = []
  const reading: Reading = { files, unread, includes: versionNumber >= 160000 }
  const { lines, fault } = readFile(reading, path, 0)
  return {
    lines: fault === null ? lines : [{ file: path, line: 0, at: 0, raw: '', fields: [], fault }],
    unread,
  }
}

interface Reading {
  readonly files: HbaFiles
  readonly unread: HbaText['unread'][number][]
  /** include, include_if_exists, include_dir: from 16 on. */
  readonly includes: boolean
}

interface ReadFile {
  readonly lines: readonly HbaFields[]
  readonly fault: string | null
  readonly missing: boolean
}

// CONF_FILE_MAX_DEPTH from 16 on. Before, a file that includes itself ends when no more files can be opened.
const maxDepth = { withIncludes: 10, before: 100 }

// MAX_TOKEN before 16; later there is no limit. In bytes.
const longestTokenBefore16 = 10_239
const encoder = new TextEncoder()

function readFile(reading: Reading, path: string, depth: number): ReadFile {
  const nothing = (fault: string | null, missing = false): ReadFile => ({ lines: [], fault, missing })
  if (depth > (reading.includes ? maxDepth.withIncludes : maxDepth.before)) {
    return nothing(`could not open file "${path}": maximum nesting depth exceeded`)
  }
  const file = reading.files.file(path)
  switch (file.found) {
    case 'missing':
      return nothing(`could not open file "${path}": No such file or directory`, true)
    case 'unreadable':
      return nothing(`could not open file "${path}": ${file.why}`)
    case 'unread':
      reading.unread.push({ kind: 'file', path })
      return nothing(null)
    case 'text':
      return {
        lines: logicalLines(file.text).flatMap(({ number, text }) =>
          readLine(reading, { path, number, text, depth }),
        ),
        fault: null,
        missing: false,
      }
  }
}

interface LineToRead {
  readonly path: string
  readonly number: number
  readonly text: string
  readonly depth: number
}

function readLine(reading: Reading, line: LineToRead): HbaFields[] {
  const { path, number, text, depth } = line
  const fields: HbaToken[][] = []
  let fault: string | null = null
  for (let at = 0; at < text.length && fault === null; ) {
    const field = readField(reading, line, at)
    if (field.tokens.length > 0) fields.push(field.tokens)
    fault = field.fault
    at = field.end
  }
  if (fields.length === 0 && fault === null) return []
  const whole = (problem: string | null): HbaFields => ({
    file: path,
    line: number,
    at: number,
    raw: text,
    fields,
    fault: problem,
  })
  const [[keyword] = [], [target] = []] = fields
  const included =
    reading.includes && fault === null && fields.length === 2 && keyword !== undefined && target !== undefined
      ? include(reading, { keyword: keyword.text, target: target.text, from: path, depth })
      : null
  if (included === null) return [whole(fault)]
  // What was read before an error stays, as it does in the server.
  const lines = included.lines.map(each => ({ ...each, at: number }))
  return [...lines, ...(included.fault === null ? [] : [whole(included.fault)])]
}

/** One field: words with commas between them, `@file` put in its place. */
function readField(
  reading: Reading,
  { path, text, depth }: LineToRead,
  from: number,
): { tokens: HbaToken[]; fault: string | null; end: number } {
  const tokens: HbaToken[] = []
  let at = from
  for (;;) {
    const token = scanToken(text, at)
    if (token === null) return { tokens, fault: null, end: text.length }
    at = token.end
    if (!reading.includes && encoder.encode(token.text).length > longestTokenBefore16) {
      return { tokens, fault: 'authentication file token too long', end: text.length }
    }
    if (token.quoted || token.text.length < 2 || !token.text.startsWith('@')) {
      tokens.push({ text: token.text, quoted: token.quoted })
    } else {
      const listed = readFile(reading, configLocation(token.text.slice(1), path), depth + 1)
      const broken = listed.lines.find(line => line.fault !== null)
      const before = broken === undefined ? listed.lines : listed.lines.slice(0, listed.lines.indexOf(broken))
      tokens.push(...before.flatMap(line => line.fields.flat()))
      const fault = listed.fault ?? broken?.fault ?? null
      if (fault !== null) return { tokens, fault, end: at }
    }
    if (!token.comma) return { tokens, fault: null, end: at }
  }
}

function include(
  reading: Reading,
  request: {
    readonly keyword: string
    readonly target: string
    readonly from: string
    readonly depth: number
  },
): { readonly lines: readonly HbaFields[]; readonly fault: string | null } | null {
  const path = configLocation(request.target, request.from)
  switch (request.keyword) {
    case 'include':
      return readFile(reading, path, request.depth + 1)
    case 'include_if_exists': {
      const read = readFile(reading, path, request.depth + 1)
      return read.missing ? { lines: [], fault: null } : read
    }
    case 'include_dir':
      return includeFolder(reading, path, request)
    default:
      return null
  }
}

function includeFolder(
  reading: Reading,
  path: string,
  { target, depth }: { readonly target: string; readonly depth: number },
): { readonly lines: readonly HbaFields[]; readonly fault: string | null } {
  if (/^[ \t\n\r\f\v]*$/.test(target)) return { lines: [], fault: 'empty configuration directory name: ""' }
  const folder = reading.files.folder(path)
  if (folder.found === 'unread') {
    reading.unread.push({ kind: 'folder', path })
    return { lines: [], fault: null }
  }
  if (folder.found !== 'names') {
    const why = folder.found === 'missing' ? 'No such file or directory' : folder.why
    return { lines: [], fault: `could not open directory "${path}": ${why}` }
  }
  const read = folder.names
    .filter(name => name.endsWith('.conf') && name.length > '.conf'.length && !name.startsWith('.'))
    .toSorted(byBytes)
    .map(name => readFile(reading, `${path}/${name}`, depth + 1))
  const faults = read.flatMap(({ fault }) => (fault === null ? [] : [fault]))
  return {
    lines: read.flatMap(({ lines }) => lines),
    fault: faults.length === 0 ? null : faults.join('\n'),
  }
}

/** As strcmp: UTF-16 has another order than UTF-8 above the basic plane. */
function byBytes(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Where a file named in another is: beside it, unless its path is absolute. */
export function configLocation(name: string, from: string): string {
  if (/^([A-Za-z]:)?[\\/]/.test(name)) return name
  const folder = from.slice(0, Math.max(from.lastIndexOf('/'), from.lastIndexOf('\\'), 0))
  const parts: string[] = []
  for (const part of `${folder}/${name}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `${folder.startsWith('/') || folder === '' ? '/' : ''}${parts.join('/')}`
}
