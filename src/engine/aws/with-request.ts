import type { Problem } from '../../model/problem.ts'

/** The problem with what to ask of the cloud team, unless it asks for that already. */
export function withRequest(problem: Problem, request: string | null): Problem {
  if (request === null || problem.code === 'aws-denied') return problem
  return { ...problem, next: problem.next === undefined ? request : `${problem.next}\n${request}` }
}
