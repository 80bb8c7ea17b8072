import type { Problem } from '../../model/problem.ts'
import type { CommandIo } from './command-io.ts'
import { askLine, canAsk } from './prompt.ts'
import { Refusal } from './refusal.ts'

/**
 * @param beforehand how one sees beforehand what would be done
 * @throws Refusal where it has to be asked and nobody is there
 */
export function checkCanAsk(yes: boolean, io: CommandIo, beforehand: string): void {
  if (!yes && !canAsk(io)) throw new Refusal([nobodyToAsk(beforehand)])
}

function nobodyToAsk(beforehand: string): Problem {
  return {
    code: 'nobody-to-ask',
    message: 'There is no terminal to ask on whether to go on.',
    next: `With --yes it does not ask. ${beforehand}`,
  }
}

/** Only the word itself is a yes. @throws ProblemError `cancelled` */
export async function saidYes(io: CommandIo, question: string): Promise<boolean> {
  const answer = await askLine(io, `${question} Type yes: `)
  return answer.trim().toLowerCase() === 'yes'
}
