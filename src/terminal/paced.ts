/** Tells of changes: calls the listener after each one until it is taken away again. */
export type Subscribe = (listener: () => void) => () => void

/** A subscription that tells of many changes at once. */
export interface PacedSubscription {
  readonly subscribe: Subscribe
  /** Tells at once of a change that is still to be told. */
  flush(): void
}

/**
 * Tells at most once in `interval` milliseconds: of the first change at once, of those behind it together. The
 * listener asks for the state itself, so none is missed.
 */
export function paced(subscribe: Subscribe, interval: number): PacedSubscription {
  const pending = new Set<() => void>()
  return {
    subscribe: listener => {
      let toldAt = Number.NEGATIVE_INFINITY
      let timer: NodeJS.Timeout | undefined
      const tell = () => {
        clearTimeout(timer)
        timer = undefined
        pending.delete(tell)
        toldAt = performance.now()
        listener()
      }
      const stop = subscribe(() => {
        if (timer !== undefined) return
        const wait = toldAt + interval - performance.now()
        if (wait <= 0) return tell()
        pending.add(tell)
        timer = setTimeout(tell, wait)
      })
      return () => {
        clearTimeout(timer)
        pending.delete(tell)
        stop()
      }
    },
    flush: () => {
      for (const tell of [...pending]) tell()
    },
  }
}
