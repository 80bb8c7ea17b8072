import type { ApplyOutcome } from '../engine/outcome.ts'
import { hasSecret } from '../steps/step.ts'
import { focusedField } from '../terminal/form.ts'
import type { Binding } from '../terminal/keymap.ts'
import type { PickerState } from '../terminal/picker.ts'
import { hasTiers } from './access-tiers.ts'
import { areKept } from './kept-answers.ts'
import type { WizardState } from './state.ts'
import { canAskForGroups } from './update/groups.ts'
import { canApply, canRehearse } from './update/review.ts'

/** Everything that a key can ask for. */
export type Command =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'submit'
  | 'back'
  | 'no-way-back'
  | 'next-field'
  | 'previous-field'
  | 'next-option'
  | 'previous-option'
  | 'toggle'
  | 'all'
  | 'none'
  | 'invert'
  | 'range'
  | 'extend-up'
  | 'extend-down'
  | 'fold'
  | 'unfold'
  | 'rule'
  | 'filter'
  | 'leave-filter'
  | 'clear-filter'
  | 'access'
  | 'later'
  | 'rehearse'
  | 'apply'
  | 'save'
  | 'copy'
  | 'reveal'
  | 'copy-password'
  | 'undo'
  | 'reload'
  | 'look-up'
  | 'help'
  | 'steps'
  | 'quit'
  | 'discard'
  | 'close'
  | 'cancel'
  | 'menu'
  | 'repaint'
  | 'suspend'

type Table = readonly Binding<Command>[]

const back: Table = [
  {
    command: 'back',
    keys: ['escape', 'shift-tab'],
    label: 'back',
    help: 'Back to the step before; every answer is kept.',
    anchored: true,
  },
]
const everywhere: Table = [
  {
    command: 'help',
    keys: ['?', 'f1'],
    label: 'help',
    help: 'The keys of this screen. F1 also while text is typed.',
    anchored: true,
  },
  {
    command: 'steps',
    keys: ['ctrl-g'],
    label: 'steps',
    help: 'The list of steps; go to any that was reached.',
  },
  {
    command: 'quit',
    keys: ['ctrl-c'],
    label: 'leave',
    help: 'Leave. It asks once; a second Ctrl-C leaves at once.',
  },
]
/** Once it is applied, no question can be gone back to; where somebody tries, it is said why. */
const withoutSteps: Table = [
  ...everywhere.filter(({ command }) => command !== 'steps'),
  {
    command: 'no-way-back',
    keys: ['escape', 'shift-tab', 'ctrl-g'],
    label: 'no way back',
    help: 'Says why there is no way back to the questions.',
    hidden: true,
  },
]
const ofTerminal: Table = [
  {
    command: 'repaint',
    keys: ['ctrl-l'],
    label: 'repaint',
    help: 'Paint the screen again, where something else has written on it.',
    hidden: true,
  },
  {
    command: 'suspend',
    keys: ['ctrl-z'],
    label: 'suspend',
    help: 'Back to the shell; fg goes on. Not while something is being changed.',
    hidden: true,
  },
]
const moves: Table = [
  { command: 'up', keys: ['up', 'k'], label: 'up', help: 'One row up.', hidden: true },
  { command: 'down', keys: ['down', 'j'], label: 'down', help: 'One row down.', hidden: true },
  { command: 'page-up', keys: ['page-up'], label: 'page up', help: 'One page up.', hidden: true },
  { command: 'page-down', keys: ['page-down'], label: 'page down', help: 'One page down.', hidden: true },
  { command: 'home', keys: ['home', 'g'], label: 'top', help: 'To the top.', hidden: true },
  { command: 'end', keys: ['end', 'G'], label: 'end', help: 'To the end.', hidden: true },
]
const textMoves: Table = [
  {
    command: 'page-up',
    keys: ['page-up'],
    label: 'page up',
    help: 'Scroll the text below, one page up.',
    hidden: true,
  },
  {
    command: 'page-down',
    keys: ['page-down'],
    label: 'page down',
    help: 'Scroll the text below, one page down.',
    hidden: true,
  },
]
const onward: Table = [
  { command: 'submit', keys: ['enter'], label: 'go on', help: 'Take the answer and go on.' },
]
const saving: Table = [
  {
    command: 'save',
    keys: ['ctrl-s'],
    label: 'save',
    help: 'Save what is shown to a file; no file is ever overwritten.',
  },
  {
    command: 'copy',
    keys: ['ctrl-y'],
    label: 'copy',
    help: 'Send it to the clipboard of your own terminal (OSC 52).',
  },
]

