import { signToken } from '../../aws/connect.ts'
import { regionOf } from '../../aws/find-target.ts'
import type { AwsAnswers } from '../../model/aws/answers.ts'
import { partitionOf } from '../../model/aws/partition.ts'
import { type Problem, ProblemError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import { makeAwsPlan } from '../../plan/aws/make-aws-plan.ts'
import { defaultAwsName } from '../../plan/aws/names.ts'
import type { IndexedSecret } from '../../secrets/secret-index.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { awsToken } from './aws-token.ts'
import { keyEntry } from './key-entry.ts'
import type { OpenedAws } from './open-aws.ts'
import type { AwsSubject } from './read-live.ts'

/** Signs tokens with the key that AWS has and the store keeps; undefined for a role, or where there is no such key. */
export function tokenByAws({ work, live }: OpenedAws): (() => Promise<Secret>) | undefined {
  const made = makeAwsPlan({ ...work.subject, live })
  return made.ok ? awsToken(work, made.plan, made.plan.principal.keyId) : undefined
}

/**
 * The same without asking AWS: with the newest key of the tool's user whose secret was noted on this machine. A token
 * is signed here, so that it takes no leave of AWS; whether the key is still good the server says.
 */
export function tokenByNote(
  { answers, aws, connector }: Pick<AwsSubject, 'answers' | 'aws' | 'connector'>,
  store: Pick<SecretStore, 'read'>,
  noted: readonly IndexedSecret[],
): (() => Promise<Secret>) | undefined {
  const region = regionOf(aws, answers.endpoint)
  if (aws.way.way !== 'user' || region === null) return undefined
  const { login } = answers.roles
  const partition = aws.target.from === 'typed' ? aws.target.partition : partitionOf(region)
  const isUser = userOf(aws, connector.id, login)
  const kept = noted
    .filter(({ entry }) => {
      const [user = ''] = entry.databases
      return isUser(user) && entry.host === keyEntry({ partition }, user, entry.user).host
    })
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
  if (kept === undefined) return undefined
  const { host, port } = answers.endpoint
  return async () => {
    const value = await store.read(kept.entry)
    if (value === null) throw new ProblemError(keyNotKept(kept.entry.user))
    return signToken({ host, port, login, target: { region }, key: { id: kept.entry.user, secret: value } })
  }
}

function keyNotKept(id: string): Problem {
  return {
    code: 'aws-key-not-kept',
    message: `The secret of the access key ${id} is not in the chosen place any more.`,
    next: 'pg-usher secrets list says where secrets are.',
  }
}

/** Whether a user's name is the tool's, as far as that is known without AWS. */
function userOf({ name, target }: AwsAnswers, tool: string, login: string): (user: string) => boolean {
  if (name !== null) return user => user === name
  if (target.from === 'typed') return user => user === defaultAwsName(tool, target.resourceId, login)
  // The resource ID of the database stands between them.
  return user => user.startsWith(`${tool}-`) && user.endsWith(`-${login}`)
}
