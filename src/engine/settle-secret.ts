import { problemOf } from '../model/problem.ts'
import type { KeptSecret } from '../secrets/save-undoably.ts'
import type { PasswordAfterUndo } from './undo-committed.ts'

/** Whether something left is the new password in its place. */
export function isOfSecret(left: string): boolean {
  return left.startsWith('The new password in ')
}

/**
 * After an undo: the new password goes, or takes the old one's place where the login keeps it for good; where that
 * is not known, both stay.
 * @returns what is still to be mended, in words. Never throws.
 */
export async function settleSecret(
  secret: KeptSecret | null,
  password: PasswordAfterUndo,
  place: string,
): Promise<readonly string[]> {
  if (secret === null || password === 'unknown') return []
  try {
    await (password === 'replaced' ? secret.promote({ proved: true }) : secret.undo())
    return []
  } catch (thrown) {
    const because = problemOf(thrown).message
    return password === 'replaced'
      ? [`The new password in ${place} (not put in the old one's place: ${because})`]
      : [`The new password in ${place} (not removed: ${because})`]
  }
}