const menu: Table = [
  { command: 'menu', keys: ['enter'], label: 'choose', help: 'Choose the row under the cursor.' },
  { command: 'menu', keys: ['up', 'k'], label: 'up', help: 'One row up.', hidden: true },
  { command: 'menu', keys: ['down', 'j'], label: 'down', help: 'One row down.', hidden: true },
  {
    command: 'menu',
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    label: 'by number',
    help: 'Choose a row by its place in the list, 1 for the first.',
    hidden: true,
  },
  // There is no step before it.
  {
    command: 'quit',
    keys: ['escape', 'ctrl-c'],
    label: 'leave',
    help: 'Leave. It asks once; a second Ctrl-C leaves at once.',
  },
  ...everywhere.filter(({ command }) => command !== 'quit'),
]

const between: Table = [
  { command: 'next-field', keys: ['tab', 'down'], label: 'next field', help: 'The next field.' },
  { command: 'previous-field', keys: ['up'], label: 'field before', help: 'The field before.', hidden: true },
]
const options: Table = [
  {
    command: 'next-option',
    keys: ['right', 'space'],
    label: 'change',
    help: 'The next option of the field.',
  },
  {
    command: 'previous-option',
    keys: ['left'],
    label: 'option before',
    help: 'The option before.',
    hidden: true,
  },
]

const picking: Table = [
  {
    command: 'toggle',
    keys: ['space'],
    label: 'choose',
    help: 'Choose the row or take it out; on a heading, all that match under it.',
  },
  ...onward,
  {
    command: 'filter',
    keys: ['/'],
    label: 'filter',
    help: 'Type to narrow the list; words are ANDed, !word is without, * any characters, re: an expression. The choice is kept.',
  },
  { command: 'all', keys: ['a'], label: 'all', help: 'Choose all rows that match the filter.' },
  { command: 'none', keys: ['n'], label: 'none', help: 'Take out all rows that match the filter.' },
  {
    command: 'invert',
    keys: ['i'],
    label: 'invert',
    help: 'Turn over the choice of all rows that match the filter.',
  },
  {
    command: 'range',
    keys: ['v'],
    label: 'range',
    help: 'Begin a range at this row, or end it; Space then chooses all of it. Shift and an arrow do so too.',
  },
  {
    command: 'extend-up',
    keys: ['shift-up'],
    label: 'range up',
    help: 'Make the range longer upwards.',
    hidden: true,
  },
  {
    command: 'extend-down',
    keys: ['shift-down'],
    label: 'range down',
    help: 'Make the range longer downwards.',
    hidden: true,
  },
  {
    command: 'fold',
    keys: ['left'],
    label: 'fold',
    help: 'Fold what is under this heading away.',
    hidden: true,
  },
  {
    command: 'unfold',
    keys: ['right'],
    label: 'unfold',
    help: 'Show what is under this heading.',
    hidden: true,
  },
]
const filtering: Table = [
  {
    command: 'leave-filter',
    keys: ['enter', 'tab'],
    label: 'keep filter',
    help: 'Back to the list, the filter stays.',
  },
  { command: 'clear-filter', keys: ['escape'], label: 'clear filter', help: 'Clear the filter.' },
  { command: 'up', keys: ['up'], label: 'up', help: 'One row up.', hidden: true },
  { command: 'down', keys: ['down'], label: 'down', help: 'One row down.', hidden: true },
  { command: 'page-up', keys: ['page-up'], label: 'page up', help: 'One page up.', hidden: true },
  { command: 'page-down', keys: ['page-down'], label: 'page down', help: 'One page down.', hidden: true },
  { command: 'help', keys: ['f1'], label: 'help', help: 'The keys of this screen.', anchored: true },
  {
    command: 'quit',
    keys: ['ctrl-c'],
    label: 'leave',
    help: 'Leave. It asks once; a second Ctrl-C leaves at once.',
  },
]
const access: Table = [
  {
    command: 'access',
    keys: ['t'],
    label: 'read/metadata',
    help: 'What the tool may do with the chosen tables: the next level of access that it supports.',
  },
]
const deciding: Table = [
  {
    command: 'later',
    keys: ['l'],
    label: 'later tables',
    help: 'Whether tables made later in this schema follow, for the owners that are shown; in a range or a filtered list in all of its schemas.',
  },
  {
    command: 'rule',
    keys: ['r'],
    label: 'rule',
    help: 'Choose by what the filter says, kept as a rule and not as names: !*_audit is all but those. On a heading for its schema, else for all that are shown; again takes the rule away.',
  },
]
const reload: Table = [
  { command: 'reload', keys: ['ctrl-r'], label: 'read again', help: 'Read it again from the server.' },
]

