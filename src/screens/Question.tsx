import { Spinner } from '../terminal/Spinner.tsx'
import type { WizardState } from '../wizard/state.ts'
import { type FormStep, rowsOfQuestion } from '../wizard/step-text.ts'
import { type FieldLook, FormFields } from './FormFields.tsx'
import { Row } from './Row.tsx'
import { StepText } from './StepText.tsx'

export interface QuestionProps {
  readonly state: WizardState
  readonly step: FormStep
  readonly title: string
  /** Under the title, where there is room for it. */
  readonly hint?: string
  readonly fields: Readonly<Record<string, FieldLook>>
  /** What is waited for, if anything. */
  readonly busy?: string | null
}

/** A question with a form: the question, its fields, what is waited for, and a text below. */
export function Question({ state, step, title, hint, fields, busy = null }: QuestionProps) {
  const rows = rowsOfQuestion(state, step)
  return (
    <>
      <Row tone="strong">{title}</Row>
      {rows.hint && hint !== undefined ? <Row tone="muted">{hint}</Row> : null}
      <FormFields
        question={state[step]}
        fields={fields}
        columns={state.size.columns}
        rows={rows.form}
        active={state.overlay === null}
      />
      {busy === null ? <Row /> : <Spinner label={busy} />}
      <StepText state={state} />
    </>
  )
}
