import { answersOf, type Draft } from '../../steps/step.ts'
import type { Effect } from '../effect.ts'

/** Has the answers saved, for the commands that carry them out, verify and rotate later. */
export function answersFileOf(draft: Draft): readonly Effect[] {
  const answers = answersOf(draft)
  return answers === null ? [] : [{ kind: 'save-answers', answers }]
}
