/**
 * The known word nearest to what was typed, or null where none is near: at most a third of the letters may
 * differ, a swap of neighbours counting once (optimal string alignment distance).
 */
export function didYouMean(typed: string, known: readonly string[]): string | null {
  let best: { word: string; distance: number } | null = null
  for (const word of known) {
    const distance = editDistance(typed.toLowerCase(), word)
    const near = distance <= Math.max(1, Math.floor(Math.max(typed.length, word.length) / 3))
    if (near && (best === null || distance < best.distance)) best = { word, distance }
  }
  return best?.word ?? null
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
