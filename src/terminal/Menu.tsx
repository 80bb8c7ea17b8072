import SelectInput from 'ink-select-input'

export interface MenuItem<Value extends string> {
  readonly value: Value
  readonly label: string
  /** Behind the label, muted. */
  readonly note?: string
}

export interface MenuProps<Value extends string> {
  readonly items: readonly MenuItem<Value>[]
  readonly columns: number
  /** The item to begin on. */
  readonly initial?: Value
  /** At most so many rows; the rest scrolls. */
  readonly limit?: number
  /** False while something else has the keys. */
  readonly focused?: boolean
  onSelect(value: Value): void
  onHighlight?(value: Value): void
}

/**
 * A short menu on ink-select-input: arrows, j and k, digits, Enter. It takes its keys from Ink, so the owner
 * of the keys must leave those alone (return false from its listener).
 */
export function Menu<Value extends string>({ items, onSelect }: MenuProps<Value>) {
  return (
    <SelectInput
      items={items.map(({ value, label }) => ({ value, label }))}
      onSelect={({ value }) => onSelect(value)}
    />
  )
}
