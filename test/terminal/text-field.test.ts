import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseKey } from '../../src/terminal/key.ts'
import {
  editText,
  LONGEST_VALUE,
  type TextFieldState,
  textField,
  visiblePart,
} from '../../src/terminal/text-field.ts'
import { displayWidth, graphemes } from '../../src/terminal/truncate.ts'

/** A field written with its cursor: `ab|c`. */
function field(text: string): TextFieldState {
  return { value: text.replace('|', ''), cursor: text.indexOf('|') }
}

function shown({ value, cursor }: TextFieldState): string {
  return `${value.slice(0, cursor)}|${value.slice(cursor)}`
}

function edit(text: string, ...names: readonly string[]): string {
  const typed = (name: string) =>
    name.startsWith('paste ')
      ? { name: 'paste', text: name.slice(6) }
      : [...name].length === 1
        ? parseKey(name)
        : { name }
  return shown(names.reduce((state, name) => editText(state, typed(name)) ?? state, field(text)))
}

describe('a text field', () => {
  it.each([
    ['types', 'a|c', ['b'], 'ab|c'],
    ['types a space', 'a|b', [' '], 'a |b'],
    ['goes left', 'ab|', ['left', 'left', 'left'], '|ab'],
    ['goes right', 'a|b', ['right', 'right'], 'ab|'],
    ['goes to the ends', 'a|b', ['home', 'x', 'end', 'y'], 'xaby|'],
    ['goes by ctrl-a and ctrl-e', 'a|b', ['ctrl-a', 'x', 'ctrl-e', 'y'], 'xaby|'],
    ['goes by words', 'one two.three|', ['ctrl-left', 'alt-b'], 'one |two.three'],
    ['goes forward by words', '|one two.three', ['ctrl-right', 'alt-f'], 'one two|.three'],
    ['takes back', 'ab|c', ['backspace'], 'a|c'],
    ['has nothing to take back', '|a', ['backspace'], '|a'],
    ['deletes', 'a|bc', ['delete'], 'a|c'],
    ['deletes a word', 'SELECT one|', ['ctrl-w'], 'SELECT |'],
    ['deletes a word of letters with accents', 'un été |', ['ctrl-w'], 'un |'],
    ['deletes to the start', 'abc|d', ['ctrl-u'], '|d'],
    ['deletes to the end', 'a|bcd', ['ctrl-k'], 'a|'],
    ['takes a family as one', 'a👩‍👩‍👧|', ['left'], 'a|👩‍👩‍👧'],
    ['takes back a family at once', 'a👩‍👩‍👧|b', ['backspace'], 'a|b'],
    ['puts an accent on the letter before', 'e|x', ['\u0301'], 'e\u0301|x'],
    ['takes back a letter with its accent', 'e\u0301|x', ['backspace'], '|x'],
    ['stays outside a flag that comes together', '|🇪', ['🇩'], '🇩🇪|'],
    ['pastes', 'a|d', ['paste bc'], 'abc|d'],
    ['pastes without the newline at the end', '|', ['paste secret\n'], 'secret|'],
    ['pastes lines as one', '|', ['paste a\r\nb\tc\r\n'], 'a b c|'],
    ['pastes no control characters', '|', ['paste a\u0003\u001b[Ab'], 'a[Ab|'],
  ])('%s', (_, before, keys, after) => {
    expect(edit(before, ...keys)).toBe(after)
  })

  it.each(['enter', 'tab', 'shift-tab', 'up', 'down', 'page-up', 'escape', 'ctrl-c', 'unknown'])(
    'leaves %s to others',
    name => {
      expect(editText(textField('a'), { name })).toBeNull()
    },
  )

  it('takes no more than its longest value, and no half characters', () => {
    const full = editText(textField('x'), { name: 'paste', text: '😀'.repeat(LONGEST_VALUE) })
    expect(full?.value.length).toBe(LONGEST_VALUE - 1)
    expect(full?.value.isWellFormed()).toBe(true)
  })

  it('keeps the cursor between characters, whatever is typed', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map(text => ({ name: text, text })),
      fc.string({ unit: 'grapheme' }).map(text => ({ name: 'paste', text })),
      fc
        .constantFrom('left', 'right', 'home', 'end', 'backspace', 'delete', 'ctrl-w', 'alt-f', 'ctrl-left')
        .map(name => ({ name })),
    )
    fc.assert(
      fc.property(fc.array(key, { maxLength: 20 }), keys => {
        let state = textField('e\u0301🇩🇪👩‍👩‍👧')
        for (const next of keys) {
          state = editText(state, next) ?? state
          const places = new Set([0])
          for (const character of graphemes(state.value)) places.add(Math.max(...places) + character.length)
          expect(places).toContain(state.cursor)
        }
      }),
    )
  })
})

describe('the visible part of a field', () => {
  it('is all of it where there is room', () => {
    expect(visiblePart(field('ab|c'), 10)).toEqual({
      before: 'ab',
      after: 'c',
      cutStart: false,
      cutEnd: false,
    })
  })

  it('is what is before the cursor while one types', () => {
    expect(visiblePart(field('0123456789|'), 4)).toEqual({
      before: '6789',
      after: '',
      cutStart: true,
      cutEnd: false,
    })
  })

  it('is the start when the cursor is there', () => {
    expect(visiblePart(field('|0123456789'), 4)).toEqual({
      before: '',
      after: '0123',
      cutStart: false,
      cutEnd: true,
    })
  })

  it('holds the cursor, is a part of the value and never too wide', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 0, max: 30 }),
        (value, place, width) => {
          const characters = graphemes(value)
          const cursor = characters.slice(0, place % (characters.length + 1)).join('').length
          const part = visiblePart({ value, cursor }, width)
          expect(displayWidth(part.before) + displayWidth(part.after)).toBeLessThanOrEqual(width)
          expect(value.slice(0, cursor).endsWith(part.before)).toBe(true)
          expect(value.slice(cursor).startsWith(part.after)).toBe(true)
          expect(part.cutStart).toBe(part.before.length < cursor)
          expect(part.cutEnd).toBe(part.after.length < value.length - cursor)
        },
      ),
    )
  })
})
