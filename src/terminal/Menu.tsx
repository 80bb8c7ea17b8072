import { Text } from 'ink'
import SelectInput from 'ink-select-input'
import { useLook } from './look.tsx'
import { displayWidth, padEnd, truncate, visible } from './truncate.ts'

export interface MenuItem<Value extends string> {
  readonly value: Value
  readonly label: string
  /** In a column behind the labels. */
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
export function Menu<Value extends string>(props: MenuProps<Value>) {
  const { items, columns, initial, limit, focused = true, onSelect, onHighlight } = props
  const { glyphs } = useLook()
  const labelWidth = Math.max(0, ...items.map(({ label }) => displayWidth(visible(label))))
  const rows = items.map(({ value, label, note }) => {
    const text =
      note === undefined ? visible(label) : `${padEnd(visible(label), labelWidth)}  ${visible(note)}`
    return { value, label: truncate(text, columns - displayWidth(glyphs.pointer) - 1, glyphs.ellipsis) }
  })
  return (
    <SelectInput
      items={rows}
      isFocused={focused}
      initialIndex={Math.max(
        0,
        items.findIndex(({ value }) => value === initial),
      )}
      {...(limit === undefined ? {} : { limit })}
      indicatorComponent={Pointer}
      itemComponent={Label}
      onSelect={({ value }) => onSelect(value)}
      onHighlight={({ value }) => onHighlight?.(value)}
    />
  )
}

function Pointer({ isSelected = false }: { isSelected?: boolean }) {
  const { glyphs, theme } = useLook()
  return <Text {...theme.accent}>{isSelected ? `${glyphs.pointer} ` : '  '}</Text>
}

function Label({ label }: { label: string }) {
  return <Text wrap="truncate">{label}</Text>
}
