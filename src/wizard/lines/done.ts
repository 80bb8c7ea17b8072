import { undoCommand } from '../../engine/undo-command.ts'
import { verifyCommand } from '../../engine/verify-command.ts'
import { gap, heading, type Paragraph } from '../../model/paragraph.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { FilledForm } from '../../plan/form.ts'
import { hasSecret } from '../../steps/step.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'
import { whatIsLeftToDo } from './network.ts'

/** The last screen: the vendor's forms, where the password is, what must still be done, the receipt. */
export function doneLines(state: WizardState): readonly Line[] {
  const { done, facts, size } = state
  const { outcome } = state.apply
  return linesOf(
    [
      heading(`The connection form of ${facts.connector?.name ?? 'the tool'}`),
      ...done.forms.flatMap(formParagraphs),
      ...(done.problem === null
        ? []
        : [{ text: `${done.problem.message} ${done.problem.next ?? ''}`, tone: 'bad' as const }]),
      ...(hasSecret(state.draft)
        ? [
            heading(byIam(state) ? "The access key's secret" : 'The password'),
            { text: done.howToRead ?? '', indent: 2, hanging: 2 },
            gap,
          ]
        : []),
      ...(outcome?.outcome === 'done-unproved'
        ? [
            {
              text: "Login: not provable from here. The tool's own connection test is the proof.",
              tone: 'warn' as const,
            },
            gap,
          ]
        : []),
      ...whatIsLeftToDo(state),
      gap,
      heading('The receipt'),
      ...(done.receipt === null
        ? []
        : [
            { text: `What was granted and by whom: ${done.receipt}`, indent: 2, hanging: 2 },
            { text: `To undo it: u here, or later ${undoCommand(done.receipt)}`, indent: 2, hanging: 2 },
          ]),
      {
        text: `To see on a later day whether it is still so: ${verifyCommand(state.answersFile)}`,
        indent: 2,
        hanging: 2,
      },
    ],
    size.columns,
  )
}

/**
 * The password, while it is shown: in the last rows of the screen, alone, in short lines. On a terminal without
 * an alternate screen, rows that come to stand beyond its first one when it is made smaller are in its
 * scrollback for good: these are the last to get there.
 */
export function shownSecretLines(state: WizardState, password: Secret, rows: number): readonly Line[] {
  const labels = state.done.forms.flatMap(({ fields }) =>
    fields.filter(({ hidden }) => hidden).map(({ label }) => label),
  )
  const lines = linesOf(
    [
      ...[...new Set(labels)].map(
        (label): Paragraph => ({ text: `${label}  ${reveal(password)}`, tone: 'strong' }),
      ),
      { text: 'p hides it; after 30 seconds it hides itself.', tone: 'muted' },
    ],
    state.size.columns,
  )
  const above = Array.from({ length: Math.max(0, rows - lines.length) }, () => ({ text: '' }))
  return [...above, ...lines]
}

function byIam({ draft }: WizardState): boolean {
  return draft.authentication?.method === 'aws-iam'
}

/** The forms for a file or a clipboard; without the password. */
export function savedFormText(state: WizardState): string {
  return `${state.done.forms
    .flatMap(formParagraphs)
    .map(({ text, indent = 0 }) => ' '.repeat(indent) + text)
    .join('\n')}\n`
}

function formParagraphs(form: FilledForm): Paragraph[] {
  const width = Math.max(...form.fields.map(field => field.label.length))
  return [
    { text: `${form.title}: ${form.database}`, indent: 2, tone: 'accent' },
    { text: form.way.join(' > '), indent: 2, tone: 'muted' },
    ...form.fields.map(
      (field): Paragraph => ({
        text: `${field.label.padEnd(width)}  ${field.hidden ? '(hidden: p shows it)' : field.value}`,
        indent: 4,
        hanging: width + 2,
      }),
    ),
    gap,
  ]
}
