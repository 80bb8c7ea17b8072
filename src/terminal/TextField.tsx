import { Text } from 'ink'
import { useLook } from './look.tsx'
import type { TextFieldState } from './text-field.ts'

export interface TextFieldProps {
  readonly label: string
  /** Columns for the label, so that several fields stand in a column. */
  readonly labelWidth?: number
  readonly state: TextFieldState
  readonly columns: number
  readonly focused: boolean
  /** Draw signs instead of the characters. */
  readonly masked?: boolean
  /** Shown, muted, while the value is empty. */
  readonly placeholder?: string
  /** Where the value came from: `PGHOST`. */
  readonly source?: string
  /** Why the value cannot be used; a row of its own, absent when undefined. */
  readonly problem?: string
}

/** One line of text to type, with its label; a second row when there is a problem. */
export function TextField({ label, state }: TextFieldProps) {
  useLook()
  return (
    <Text wrap="truncate">
      {label} {state.value}
    </Text>
  )
}
