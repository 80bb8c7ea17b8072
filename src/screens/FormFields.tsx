import { Text } from 'ink'
import type { FieldProblem } from '../steps/step.ts'
import type { FormField, FormState } from '../terminal/form.ts'
import { useLook } from '../terminal/look.tsx'
import { TextField } from '../terminal/TextField.tsx'

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
  readonly form: FormState
  readonly fields: Readonly<Record<string, FieldLook>>
  readonly problems: readonly FieldProblem[]
  readonly columns: number
  /** False while something lies over the form. */
  readonly active: boolean
}

/** The fields of a form, one row each, and a row for each problem. */
export function FormFields({ form, fields, problems, columns, active }: FormFieldsProps) {
  const labelWidth = Math.max(...form.fields.map(field => fields[field.id]?.label.length ?? 0))
  return form.fields.map(field => {
    const look = fields[field.id] ?? { label: field.id }
    const problem = problems.find(each => each.field === field.id)?.problem
    const focused = active && form.focus === field.id
    if (field.kind === 'choice')
      return (
        <ChoiceField
          key={field.id}
          field={field}
          look={look}
          labelWidth={labelWidth}
          focused={focused}
          {...(problem === undefined
            ? {}
            : { problem: [problem.message, problem.next].filter(Boolean).join(' ') })}
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
        {...(problem === undefined
          ? {}
          : { problem: [problem.message, problem.next].filter(Boolean).join(' ') })}
      />
    )
  })
}

function ChoiceField({
  field,
  look,
  labelWidth,
  focused,
  problem,
}: {
  field: FormField & { kind: 'choice' }
  look: FieldLook
  labelWidth: number
  focused: boolean
  problem?: string
}) {
  const { glyphs, theme } = useLook()
  return (
    <>
      <Text wrap="truncate">
        <Text {...(focused ? theme.accent : {})}>
          {focused ? glyphs.pointer : ' '} {look.label.padEnd(labelWidth)}
        </Text>{' '}
        {field.options.map((option, index) => (
          <Text key={option}>
            {index === 0 ? '' : '  '}
            <Text {...(option === field.chosen ? theme.strong : theme.muted)}>
              {option === field.chosen ? glyphs.checked : glyphs.unchecked} {look.options?.[option] ?? option}
            </Text>
          </Text>
        ))}
      </Text>
      {problem === undefined ? null : (
        <Text wrap="truncate" {...theme.bad}>
          {'  '}
          {''.padEnd(labelWidth)}
          {'  '}
          {glyphs.cross} {problem}
        </Text>
      )}
    </>
  )
}
