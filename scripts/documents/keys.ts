import { emptyBitmap } from '../../src/terminal/bitmap.ts'
import { choiceInput, form, textInput } from '../../src/terminal/form.ts'
import { UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'
import { type Binding, keyLabel } from '../../src/terminal/keymap.ts'
import { picker, pickerCommand, pickerItems } from '../../src/terminal/picker.ts'
import { textField } from '../../src/terminal/text-field.ts'
import { initialState } from '../../src/wizard/initial-state.ts'
import { bindingsFor } from '../../src/wizard/keymap.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { table } from './markdown.ts'

/** docs/keys.md: every key in every situation, from the tables that dispatch them. */
export function keysDocument(): string {
  return [
    '# Keys',
    '',
    'Written by `npm run docs` from `src/wizard/keymap.ts`, the table that dispatches the keys, draws the foot of each',
    'screen and fills its help. A hidden key works and is in the help, but not in the foot.',
    '',
    ...situations().flatMap(({ title, state }) => [
      `## ${title}`,
      '',
      ...table(['Key', 'In the foot', 'What it does'], bindingsFor(state).map(row)),
      '',
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}

interface Situation {
  readonly title: string
  readonly state: WizardState
}

function row({ keys, label, help, hidden }: Binding): string[] {
  return [
    keys.map(key => `\`${keyLabel(key, UNICODE_GLYPHS)}\``).join(', '),
    hidden === true ? '(hidden)' : label,
    help,
  ]
}

/** Every situation in which other keys work. */
function situations(): Situation[] {
  const start = initialState({
    size: { columns: 80, rows: 24 },
    today: new Date(0),
    draft: {},
    defaults: nothingKnown,
    places: [],
  })
  const typing = { form: form([textInput('text', ''), textInput('more', '')]), problems: [] }
  const choosing = {
    form: form([choiceInput('choice', ['a', 'b'], 'a'), textInput('more', '')]),
    problems: [],
  }
  const list = picker(pickerItems([]), emptyBitmap(0), 10)
  const { review, apply } = start
  const held = { outcome: 'held', databases: [], lockedFor: 0, beyond: [] } as const
  return [
    { title: 'Tool', state: start },
    {
      title: 'Connection, in a field to type in',
      state: { ...start, step: 'connection', connection: { ...start.connection, ...typing } },
    },
    {
      title: 'Connection, on a choice',
      state: { ...start, step: 'connection', connection: { ...start.connection, ...choosing } },
    },
    {
      title: 'Address for the tool, Roles and sign-in, Password: in a field to type in',
      state: { ...start, step: 'endpoint', endpoint: typing },
    },
    {
      title: 'Roles and sign-in, Password: on a choice',
      state: { ...start, step: 'authentication', authentication: { ...start.authentication, ...choosing } },
    },
    { title: 'Schemas', state: { ...start, step: 'schemas', schemas: { ...start.schemas, picker: list } } },
    { title: 'Tables', state: { ...start, step: 'tables', tables: { ...start.tables, picker: list } } },
    {
      title: 'Schemas, Tables: while a filter is typed',
      state: {
        ...start,
        step: 'tables',
        tables: { ...start.tables, picker: pickerCommand(list, 'filter') },
      },
    },
    {
      title: 'Network, in a field to type in',
      state: { ...start, step: 'network', network: { ...start.network, ...typing } },
    },
    {
      title: 'Network, on a choice',
      state: { ...start, step: 'network', network: { ...start.network, ...choosing } },
    },
    {
      title: 'Review, with the plan',
      state: { ...start, step: 'review', review: { ...review, status: 'planned' } },
    },
    {
      title: 'Review, while it rehearses',
      state: { ...start, step: 'review', review: { ...review, status: 'rehearsing' } },
    },
    {
      title: 'Review, when the rehearsal held',
      state: { ...start, step: 'review', review: { ...review, status: 'rehearsed', rehearsal: held } },
    },
    {
      title: 'Apply, while it runs',
      state: { ...start, step: 'apply', apply: { ...apply, status: 'running' } },
    },
    { title: 'Apply, at its end', state: { ...start, step: 'apply', apply: { ...apply, status: 'ended' } } },
    {
      title: 'Done',
      state: { ...start, step: 'done', done: { ...start.done, receipt: 'receipt.md' } },
    },
    { title: 'The help', state: { ...start, overlay: { kind: 'help', top: 0 } } },
    { title: 'The list of steps', state: { ...start, overlay: { kind: 'steps', cursor: 0 } } },
    { title: 'Leave?', state: { ...start, overlay: { kind: 'quit' } } },
    {
      title: 'A word to type, before an existing password is replaced',
      state: {
        ...start,
        overlay: { kind: 'confirm', about: 'replace-password', word: '', typed: textField('') },
      },
    },
  ]
}

const unknown = <T>(value: T) => ({ value, source: 'default' })
const nothingKnown = {
  host: unknown(''),
  port: unknown(5432),
  database: unknown(''),
  user: unknown(''),
  tls: unknown('prefer' as const),
  caFile: unknown(null),
  problems: [],
}
