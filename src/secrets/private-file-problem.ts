import { dirname } from 'node:path'
import { type Problem, ProblemError } from '../model/problem.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { userName } from './user-name.ts'

/** Where the new contents stand for the moment before they are put in place. */
export function newFileOf(path: string): string {
  return `${path}.pg-usher-new`
}

/** What the system said about a private file, in words; a problem stays what it is. */
export function asProblem(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error
  return new ProblemError(systemProblem(errorCode(error), path, String(error)), { cause: error })
}

function systemProblem(code: string, path: string, message: string): Problem {
  const folder = dirname(path)
  const next = 'Choose another path.'
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return {
        code: 'file-disk-full',
        message: `There is no room for ${path}. Nothing was changed.`,
        next: `Make room (\`df -h ${shellQuote(folder)}\`), or choose another path.`,
      }
    case 'EEXIST':
      return {
        code: 'file-busy',
        message: `${newFileOf(path)} is there: another pg-usher is writing, or one was killed at it.`,
        next: `If no other runs, remove it, for there may be passwords in it: \`rm ${shellQuote(newFileOf(path))}\`.`,
      }
    case 'ENOENT':
      return {
        code: 'file-no-folder',
        message: `The folder ${folder} does not exist.`,
        next: `\`mkdir -p -m 700 ${shellQuote(folder)}\`, or choose another path.`,
      }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        code: 'file-not-writable',
        message: `${userName()} may not write ${path}${code === 'EROFS' ? ', which is mounted read-only' : ''}.`,
        next,
      }
    default:
      return { code: 'file-failed', message: `${path} could not be written: ${message}`, next }
  }
}

/** The disk said yes and did no. */
export function notWritten(path: string): Problem {
  return {
    code: 'file-lied',
    message: `What was written beside ${path} could not be read back as it was. Nothing was changed.`,
    next: 'Choose another path: this disk or network folder is not to be relied on.',
  }
}

/** Such as `ENOENT`; empty where it is no error of the system. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
