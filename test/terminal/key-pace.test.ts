import { describe, expect, it } from 'vitest'
import { createKeyPace } from '../../src/terminal/key-pace.ts'

/** What is a rush, after these packets: when each came, and how many keys were in it. */
function rushAfter(packets: readonly (readonly [number, number])[], now: number): boolean {
  const pace = createKeyPace()
  for (const [time, keys] of packets) {
    pace.arrived(keys, time)
    pace.settled(time)
  }
  return pace.isRush(now)
}

describe('a rush', () => {
  it('is what comes in one packet', () => {
    expect(rushAfter([[0, 2]], 0)).toBe(true)
    expect(rushAfter([[0, 1]], 0)).toBe(false)
  })

  it('is what comes one by one, faster than anybody presses keys', () => {
    const typed = (pause: number) => Array.from({ length: 20 }, (_, at) => [at * pause, 1] as const)
    expect(rushAfter(typed(30), 19 * 30)).toBe(true)
    expect(rushAfter(typed(120), 19 * 120)).toBe(false)
  })

  it('lasts for a moment behind its last key', () => {
    expect(rushAfter([[0, 1000]], 200)).toBe(true)
    expect(rushAfter([[0, 1000]], 300)).toBe(false)
  })

  it('lasts as long as dealing with it takes: what waited meanwhile belongs to it', () => {
    const pace = createKeyPace()
    pace.arrived(1000, 0)
    pace.arrived(1, 4_000)
    expect(pace.isRush(4_000)).toBe(true)
    pace.settled(5_000)
    pace.arrived(1, 5_001)
    expect(pace.isRush(5_001)).toBe(true)
    pace.settled(5_001)
    expect(pace.isRush(5_300)).toBe(false)
  })
})
