/**
 * Tells keys that somebody presses from keys that come in a rush: a paste into a terminal without bracketed paste,
 * a console that types what it was given. Pure; times are milliseconds of one clock.
 */
export interface KeyPace {
  /** So many keys came in one packet. */
  arrived(keys: number, now: number): void
  /** All that came was dealt with. Dealing with a long paste takes its time, and the rest of it waits meanwhile. */
  settled(now: number): void
  /** Whether a key of now belongs to a rush. */
  isRush(now: number): boolean
}

/** So many milliseconds after the last key of a rush a key still belongs to it. */
export const rushMs = 250

/** Faster than anybody presses different keys: a held key repeats some thirty times a second. */
const keysInARush = 5

export function createKeyPace(): KeyPace {
  let lastOfRush = Number.NEGATIVE_INFINITY
  /** A rush has come and was not yet dealt with. */
  let underWay = false
  let times: readonly number[] = []
  return {
    arrived(keys, now) {
      times = [...times.filter(time => now - time < rushMs), ...Array<number>(Math.min(keys, 2)).fill(now)]
      if (keys > 1 || times.length >= keysInARush) underWay = true
    },
    settled(now) {
      if (underWay) lastOfRush = now
      underWay = false
    },
    isRush: now => underWay || now - lastOfRush < rushMs,
  }
}
