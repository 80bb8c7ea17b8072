import { printable, printableName } from '../../../model/identifier.ts'
import type { FilledForm } from '../../../plan/form.ts'
import { columns, paragraph } from './layout.ts'

/** The vendor's forms, filled in; in place of the secret, if there is one, where it is kept and how to read it. */
export function formText(
  forms: readonly FilledForm[],
  kept: { readonly place: string; readonly howToRead: string } | null,
): string[] {
  if (forms.length === 0) return []
  return [
    ...forms.flatMap(form => [
      `${form.title}: database ${printableName(form.database)}`,
      ...paragraph(form.way.join(' > '), '  '),
      ...columns(
        form.fields.map(field => [field.label, field.hidden ? '(kept: see below)' : field.value]),
        '    ',
      ),
    ]),
    ...(kept === null
      ? []
      : [
          ...paragraph(`The secret is kept in ${kept.place}. To read it:`, '  '),
          // In one piece, so that it can be copied.
          `    ${printable(kept.howToRead)}`,
        ]),
  ]
}
