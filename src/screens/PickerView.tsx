import { Text } from 'ink'
import { hasBit } from '../terminal/bitmap.ts'
import { CheckList, type CheckRow } from '../terminal/CheckList.tsx'
import { visibleRange } from '../terminal/list-window.ts'
import { useLook } from '../terminal/look.tsx'
import {
  countsOf,
  isClosed,
  markOf,
  matchCount,
  type PickerState,
  rangeOf,
  rowAt,
} from '../terminal/picker.ts'
import { scrollPosition } from '../terminal/scroll-text.ts'
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
  const { start, end } = visibleRange(picker.window, { count: picker.rows.count, height: picker.height })
  const range = rangeOf(picker)
  const rows = Array.from({ length: end - start }, (_, index): CheckRow => {
    const row = rowAt(picker, start + index)
    const inRange = range !== null && start + index >= range[0] && start + index <= range[1]
    if (row === undefined) return { id: `row ${start + index}`, label: '', check: 'none' }
    if (row.kind === 'group') {
      const { chosen, of } = countsOf(picker, row.group)
      const mark = markOf(picker, row.group)
      return {
        id: `group ${row.group}`,
        label: `${picker.items.groups[row.group] ?? ''}  ${chosen.toLocaleString('en')}/${of.toLocaleString('en')}`,
        inRange,
        ...(isClosed(picker, row.group) ? { fold: 'closed' as const } : {}),
        check: of === 0 ? 'disabled' : mark === 'all' ? 'checked' : mark === 'some' ? 'partly' : 'unchecked',
        ...groupRow(row.group),
      }
    }
    const refusal = picker.items.refusal(row.item)
    const { detail, ...its } = itemRow(row.item)
    return {
      id: `item ${row.item}`,
      depth: 1,
      inRange,
      check: refusal !== null ? 'disabled' : hasBit(picker.chosen, row.item) ? 'checked' : 'unchecked',
      ...its,
      // The reason gets the room of the figures.
      ...(refusal !== null ? { note: refusal } : detail === undefined ? {} : { detail }),
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
      {picker.rows.count > 0 ? null : picker.filtered.problem === null ? (
        <Row tone="muted"> nothing matches</Row>
      ) : (
        <Row tone="warn"> {picker.filtered.problem}</Row>
      )}
    </>
  )
}

/** The filter, and which of the rows are in sight where not all are. */
function FilterRow({ picker, columns }: { picker: PickerState; columns: number }) {
  const position = scrollPosition(picker.window.top, { count: picker.rows.count, height: picker.height })
  const inSight = position === '' ? '' : `  ${position}`
  if (!picker.filtering && picker.query.value === '') return <Row tone="muted">{`/ filters${inSight}`}</Row>
  const isAnswered = picker.answered === picker.query.value
  const matches = isAnswered ? `${matchCount(picker).toLocaleString('en')} match${inSight}` : 'searching'
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
