import { printable, printableName } from '../../model/identifier.ts'
import { listenStatement, listenTitle, restartWords } from '../../model/listen/change.ts'
import { firewallText } from '../firewall/text.ts'
import type { FilledForm } from '../form.ts'
import { doorAdvice, doorGroups, doorHeading } from '../network-text.ts'
import { type PlanPart, planParts } from '../parts.ts'
import type { SupportTicket } from '../ticket.ts'
import { tlsText } from '../tls/text.ts'
import type { PlanDocument } from './document.ts'

/** The plan for people: what will happen, in order, why, and what is left to do outside the database. */
export function renderMarkdown(document: PlanDocument): string {
  const { plan } = document
  const parts = [
    `# Letting ${text(plan.tool.name)} in`,
    table([
      ['Server', `${plan.server.host}:${plan.server.port}, as ${printableName(plan.server.user)}`],
      ['Login', printableName(plan.login)],
      ...(plan.group === null ? [] : [['Group role', printableName(plan.group)]]),
      ['Access', plan.access],
      ...plan.databases.map(({ database, schemas, chosen }) => [
        `Database ${printableName(database)}`,
        `${schemas.map(printableName).join(', ')}: ${chosen.length} chosen`,
      ]),
    ]),
    ...(plan.notes.length === 0
      ? []
      : [
          '## To know before',
          plan.notes
            .map(
              note =>
                `- ${note.level === 'warning' ? '**Warning:** ' : ''}${note.database === null ? '' : `${text(printableName(note.database))}: `}${text(note.text)}`,
            )
            .join('\n'),
        ]),
    ...planParts(plan).flatMap(part),
    ...network(document),
    ...(document.forms ?? []).flatMap(form),
  ]
  return `${parts.join('\n\n')}\n`
}

function part({ title, steps, language }: PlanPart): string[] {
  if (steps.length === 0) return []
  return [
    `## ${text(title)}`,
    ...steps.map(({ title, why, commands, undo }, index) =>
      [
        `${index + 1}. ${text(title)}`,
        `   ${text(why)}`,
        indented(fenced(commands.join('\n'), language)),
        ...(undo === null ? [] : [`   Undo: ${text(undo)}`]),
      ].join('\n\n'),
    ),
  ]
}

function network({ plan, hba = [], listen, ticket, roleTicket }: PlanDocument): string[] {
  const parts: string[] = []
  const door = plan.network
  if (door?.ways != null) {
    parts.push(
      `${text(doorHeading(plan.login))}:`,
      doorGroups(door.ways)
        .map(
          ({ who, today, after }) =>
            `- ${text(who)}, today: ${text(today)}.${today === after ? '' : ` Then: ${text(after)}.`}`,
        )
        .join('\n'),
    )
  }
  if (door !== undefined) {
    parts.push(text(doorAdvice(door)))
    const lines = door.change?.lines ?? (door.open ? [] : hba)
    if (lines.length > 0) parts.push(fenced(lines.join('\n'), ''))
  } else if (hba.length > 0 && plan.firewall === undefined) {
    parts.push(
      'Lines for pg_hba.conf, above any wider line, then `SELECT pg_reload_conf()`:',
      fenced(hba.join('\n'), ''),
    )
  }
  if (plan.firewall !== undefined) {
    const pieces = firewallText(plan.firewall)
    parts.push(...pieces.filter(({ kind }) => kind !== 'command').map(piece => text(piece.text)))
    const commands = pieces.filter(({ kind }) => kind === 'command')
    if (commands.length > 0) parts.push(fenced(commands.map(piece => piece.text).join('\n'), 'sh'))
  }
  if (plan.tls !== undefined) {
    parts.push(
      ...tlsText(plan.tls).map(piece =>
        piece.kind === 'command' ? fenced(piece.text, 'sh') : text(piece.text),
      ),
    )
  }
  if (plan.listen !== undefined) {
    parts.push(
      `${text(listenTitle(plan.listen))}: ${text(plan.listen.why)}`,
      fenced(`${listenStatement(plan.listen.value)};`, 'sql'),
      text(restartWords(plan.listen)),
    )
  } else if (listen !== undefined) {
    parts.push(text(listen.why))
    if (listen.line !== null) parts.push(fenced(listen.line, ''))
  }
  if (ticket != null) parts.push(...ticketText(ticket))
  if (roleTicket != null) parts.push(...ticketText(roleTicket))
  return parts.length === 0 ? [] : ['## Network', ...parts]
}

function ticketText({ to, subject, body }: SupportTicket): string[] {
  return [`To be asked of the vendor's support (<${to.url}>):`, fenced(`Subject: ${subject}\n\n${body}`, '')]
}

function form({ database, title, way, fields }: FilledForm): string[] {
  return [
    `## ${text(title)}: ${text(printableName(database))}`,
    way.map(text).join(' > '),
    table(fields.map(field => [field.label, field.hidden ? '(kept in the chosen place)' : field.value])),
  ]
}

function table(rows: readonly (readonly string[])[]): string {
  return ['| | |', '|---|---|', ...rows.map(row => `| ${row.map(cell).join(' | ')} |`)].join('\n')
}

function cell(value: string): string {
  return text(value)
}

// What Markdown would read as its own is escaped, and no name can begin a line of its own. An underscore
// between letters is nothing to it (CommonMark, 6.2).
function text(value: string): string {
  return printable(value).replace(/[\\`*{}[\]<>#|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
}

/** A code block whose fence is longer than any run of backquotes inside. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${code}\n${fence}`
}

function indented(block: string): string {
  return block
    .split('\n')
    .map(line => `   ${line}`)
    .join('\n')
}
