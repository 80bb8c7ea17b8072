import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { ASCII_GLYPHS, type Glyphs, glyphsFor, UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'

function all(glyphs: Glyphs): readonly (readonly [string, string])[] {
  return Object.entries(glyphs).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [[name, value] as const]
      : value.map((frame: string) => [name, frame] as const),
  )
}

/** These are wide where a terminal draws ambiguous characters wide; they stand in text, where that does no harm. */
const inText = ['ellipsis', 'up', 'down', 'left', 'right']

describe('glyphs', () => {
  it.each(all(UNICODE_GLYPHS))('%s %s is one column wide', (name, glyph) => {
    expect(stringWidth(glyph)).toBe(1)
    if (!inText.includes(name)) expect(stringWidth(glyph, { ambiguousIsNarrow: false })).toBe(1)
  })

  it('are ASCII where nothing else can be drawn', () => {
    expect(all(glyphsFor(false)).filter(([, glyph]) => !/^[\x20-\x7e]+$/u.test(glyph))).toEqual([])
  })

  it.each([ASCII_GLYPHS, UNICODE_GLYPHS])('keep columns in line: boxes are of one width', glyphs => {
    const boxes = [glyphs.checked, glyphs.unchecked, glyphs.partly, glyphs.disabled]
    expect(new Set(boxes.map(box => stringWidth(box))).size).toBe(1)
    expect(new Set(boxes).size).toBe(boxes.length)
    expect(stringWidth(glyphs.open)).toBe(stringWidth(glyphs.closed))
  })
})
