import { externalIdProblem, policyLoginProblem, vendorProblem } from '../../model/aws/arn.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive, LivePolicy, LivePrincipal } from '../../model/aws/live.ts'
import type { AwsTag } from '../../model/aws/policy.ts'
import { rdsHost } from '../../model/aws/rds-host.ts'
import type { AwsDatabase } from '../../model/aws/target.ts'
import type { Problem } from '../../model/problem.ts'
import { documentText, maxTrustCharacters, trustPolicy } from './documents.ts'
import { type LiveThings, thingOf } from './holds.ts'
import type { AwsNames, AwsPlanInput } from './make-aws-plan.ts'
import { ownerOf, ownershipTag } from './names.ts'

const path = 'authentication.aws'

/** All that keeps the answers from being a plan in AWS, each with its path. */
export function awsProblems(input: AwsPlanInput, names: AwsNames): readonly Problem[] {
  const { live } = input
  return [
    ...wayProblems(input, names),
    ...at('roles.login', policyLoginProblem(names.login)),
    ...proxyProblem(input),
    ...(live === null ? [] : [...databaseProblems(input, live), ...ownershipProblems(live, names, input)]),
    ...keyProblems(input),
  ]
}

function wayProblems({ aws: { way, tags } }: AwsPlanInput, { target }: AwsNames): readonly Problem[] {
  const reserved = Object.keys(tags).filter(key => key.toLowerCase() === ownershipTag)
  const problems: Problem[] = reserved.map(key => ({
    code: 'aws-tag-reserved',
    message: `The tag "${key}" is the one by which pg-usher knows what is its own.`,
    next: 'Take it out.',
    path: `${path}.tags`,
  }))
  if (way.way !== 'role') return problems
  if (way.externalId !== null)
    problems.push(...at(`${path}.way.externalId`, externalIdProblem(way.externalId)))
  if (way.vendor.known)
    problems.push(...at(`${path}.way.vendor.arn`, vendorProblem(way.vendor.arn, target, way.externalId)))
  const { length } = documentText(trustPolicy(way))
  if (length > maxTrustCharacters)
    problems.push({
      code: 'aws-trust-too-long',
      message: `The trust policy would have ${length} characters; IAM takes ${maxTrustCharacters}.`,
      next: 'Ask the vendor for a shorter external ID.',
      path: `${path}.way.externalId`,
    })
  return problems
}

/** The address of a proxy is refused even where the target is typed: a token for it is another one. */
function proxyProblem({ answers }: AwsPlanInput): readonly Problem[] {
  const host = rdsHost(answers.endpoint.host)
  return !host.ok && /^aws-(proxy|shard-group)$/.test(host.problem.code) ? [host.problem] : []
}

function databaseProblems(
  { answers, aws }: AwsPlanInput,
  { database, target, identity }: AwsLive,
): readonly Problem[] {
  const problems: Problem[] = []
  if (identity.account !== target.account)
    problems.push({
      code: 'aws-other-account',
      message: `These credentials are of the account ${identity.account}, and the database of ${target.account}: role and user have to be made there.`,
      next: `Use credentials of ${target.account}.`,
      path: `${path}.credentials`,
    })
  if (database === null) return problems
  if (!/postgres/.test(database.engine))
    problems.push({
      code: 'aws-engine',
      message: `${database.identifier} runs ${database.engine}, not PostgreSQL.`,
      next: 'Look whether this is the right instance.',
      path: `${path}.target`,
    })
  problems.push(...endpointProblems(answers.endpoint, database))
  if (!database.iamAuthentication) {
    if (!aws.enable)
      problems.push({
        code: 'aws-iam-off',
        message: `IAM authentication is off for the ${database.kind} ${database.identifier}, and it is not to be turned on.`,
        next: 'Have it turned on, or allow it: authentication.aws.enable.',
        path: `${path}.enable`,
      })
    else if (database.status !== 'available')
      problems.push({
        code: 'aws-not-available',
        message: `${database.identifier} is ${database.status}; RDS takes a modification only where it is available.`,
        next: 'Wait until it is, then begin again.',
        path: `${path}.target`,
      })
  }
  return problems
}

function endpointProblems(
  { host, port }: { readonly host: string; readonly port: number },
  { endpoints, identifier }: AwsDatabase,
): readonly Problem[] {
  const bare = host.toLowerCase().replace(/\.$/, '')
  if (endpoints.some(each => each.host.toLowerCase() === bare && each.port === port)) return []
  const first = endpoints[0]
  return [
    {
      code: 'aws-endpoint-alias',
      message:
        first === undefined
          ? `${identifier} has no address yet.`
          : `${host}:${port} is not the address that RDS gave ${identifier}; a token is good for that one alone, not for an alias, a tunnel or a balancer.`,
      next:
        first === undefined
          ? 'Wait until it is available.'
          : `Give ${first.host}, port ${first.port}, as the endpoint.`,
      path: 'endpoint.host',
    },
  ]
}

function ownershipProblems(
  { policy, role, user }: AwsLive,
  { owner, name }: AwsNames,
  { aws }: AwsPlanInput,
): readonly Problem[] {
  const principal = aws.way.way === 'role' ? role : user
  return [...notOurs('policy', name, policy, owner), ...notOurs(aws.way.way, name, principal, owner)]
}

/** Why what the change is about must not be touched: somebody else made it. null where it is ours, or not there. */
export function notOursProblem(change: AwsChange, live: LiveThings, owner: AwsTag): Problem | null {
  const isPolicy = change.kind === 'create-policy' || change.kind === 'update-policy'
  const kind = isPolicy ? 'policy' : live.role === null ? 'user' : 'role'
  const name = change.arn.split('/').at(-1) ?? change.arn
  return notOurs(kind, name, thingOf(change, live), owner)[0] ?? null
}

function notOurs(
  kind: 'policy' | 'role' | 'user',
  name: string,
  there: LivePolicy | LivePrincipal | null,
  owner: AwsTag,
): readonly Problem[] {
  if (there === null) return []
  switch (ownerOf(there.tags, owner)) {
    case 'this':
      return []
    case 'another':
      return [
        {
          code: 'aws-of-another',
          message: `The ${kind} ${name} was made by pg-usher for another login or database (its tag ${ownershipTag} says so).`,
          next: `Choose another name: ${path}.name.`,
          path: `${path}.name`,
        },
      ]
    case 'nobody':
      return [
        {
          code: 'aws-not-ours',
          message: `There is a ${kind} ${name} that pg-usher did not make: it has no tag ${ownershipTag}. It is left alone.`,
          next: `Choose another name: ${path}.name.`,
          path: `${path}.name`,
        },
      ]
  }
}

/** A user has two keys at most (IAM User Guide, quotas). */
function keyProblems({ live, aws, lostKeys = [] }: AwsPlanInput): readonly Problem[] {
  if (aws.way.way !== 'user' || live?.user == null) return []
  const keys = live.user.keys.filter(({ id }) => !lostKeys.includes(id))
  const kept = keys.some(({ id, active }) => active && live.storedKeys.includes(id))
  if (kept || keys.length < 2) return []
  return [
    {
      code: 'aws-two-keys',
      message: `The user ${live.user.name} has two access keys already (${keys.map(({ id }) => id).join(', ')}), and the secret of neither is in the chosen place.`,
      next: 'Delete the one that is not in use: aws iam get-access-key-last-used tells when each was.',
      path: `${path}.way`,
    },
  ]
}

function at(place: string, problem: Problem | null): readonly Problem[] {
  return problem === null ? [] : [{ ...problem, path: place }]
}
