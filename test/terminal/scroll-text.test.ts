import { describe, expect, it } from 'vitest'
import { clampScroll, scroll, scrollPosition } from '../../src/terminal/scroll-text.ts'

const size = { count: 30, height: 10 }

describe('a text that scrolls', () => {
  it('goes by lines and pages and stops at the ends', () => {
    expect(scroll(0, 'down', size)).toBe(1)
    expect(scroll(0, 'up', size)).toBe(0)
    expect(scroll(0, 'page-down', size)).toBe(9)
    expect(scroll(15, 'page-down', size)).toBe(20)
    expect(scroll(15, 'page-up', size)).toBe(6)
    expect(scroll(3, 'end', size)).toBe(20)
    expect(scroll(20, 'down', size)).toBe(20)
    expect(scroll(20, 'home', size)).toBe(0)
  })

  it('does not move when all of it is visible', () => {
    expect(scroll(0, 'down', { count: 3, height: 10 })).toBe(0)
    expect(clampScroll(7, { count: 3, height: 10 })).toBe(0)
  })

  it('says where one is', () => {
    expect(scrollPosition(0, size)).toBe('1-10 of 30')
    expect(scrollPosition(20, size)).toBe('21-30 of 30')
    expect(scrollPosition(0, { count: 3, height: 10 })).toBe('')
  })
})
