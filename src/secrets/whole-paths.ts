import { resolve } from 'node:path'
import type { SecretAnswer } from '../model/answers.ts'

/** The same place, found from whatever folder: a path of an answers file may begin in the present one. */
export function withWholePaths(answer: SecretAnswer): SecretAnswer {
  switch (answer.store) {
    case 'passfile':
      return { ...answer, path: resolve(answer.path) }
    case 'age': {
      const folder = resolve(answer.folder)
      return answer.identity === undefined
        ? { ...answer, folder }
        : { ...answer, folder, identity: resolve(answer.identity) }
    }
    default:
      return answer
  }
}
