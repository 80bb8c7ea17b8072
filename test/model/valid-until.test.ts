import { describe, expect, it } from 'vitest'
import { instantOf } from '../../src/model/valid-until.ts'

describe('the end of a login', () => {
  it.each([
    [null, Number.POSITIVE_INFINITY],
    ['-infinity', Number.NEGATIVE_INFINITY],
    ['0044-03-15T12:00:00.000Z BC', Number.NEGATIVE_INFINITY],
    ['2071-07-07T10:37:07.000777Z', Date.UTC(2071, 6, 7, 10, 37, 7)],
    ['2031-03-30T02:30:00+02:00', Date.UTC(2031, 2, 30, 0, 30)],
    ['20000-01-01T00:00:00.000Z', Date.UTC(20_000, 0, 1)],
    ['294276-12-31T23:59:59.999Z', Number.POSITIVE_INFINITY],
  ])('%s is at %d', (validUntil, instant) => {
    expect(instantOf(validUntil)).toBe(instant)
  })
})