const lookingUp: Table = [
  {
    command: 'look-up',
    keys: ['ctrl-o'],
    label: 'ask RDS',
    help: "Ask RDS which security groups the database has, with the credentials that AWS's own tools use here. Nothing is changed.",
  },
]

const cancelling: Table = [
  { command: 'cancel', keys: ['escape'], label: 'cancel', help: 'Stop trying to connect.' },
]

const discarding: Table = [
  {
    command: 'discard',
    keys: ['d'],
    label: 'leave, discard answers',
    help: 'Leave, and throw the answers away: the next start does not offer them.',
  },
]

const overlayKeys: Table = [
  { command: 'close', keys: ['escape', '?', 'f1', 'q'], label: 'close', help: 'Back to the screen.' },
]

/** In text, `?` is a character; F1 is the help's key there. */
function whileTyping(table: Table): Table {
  return table.map(binding => ({ ...binding, keys: binding.keys.filter(key => [...key].length > 1) }))
}

/** The keys that work now, the most important first: the foot, the help and the dispatch are made from it. */
export function bindingsFor(state: WizardState): Table {
  return [
    ...bindingsOfScreen(state),
    ...ofTerminal.filter(({ command }) => canSuspend(state) || command !== 'suspend'),
  ]
}

/** A stopped program could neither go on nor take back what it has begun. */
function canSuspend({ apply, review }: WizardState): boolean {
  return apply.status !== 'running' && apply.status !== 'cancelling' && review.status !== 'rehearsing'
}

function bindingsOfScreen(state: WizardState): Table {
  switch (state.overlay?.kind) {
    case 'help':
      return [...overlayKeys, ...moves]
    case 'steps':
      return [
        { command: 'submit', keys: ['enter'], label: 'go there', help: 'Go to this step.' },
        ...overlayKeys,
        ...moves,
      ]
    case 'quit':
      return [
        { command: 'submit', keys: ['enter', 'y', 'ctrl-c'], label: 'leave', help: 'Leave.' },
        ...(areKept(state) ? discarding : []),
        { command: 'close', keys: ['escape', 'n'], label: 'stay', help: 'Stay.' },
      ]
    case 'mfa':
      return [
        { command: 'submit', keys: ['enter'], label: 'go on', help: 'Give the digits to AWS.' },
        { command: 'close', keys: ['escape'], label: 'not now', help: 'Do not ask AWS now.' },
        { command: 'quit', keys: ['ctrl-c'], label: 'leave', help: 'Leave.' },
      ]
    case 'confirm':
      return [
        { command: 'submit', keys: ['enter'], label: 'confirm', help: 'Confirm, when the word is typed.' },
        { command: 'close', keys: ['escape'], label: 'not now', help: 'Back, nothing is taken.' },
        { command: 'quit', keys: ['ctrl-c'], label: 'leave', help: 'Leave.' },
      ]
    case undefined:
      return stepBindings(state)
  }
}

function stepBindings(state: WizardState): Table {
  switch (state.step) {
    case 'tool':
      return menu
    case 'connection':
      return connectionBindings(state)
    case 'endpoint':
      return formBindings(state.endpoint.form)
    case 'authentication':
      return formBindings(state.authentication.form)
    case 'aws':
      return formBindings(state.aws.form)
    case 'network':
      return formBindings(state.network.form, canAskForGroups(state) ? [...lookingUp, ...saving] : saving)
    case 'secret':
      return formBindings(state.secret.form)
    case 'schemas':
      return pickerBindings(state.schemas.picker, picking)
    case 'tables':
      return pickerBindings(state.tables.picker, [
        ...picking,
        ...(hasTiers(state) ? access : []),
        ...deciding,
      ])
    case 'review':
      return [...reviewBindings(state), ...back, ...saving, ...everywhere, ...moves]
    case 'apply':
      return state.apply.status === 'ended'
        ? [
            { command: 'submit', keys: ['enter'], ...onwardOf(state.apply.outcome) },
            ...withoutSteps,
            ...moves,
          ]
        : [
            {
              command: 'cancel',
              keys: ['ctrl-c', 'escape'],
              label: 'cancel',
              help: 'Cancel: everything is rolled back.',
            },
            ...moves,
          ]
    case 'done':
      return [
        {
          command: 'submit',
          keys: ['enter', 'q'],
          label: 'finish',
          help: 'Leave; a short summary stays in the terminal.',
        },
        ...withSecretKeys(state, saving),
        ...(state.done.receipt === null ? [] : undoing),
        ...withoutSteps,
        ...moves,
      ]
  }
}

