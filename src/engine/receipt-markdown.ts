import { printable, printableName } from '../model/identifier.ts'
import type { Receipt } from './receipt.ts'
import { provedBy, readableText } from './report/access.ts'

/** The receipt for a person: names from the server cannot break out of their place in it. */
export function receiptMarkdown(receipt: Receipt): string {
  const { server, endpoint, proof } = receipt
  return `${[
    `# ${receipt.tool.name}: what was granted`,
    '',
    receipt.outcome === 'done'
      ? 'Done, and proved by logging in as the new user.'
      : '**Done; login: not provable from here.** What it reaches was proved with SET ROLE.',
    '',
    ...table([
      ['When (UTC)', `${receipt.startedAt} to ${receipt.finishedAt}`],
      ['By', code(printableName(server.administrator))],
      [
        'Server',
        `${code(`${server.host}:${server.port}`)}, PostgreSQL ${server.version}, ${server.provider}`,
      ],
      ['The tool connects to', code(`${endpoint.host}:${endpoint.port}`)],
      ['Login', code(printableName(receipt.login))],
      ['Group role', receipt.group === null ? 'none' : code(printableName(receipt.group))],
      ['Valid until', receipt.validUntil ?? 'no end'],
      secretRow(receipt.password),
    ]),
    '',
    '## Still to do',
    '',
    ...list(receipt.todo),
    '',
    '## Proved',
    '',
    ...list(
      proof.databases.map(database => {
        const rows =
          database.metadata === undefined
            ? readableText(database.readable, database.findings)
            : `${database.metadata} chosen visible without rows`
        return `${printableName(database.database)}: ${rows}; refused: ${database.refused} others, ${database.writesRefused} writes, ${database.createsRefused} creations (${provedBy[database.by]})`
      }),
    ),
    ...list(receipt.unproved.flatMap(unprovedLines)),
    ...section('Worth knowing', [
      ...proof.databases.flatMap(({ database, findings }) =>
        findings.map(finding => `${printableName(database)}: ${finding.text}`),
      ),
      ...receipt.notes,
    ]),
    ...section(
      'What it reaches beyond the choice',
      proof.beyond.map(({ database, text: words }) =>
        database === null ? words : `${printableName(database)}: ${words}`,
      ),
    ),
    '',
    '## What was run',
    '',
    ...receipt.changes.flatMap(change => [
      `- ${text(`${printableName(change.database)}: ${change.why}`)}`,
      '',
      ...fence('sql', change.statements.map(statement => `${statement};`).join('\n')).map(
        line => `  ${line}`,
      ),
      '',
    ]),
    '## To undo it',
    '',
    '`pg-usher undo --receipt` with this file shows what is still there of it, asks, takes exactly that back, and looks at it afterwards.',
    '',
    `Or with psql, as ${code(printableName(server.administrator))}; end the login's sessions first.`,
    '',
    ...fence('sql', receipt.undo.join('\n')),
  ].join('\n')}\n`
}

function secretRow(kept: Receipt['password']): readonly [string, string] {
  if (kept === null) return ['Password', 'none: the tool assumes a role of AWS']
  const what = kept.kind === 'access-key' ? 'Access key' : 'Password'
  return [what, `${text(kept.place)}. ${text(kept.howToRead)}`]
}

function unprovedLines({ database, problem, hbaLine }: Receipt['unproved'][number]): string[] {
  return [
    `${printableName(database)}: login: not provable from here. ${problem.message}`,
    ...(hbaLine === null ? [] : [`To prove it from here, pg_hba.conf would need:\n${hbaLine}`]),
  ]
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : ['', `## ${title}`, '', ...list(entries)]
}

/** An entry's first line is prose; what follows it is shown as it is. */
function list(entries: readonly string[]): string[] {
  if (entries.length === 0) return []
  return entries.flatMap(entry => {
    const [first = '', ...rest] = entry.split('\n')
    if (rest.length === 0) return [`- ${text(first)}`]
    return [`- ${text(first)}`, '', ...fence('', rest.join('\n')).map(line => `  ${line}`), '']
  })
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  return [
    '| | |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`),
  ]
}

/** Plain prose: what Markdown would take for markup is escaped, control characters are made visible. */
function text(words: string): string {
  return printable(words).replaceAll(/[\\`*_[\]<>#|~$]/g, '\\$&')
}

/** A code span with more backquotes around it than there are in it. */
function code(words: string): string {
  const shown = printable(words)
  const quote = '`'.repeat(longestRun(shown) + 1)
  return shown.includes('`') ? `${quote} ${shown} ${quote}` : `${quote}${shown}${quote}`
}

/** A fenced block with a longer fence than any in it. */
function fence(language: string, content: string): string[] {
  const mark = '`'.repeat(Math.max(3, longestRun(content) + 1))
  return [`${mark}${language}`, ...content.split('\n'), mark]
}

function longestRun(words: string): number {
  return Math.max(0, ...[...words.matchAll(/`+/g)].map(([run]) => run.length))
}
