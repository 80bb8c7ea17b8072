import { counted } from '../model/counted.ts'
import { printable } from '../model/identifier.ts'
import type { Plan } from './plan.ts'

/**
 * What a plan changes besides roles and grants, a few words each: the file that lets the tool in, where the server
 * listens, AWS. A rehearsal cannot roll any of it back, so it tries none of it.
 */
export function outsideWords({ network, listen, aws }: Pick<Plan, 'network' | 'listen' | 'aws'>): string[] {
  const words: string[] = []
  if (network?.change != null) words.push(hbaWords(network.change))
  if (listen !== undefined) words.push('listen_addresses, which needs a restart by you')
  const inAws = aws === undefined ? 0 : aws.flag.length + aws.changes.length
  if (inAws > 0)
    words.push(
      `${counted(inAws, 'change')} in AWS${aws?.identity === null ? ', to be made by somebody else' : ''}`,
    )
  return words
}

function hbaWords({ lines, path, ownFile }: NonNullable<NonNullable<Plan['network']>['change']>): string {
  const count = lines.filter(line => !line.startsWith('#')).length
  const where = ownFile === null ? printable(path) : `${printable(ownFile)} beside ${printable(path)}`
  return count === 0 ? `our lines in ${where}, taken out` : `${counted(count, 'line')} into ${where}`
}