const undoing: Table = [
  {
    command: 'undo',
    keys: ['u'],
    label: 'undo',
    help: 'Leave, and take back what this run has done: first it is shown and asked about.',
  },
]

/** What Enter does at the end of an apply hangs on how it ended; its text says the same (lines/apply.ts). */
function onwardOf(outcome: ApplyOutcome | null): Pick<Binding<Command>, 'label' | 'help'> {
  switch (outcome?.outcome) {
    case 'done':
    case 'done-unproved':
      return { label: 'connection form', help: 'To the connection form of the tool.' }
    case 'cancelled':
    case 'failed-unchanged':
      return {
        label: 'back',
        help: 'Back to the plan, or to the question whose answer does not hold any more.',
      }
    case 'failed-changed':
      return { label: 'leave', help: 'Leave; what is left, and how to undo it, stays in the terminal.' }
    case undefined:
      return { label: 'go on', help: 'To what follows.' }
  }
}

/** The password is shown before the form is saved, and saved rather than sent to a clipboard. */
function withSecretKeys({ draft, done }: WizardState, table: Table): Table {
  if (!hasSecret(draft)) return table
  const what = draft.authentication?.method === 'aws-iam' ? 'key' : 'password'
  return [
    {
      command: 'reveal',
      keys: ['p'],
      label: `${done.shown === null ? 'show' : 'hide'} ${what}`,
      help: 'Show the password, or hide it; it hides itself after 30 seconds.',
    },
    ...table,
    {
      command: 'copy-password',
      keys: ['c'],
      label: `send ${what}`,
      help: 'Send the password to the clipboard of your own terminal (OSC 52), and a blank after 30 seconds.',
    },
  ]
}

/** While there is nothing to choose from yet, only what leads on from there. */
function pickerBindings(picker: PickerState | null, table: Table): Table {
  if (picker === null) return [...reload, ...back, ...everywhere]
  if (picker.filtering) return filtering
  if (picker.anchor === null) return [...table, ...back, ...everywhere, ...reload, ...moves]
  return [...table.map(endsRange), ...withoutEscape(back), ...everywhere, ...reload, ...moves]
}

/** While there is a range, Esc ends it and does nothing more. */
function endsRange(binding: Binding<Command>): Binding<Command> {
  return binding.command === 'range'
    ? { ...binding, keys: ['escape', 'v'], label: 'end range', anchored: true }
    : binding
}

function withoutEscape(table: Table): Table {
  return table.map(binding => ({ ...binding, keys: binding.keys.filter(key => key !== 'escape') }))
}

/** While a connection is tried, Esc stops that and goes nowhere. */
function connectionBindings({ connection }: WizardState): Table {
  const table = [...formBindings(connection.form), ...reload]
  if (connection.status !== 'connecting') return table
  return [...cancelling, ...withoutEscape(table)]
}

function formBindings(form: WizardState['connection']['form'], more: Table = []): Table {
  const typing = focusedField(form)?.kind === 'text'
  const moving = form.fields.length > 1 ? between : []
  const rest = [...back, ...more, ...everywhere, ...textMoves]
  return typing ? [...onward, ...moving, ...whileTyping(rest)] : [...onward, ...options, ...moving, ...rest]
}

function reviewBindings(state: WizardState): Table {
  const rehearse: Binding<Command> = {
    command: 'rehearse',
    keys: ['r'],
    label: 'rehearse',
    help: 'Run the plan in a transaction, try it as the new role, and roll it all back.',
  }
  const apply: Binding<Command> = {
    command: 'apply',
    keys: ['y'],
    label: 'apply',
    help: 'Yes: apply the plan as it is shown.',
  }
  switch (state.review.status) {
    case 'rehearsing':
      return [
        { command: 'cancel', keys: ['c'], label: 'cancel', help: 'Stop the rehearsal; it is rolled back.' },
      ]
    case 'refused':
      return [
        {
          command: 'submit',
          keys: ['enter'],
          label: 'go to the question',
          help: 'To the question whose answer has to change.',
        },
      ]
    default:
      return [...(canApply(state) ? [apply] : []), ...(canRehearse(state) ? [rehearse] : [])]
  }
}
