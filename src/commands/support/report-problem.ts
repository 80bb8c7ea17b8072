import type { Problem } from '../../model/problem.ts'
import { redacted } from '../../model/redact.ts'

/**
 * A problem as lines for a person: the message, where in the answers it is, what to do next. A value that is
 * not ours asks to be reported. Never a stack.
 */
export function problemLines(problem: Problem): string[] {
  const { path = '', message } = problem
  // Some messages name the place themselves.
  const place = path === '' || message.startsWith(`${path}:`) ? '' : `${path}: `
  const lines = [`pg-usher: ${place}${message}`]
  if (problem.next !== undefined) lines.push(...problem.next.split('\n').map(line => `  ${line}`))
  if (problem.code === 'unexpected') {
    lines.push('  This was not foreseen: please report it, with the command and this message.')
  }
  return lines
}

/** Several problems, one after the other, as text that ends with a newline. */
export function problemText(problems: readonly Problem[]): string {
  return redacted(
    problems
      .flatMap(problemLines)
      .map(line => `${line}\n`)
      .join(''),
  )
}
