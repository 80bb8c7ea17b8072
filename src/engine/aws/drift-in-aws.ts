import { callsOf } from '../../plan/aws/calls.ts'
import { makeAwsPlan } from '../../plan/aws/make-aws-plan.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import type { Drift } from '../drift.ts'
import type { OpenedAws } from './open-aws.ts'

/**
 * What in AWS is not as the answers have it: a plan made now would change it. A key whose secret is kept elsewhere is
 * none of it, since whoever has it goes on signing with it.
 */
export function driftInAws({ work, live }: OpenedAws): readonly Drift[] {
  const made = makeAwsPlan({ ...work.subject, live })
  if (!made.ok)
    return made.problems.map(({ message, next }) =>
      drift(`${message}${next === undefined ? '' : ` ${next}`}`),
    )
  const { flag, changes } = made.plan
  return [...flag, ...changes].flatMap(change => {
    const isKey = change.kind === 'create-access-key'
    if (isKey && live.user?.keys.some(({ active }) => active) === true) return []
    const commands = callsOf(change).map(cliCommand).join('; ')
    return [drift(`In AWS something is missing or changed. ${awsTitleOf(change)}: ${commands}`)]
  })
}

function drift(text: string): Drift {
  return { code: 'aws-changed', level: 'drift', database: null, text, mend: [] }
}
