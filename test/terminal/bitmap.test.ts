import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addRange,
  type Bitmap,
  bitmapOf,
  bitsIn,
  both,
  clearRange,
  countBits,
  either,
  emptyBitmap,
  fullBitmap,
  hasBit,
  nthBit,
  oneOf,
  without,
} from '../../src/terminal/bitmap.ts'

const size = 100
const number = fc.nat({ max: size - 1 })
const set = fc.uniqueArray(number).map(numbers => new Set(numbers))
const range = fc.tuple(fc.nat({ max: size }), fc.nat({ max: size }))
const all = Array.from({ length: size }, (_, at) => at)

const numbersOf = (bitmap: Bitmap) => [...bitsIn(bitmap)]

describe('a bitmap is a set', () => {
  it('of none, of all, and of what was put in', () => {
    expect(numbersOf(emptyBitmap(size))).toEqual([])
    expect(numbersOf(fullBitmap(size))).toEqual(all)
    expect(numbersOf(fullBitmap(32))).toHaveLength(32)
    expect(countBits(fullBitmap(0))).toBe(0)
    expect(numbersOf(bitmapOf(3, [2, 0, 3, -1]))).toEqual([0, 2])
  })

  it('with the operations of sets', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [bitmapOf(size, a), bitmapOf(size, b)]
        expect(numbersOf(both(left, right))).toEqual(all.filter(each => a.has(each) && b.has(each)))
        expect(numbersOf(either(left, right))).toEqual(all.filter(each => a.has(each) || b.has(each)))
        expect(numbersOf(without(left, right))).toEqual(all.filter(each => a.has(each) && !b.has(each)))
        expect(numbersOf(oneOf(left, right))).toEqual(all.filter(each => a.has(each) !== b.has(each)))
        expect(all.filter(each => hasBit(left, each))).toEqual(numbersOf(left))
      }),
    )
  })

  it('counted, listed and numbered in any part', () => {
    fc.assert(
      fc.property(set, range, fc.nat({ max: 40 }), (numbers, [from, to], place) => {
        const bitmap = bitmapOf(size, numbers)
        const inside = all.filter(each => numbers.has(each) && each >= from && each < to)
        expect(countBits(bitmap, from, to)).toBe(inside.length)
        expect([...bitsIn(bitmap, from, to)]).toEqual(inside)
        expect(nthBit(bitmap, place, from)).toBe(
          all.filter(each => numbers.has(each) && each >= from)[place] ?? -1,
        )
      }),
    )
  })

  it('with whole parts put in and taken out', () => {
    fc.assert(
      fc.property(set, range, (numbers, [from, to]) => {
        const isInside = (each: number) => each >= from && each < to
        const filled = bitmapOf(size, numbers)
        addRange(filled, from, to)
        expect(numbersOf(filled)).toEqual(all.filter(each => numbers.has(each) || isInside(each)))
        const cleared = bitmapOf(size, numbers)
        clearRange(cleared, from, to)
        expect(numbersOf(cleared)).toEqual(all.filter(each => numbers.has(each) && !isInside(each)))
      }),
    )
  })
})
