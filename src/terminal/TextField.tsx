import { Text } from 'ink'
import type { Look } from './look.tsx'
import { useLook } from './look.tsx'
import { type TextFieldState, visiblePart } from './text-field.ts'
import { displayWidth, graphemes, padEnd, truncate, visible } from './truncate.ts'

export interface TextFieldProps {
  readonly label: string
  /** Columns for the label, so that several fields stand in a column; the label's own width when absent. */
  readonly labelWidth?: number
  readonly state: TextFieldState
  readonly columns: number
  readonly focused: boolean
  /** Draw signs instead of the characters. */
  readonly masked?: boolean
  /** Shown while the value is empty, muted and in parentheses: without colour it is not taken for an answer. */
  readonly placeholder?: string
  /** Where the value came from: `PGHOST`. */
  readonly source?: string
  /** Why the value cannot be used; a row of its own, absent when undefined. */
  readonly problem?: string
}

/** Fewer columns than this for the value, and the source is cut. */
const NARROWEST_VALUE = 12
/** Fewer than this for a source that is cut, and it is left out. */
const NARROWEST_SOURCE = 16

/** One line of text to type, with its label; a second row when there is a problem. */
export function TextField(props: TextFieldProps) {
  const { label, labelWidth = displayWidth(label), columns, focused, problem } = props
  const { glyphs, theme } = useLook()
  const indent = displayWidth(glyphs.pointer) + 1
  const room = columns - indent - labelWidth - 1
  const empty = props.state.value === '' && props.placeholder !== undefined
  const source = sourceText(props, room, glyphs)
  const sourceWidth = displayWidth(source)
  return (
    <>
      <Text wrap="truncate">
        {focused ? <Text {...theme.accent}>{glyphs.pointer}</Text> : ' '}
        {` ${padEnd(truncate(label, labelWidth, glyphs.ellipsis), labelWidth)} `}
        {valueText(props, room - sourceWidth, glyphs)}
        {empty && (
          <Text {...theme.muted}>
            {truncate(`(${visible(props.placeholder)})`, room - sourceWidth - 1, glyphs.ellipsis)}
          </Text>
        )}
        {sourceWidth > 0 && <Text {...theme.muted}>{source}</Text>}
      </Text>
      {problem !== undefined && (
        <Text wrap="truncate" {...theme.bad}>
          {' '.repeat(indent) +
            truncate(`${glyphs.cross} ${visible(problem)}`, columns - indent, glyphs.ellipsis)}
        </Text>
      )}
    </>
  )
}

/** Where the value came from; a long path is cut in its middle, and gives way where next to nothing would be left. */
function sourceText({ source, state }: TextFieldProps, room: number, glyphs: Look['glyphs']): string {
  if (source === undefined) return ''
  const whole = `  ${visible(source)}`
  if (room - displayWidth(whole) >= NARROWEST_VALUE) return whole
  const free = room - Math.max(NARROWEST_VALUE, displayWidth(visible(state.value)) + 1)
  return free < NARROWEST_SOURCE ? '' : truncate(whole, free, glyphs.ellipsis, 'middle')
}

/** The value with the cursor's sign in it, in at most `room` columns. */
function valueText({ state, masked, focused }: TextFieldProps, room: number, glyphs: Look['glyphs']): string {
  const { before, after } = parts(state, masked === true, glyphs)
  if (!focused) return truncate(before + after, room, glyphs.ellipsis)
  const cut = displayWidth(glyphs.ellipsis)
  const cursor = displayWidth(glyphs.cursor)
  const drawn = { value: before + after, cursor: before.length }
  const whole = displayWidth(drawn.value) + cursor <= room
  const part = visiblePart(drawn, whole ? room - cursor : room - cursor - cut * 2)
  return (
    (part.cutStart ? glyphs.ellipsis : '') +
    part.before +
    glyphs.cursor +
    part.after +
    (part.cutEnd ? glyphs.ellipsis : '')
  )
}

function parts(state: TextFieldState, masked: boolean, glyphs: Look['glyphs']) {
  const draw = masked ? (text: string) => glyphs.mask.repeat(graphemes(text).length) : visible
  return { before: draw(state.value.slice(0, state.cursor)), after: draw(state.value.slice(state.cursor)) }
}
