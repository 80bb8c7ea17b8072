import { AwsFailure, asRequest } from '../../aws/failure.ts'
import { type KnownOfAws, lookRequest } from '../../plan/aws/look-request.ts'
import type { AwsPlanInput } from '../../plan/aws/make-aws-plan.ts'

/**
 * Looks; where that is denied, the failure says what to ask of the cloud team, by what was known until then.
 * @param look is given a function that takes what it learns
 * @throws whatever `look` throws
 */
export async function askingForLeave<T>(
  input: Pick<AwsPlanInput, 'answers' | 'aws' | 'connector'>,
  region: string,
  look: (known: (more: Partial<KnownOfAws>) => void) => Promise<T>,
): Promise<T> {
  let known: KnownOfAws = { identity: null, region, target: null }
  try {
    return await look(more => {
      known = { ...known, ...more }
    })
  } catch (thrown) {
    if (!(thrown instanceof AwsFailure) || thrown.denial === null) throw thrown
    throw asRequest(thrown, lookRequest(input, known, thrown.denial))
  }
}
