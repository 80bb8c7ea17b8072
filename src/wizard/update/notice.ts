/** The line that says what an earlier answer's change took with it; null when it took nothing. */
export function clearedNotice(cleared: readonly string[]): string | null {
  return cleared.length === 0 ? null : `No longer fits and was cleared: ${cleared.join('; ')}.`
}
