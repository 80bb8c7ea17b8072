/** A set of numbers from 0 up to, and without, `size`: a bit each. Never changed once it is handed on. */
export interface Bitmap {
  readonly size: number
  readonly words: Uint32Array
}

/** The set of none. */
export function emptyBitmap(size: number): Bitmap {
  return { size, words: new Uint32Array(Math.ceil(size / 32)) }
}

/** The set of all. */
export function fullBitmap(size: number): Bitmap {
  const full = emptyBitmap(size)
  addRange(full, 0, size)
  return full
}

/** The set of these numbers; any outside of `size` are left out. */
export function bitmapOf(size: number, numbers: Iterable<number>): Bitmap {
  const bitmap = emptyBitmap(size)
  for (const number of numbers) if (number >= 0 && number < size) addBit(bitmap, number)
  return bitmap
}

/** Puts a number into a bitmap that is still being made. */
export function addBit({ words }: Bitmap, number: number): void {
  words[number >>> 5] = (words[number >>> 5] ?? 0) | (1 << (number & 31))
}

/** Puts the numbers from `from` up to, and without, `to` into a bitmap that is still being made. */
export function addRange({ words }: Bitmap, from: number, to: number): void {
  for (let number = from; number < to; ) {
    if ((number & 31) === 0 && number + 32 <= to) {
      words[number >>> 5] = 0xffffffff
      number += 32
    } else {
      words[number >>> 5] = (words[number >>> 5] ?? 0) | (1 << (number & 31))
      number += 1
    }
  }
}

/** Takes the numbers from `from` up to, and without, `to` out of a bitmap that is still being made. */
export function clearRange({ words }: Bitmap, from: number, to: number): void {
  for (let at = from >>> 5; at * 32 < to; at += 1)
    words[at] = (words[at] ?? 0) & ~clipped(0xffffffff, at, from, to)
}

/** Whether a number is in it. */
export function hasBit({ words }: Bitmap, number: number): boolean {
  return ((words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0
}

/** What is in both. */
export function both(a: Bitmap, b: Bitmap): Bitmap {
  return { size: a.size, words: a.words.map((word, at) => word & (b.words[at] ?? 0)) }
}

/** What is in one of them. */
export function either(a: Bitmap, b: Bitmap): Bitmap {
  return { size: a.size, words: a.words.map((word, at) => word | (b.words[at] ?? 0)) }
}

/** What is in the first and not in the second. */
export function without(a: Bitmap, b: Bitmap): Bitmap {
  return { size: a.size, words: a.words.map((word, at) => word & ~(b.words[at] ?? 0)) }
}

/** What is in just one of them. */
export function oneOf(a: Bitmap, b: Bitmap): Bitmap {
  return { size: a.size, words: a.words.map((word, at) => word ^ (b.words[at] ?? 0)) }
}

/** How many numbers are in it, from `from` up to, and without, `to`. */
export function countBits({ size, words }: Bitmap, from = 0, to = size): number {
  if (from >= to) return 0
  const first = from >>> 5
  const last = (to - 1) >>> 5
  let count = 0
  for (let at = first; at <= last; at += 1) count += onesIn(clipped(words[at] ?? 0, at, from, to))
  return count
}

/** The number with `place` others of the set before it, counted from `from`; -1 where there are fewer. */
export function nthBit({ size, words }: Bitmap, place: number, from = 0): number {
  let left = place
  for (let at = from >>> 5; at < words.length; at += 1) {
    let word = clipped(words[at] ?? 0, at, from, size)
    const ones = onesIn(word)
    if (left >= ones) {
      left -= ones
      continue
    }
    for (; left > 0; left -= 1) word &= word - 1
    return at * 32 + lowestIn(word)
  }
  return -1
}

/** The numbers in it, ascending, from `from` up to, and without, `to`. */
export function* bitsIn({ size, words }: Bitmap, from = 0, to = size): Generator<number, void> {
  for (let at = from >>> 5; at * 32 < to; at += 1) {
    for (let word = clipped(words[at] ?? 0, at, from, to); word !== 0; word &= word - 1)
      yield at * 32 + lowestIn(word)
  }
}

/** Of the word at `at`, the bits that lie in the range. */
function clipped(word: number, at: number, from: number, to: number): number {
  const start = at * 32
  const low = from > start ? -1 << (from - start) : -1
  const high = to < start + 32 ? ~(-1 << (to - start)) : -1
  return word & low & high
}

/** The number of ones (Hacker's Delight, 5-1). */
function onesIn(word: number): number {
  let ones = word - ((word >>> 1) & 0x55555555)
  ones = (ones & 0x33333333) + ((ones >>> 2) & 0x33333333)
  return Math.imul((ones + (ones >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function lowestIn(word: number): number {
  return 31 - Math.clz32(word & -word)
}
