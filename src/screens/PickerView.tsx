import { Text } from 'ink'
import { CheckList, type CheckRow } from '../terminal/CheckList.tsx'
import { visibleRange } from '../terminal/list-window.ts'
import { useLook } from '../terminal/look.tsx'
import { countsOf, markOf, matchCount, type PickerState } from '../terminal/picker.ts'
import { TextField } from '../terminal/TextField.tsx'
import { displayWidth, truncate } from '../terminal/truncate.ts'
import { Row } from './Row.tsx'

export interface PickerViewProps {
  readonly picker: PickerState
  readonly columns: number
  readonly question: string
  /** Text at the right of the question's row. */
  readonly total: string
  /** What a heading says besides its name and counts. */
  groupRow(group: number): Pick<CheckRow, 'detail' | 'note' | 'mark'>
  itemRow(item: number): Pick<CheckRow, 'label' | 'detail' | 'note' | 'mark'>
}

/** A picker: the question, the filter, and the rows that are visible. */
export function PickerView({ picker, columns, question, total, groupRow, itemRow }: PickerViewProps) {
  const { glyphs, theme } = useLook()
  const { start, end } = visibleRange(picker.window, { count: picker.rows.length, height: picker.height })
  const rows = picker.rows.slice(start, end).map((row): CheckRow => {
    if (row.kind === 'group') {
      const { chosen, of } = countsOf(picker, row.group)
      const mark = markOf(picker, row.group)
      return {
        id: `group ${row.group}`,
        label: `${picker.items.groups[row.group] ?? ''}  ${chosen}/${of}`,
        check: of === 0 ? 'disabled' : mark === 'all' ? 'checked' : mark === 'some' ? 'partly' : 'unchecked',
        ...groupRow(row.group),
      }
    }
    const refusal = picker.items.refusals[row.item]
    const { detail, ...its } = itemRow(row.item)
    return {
      id: `item ${row.item}`,
      depth: 1,
      check: refusal != null ? 'disabled' : picker.chosen[row.item] === 1 ? 'checked' : 'unchecked',
      ...its,
      // The reason gets the room of the figures.
      ...(refusal != null ? { note: refusal } : detail === undefined ? {} : { detail }),
    }
  })
  return (
    <>
      <Text wrap="truncate">
        <Text {...theme.strong}>{question}</Text>
        <Text {...theme.accent}>
          {truncate(`  ${total}`, columns - displayWidth(question), glyphs.ellipsis)}
        </Text>
      </Text>
      <FilterRow picker={picker} columns={columns} />
      <CheckList rows={rows} cursor={picker.window.cursor - start} columns={columns} />
      {picker.rows.length === 0 ? <Row tone="muted"> nothing matches</Row> : null}
    </>
  )
}

function FilterRow({ picker, columns }: { picker: PickerState; columns: number }) {
  if (!picker.filtering && picker.query.value === '') return <Row tone="muted">/ filters</Row>
  const matches = `${matchCount(picker)} match`
  return (
    <TextField
      label="filter"
      state={picker.query}
      columns={columns}
      focused={picker.filtering}
      source={matches}
    />
  )
}
