import { Text } from 'ink'
import type { FormField } from '../terminal/form.ts'
import { useLook } from '../terminal/look.tsx'
import { TextField } from '../terminal/TextField.tsx'
import { displayWidth, firstColumns, truncate } from '../terminal/truncate.ts'
import { problemIndent, visibleFormRows } from '../wizard/lines/form-rows.ts'
import type { QuestionState } from '../wizard/state.ts'

/** How a field of a form is shown. */
export interface FieldLook {
  readonly label: string
  /** For a choice: the words for each option. */
  readonly options?: Readonly<Record<string, string>>
  readonly masked?: boolean
  readonly placeholder?: string
  /** Behind the value, muted. */
  readonly source?: string
}

export interface FormFieldsProps {
  readonly question: QuestionState
  readonly fields: Readonly<Record<string, FieldLook>>
  readonly columns: number
  /** Fewer than the form has: the fields around the one that has the keys are shown. */
  readonly rows: number
  /** False while something lies over the form. */
  readonly active: boolean
}

/** The fields of a form, one row each, and under a field what is wrong with it. */
export function FormFields({ question, fields, columns, rows, active }: FormFieldsProps) {
  const { form } = question
  const { glyphs, theme } = useLook()
  const labelWidth = Math.max(...form.fields.map(field => fields[field.id]?.label.length ?? 0))
  return visibleFormRows(question, { columns, rows }).map(row => {
    if (row.kind === 'problem')
      return (
        <Text key={row.id} wrap="truncate" {...theme.bad}>
          {(row.first ? `  ${glyphs.cross}` : '').padEnd(problemIndent)}
          {row.text}
        </Text>
      )
    const { field } = row
    const look = fields[field.id] ?? { label: field.id }
    const focused = active && form.focus === field.id
    if (field.kind === 'choice')
      return (
        <ChoiceField
          key={field.id}
          field={field}
          look={look}
          labelWidth={labelWidth}
          columns={columns}
          focused={focused}
        />
      )
    return (
      <TextField
        key={field.id}
        label={look.label}
        labelWidth={labelWidth}
        state={field.text}
        columns={columns}
        focused={focused}
        masked={look.masked ?? false}
        {...(look.placeholder === undefined ? {} : { placeholder: look.placeholder })}
        {...(look.source === undefined ? {} : { source: look.source })}
      />
    )
  })
}

interface ChoiceFieldProps {
  readonly field: FormField & { kind: 'choice' }
  readonly look: FieldLook
  readonly labelWidth: number
  readonly columns: number
  readonly focused: boolean
}

/** All options where they fit; else the chosen one, and how many there are. */
function ChoiceField({ field, look, labelWidth, columns, focused }: ChoiceFieldProps) {
  const { glyphs, theme } = useLook()
  const all = field.options.map(option => ({
    option,
    text: `${option === field.chosen ? glyphs.taken : glyphs.notTaken} ${look.options?.[option] ?? option}`,
  }))
  const room = columns - labelWidth - 3
  const fit = displayWidth(all.map(({ text }) => text).join('  ')) <= room
  const count = `  ${field.options.indexOf(field.chosen) + 1} of ${all.length}`
  const shown = fit
    ? all
    : all
        .filter(({ option }) => option === field.chosen)
        .map(({ option, text }) => ({
          option,
          text: truncate(text, Math.max(0, room - displayWidth(count)), glyphs.ellipsis),
        }))
  return (
    <Text wrap="truncate">
      <Text {...(focused ? theme.accent : {})}>
        {focused ? glyphs.pointer : ' '} {look.label.padEnd(labelWidth)}
      </Text>{' '}
      {shown.map(({ option, text }, index) => (
        <Text key={option}>
          {index === 0 ? '' : '  '}
          <Text {...(option === field.chosen ? theme.strong : theme.muted)}>{text}</Text>
        </Text>
      ))}
      {fit ? null : <Text {...theme.muted}>{firstColumns(count, room)}</Text>}
    </Text>
  )
}
