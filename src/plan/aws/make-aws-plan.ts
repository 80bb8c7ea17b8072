import type { Connector } from '../../connectors/connector.ts'
import type { Answers } from '../../model/answers.ts'
import type { AwsAnswers } from '../../model/aws/answers.ts'
import { connectArn, iamArn } from '../../model/aws/arn.ts'
import type { AwsChange, AwsPrincipal } from '../../model/aws/change.ts'
import type { AwsLive, LivePolicy, LiveRole, LiveUser } from '../../model/aws/live.ts'
import type { AwsTag } from '../../model/aws/policy.ts'
import type { AwsTarget } from '../../model/aws/target.ts'
import type { Problem } from '../../model/problem.ts'
import { awsNotes } from './aws-notes.ts'
import type { AwsPlan } from './aws-plan.ts'
import { awsProblems } from './aws-problems.ts'
import { connectPolicy, trustPolicy } from './documents.ts'
import { defaultAwsName, ownership } from './names.ts'
import { letsSomebodyIn, sameDocument } from './same-document.ts'

/** All that the AWS part of a plan is a function of. */
export interface AwsPlanInput {
  readonly answers: Pick<Answers, 'roles' | 'endpoint'>
  readonly aws: AwsAnswers
  readonly connector: Pick<Connector, 'id' | 'name'>
  /** What there is; null where AWS is not asked, so that everything is planned for somebody else to make. */
  readonly live: AwsLive | null
  /** Keys of the user whose secret was lost in a run that was broken off: they go. */
  readonly lostKeys?: readonly string[]
}

/** The AWS part of a plan, or all that keeps it from being one. */
export type MadeAwsPlan =
  | { readonly ok: true; readonly plan: AwsPlan }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What the answers come to, by name: where it would be, whether it is there or not. */
export interface AwsNames {
  readonly target: AwsTarget
  readonly login: string
  readonly name: string
  readonly policyArn: string
  readonly principalArn: string
  readonly owner: AwsTag
}

/**
 * The changes that these answers come to in AWS: a difference from what is there. What is there as it should be is
 * not planned again; what is there and carries no tag of ours is never touched, and refused.
 */
export function makeAwsPlan(input: AwsPlanInput): MadeAwsPlan {
  const target = input.live?.target ?? typedTarget(input.aws)
  if (target === null) return { ok: false, problems: [untargeted] }
  const names = awsNames(input, target)
  const problems = awsProblems(input, names)
  if (problems.length > 0) return { ok: false, problems }
  const { aws, live } = input
  const { way } = aws
  const keyId = way.way === 'user' ? keptKey(live) : null
  return {
    ok: true,
    plan: {
      target: names.target,
      database: live?.database ?? null,
      identity: live?.identity ?? null,
      login: names.login,
      connectArn: connectArn(names.target, names.login),
      policyArn: names.policyArn,
      principal: {
        kind: way.way,
        name: names.name,
        arn: names.principalArn,
        externalId: way.way === 'role' ? way.externalId : null,
        closed: way.way === 'role' && !way.vendor.known && !letsSomebodyIn(live?.role?.trust ?? ''),
        keyId,
      },
      flag: flagChanges(live),
      changes: [
        ...policyChanges(input, names, live?.policy ?? null),
        ...(way.way === 'role'
          ? roleChanges(input, names, live?.role ?? null)
          : userChanges(input, names, live?.user ?? null, keyId)),
      ],
      notes: awsNotes(input, names),
    },
  }
}

/** How things are called. What is there under another IAM path keeps it, since a path cannot be changed. */
export function awsNames(
  { answers, aws, connector, live }: Pick<AwsPlanInput, 'answers' | 'aws' | 'connector' | 'live'>,
  target: AwsTarget,
): AwsNames {
  const { login } = answers.roles
  const name = aws.name ?? defaultAwsName(connector.id, target.resourceId, login)
  const there = aws.way.way === 'role' ? live?.role : live?.user
  return {
    target,
    login,
    name,
    policyArn: iamArn(target, 'policy', aws.path, name),
    principalArn: there?.arn ?? iamArn(target, aws.way.way, aws.path, name),
    owner: ownership(target.resourceId, login),
  }
}

function typedTarget({ target }: AwsAnswers): AwsTarget | null {
  if (target.from !== 'typed') return null
  const { partition, region, account, resourceId } = target
  return { partition, region, account, resourceId }
}

const untargeted: Problem = {
  code: 'aws-target-unknown',
  message: 'AWS was not asked which database this is, and its resource ID is not typed in.',
  next: 'Let RDS be asked with a profile, or type partition, region, account and resource ID.',
  path: 'authentication.aws.target',
}

function flagChanges(live: AwsLive | null): AwsChange[] {
  const database = live?.database ?? null
  if (database === null || database.iamAuthentication) return []
  const { kind, identifier, arn, pending } = database
  return [
    {
      kind: 'enable-iam-authentication',
      database: kind,
      identifier,
      arn,
      alsoApplies: pending.filter(({ name }) => name !== 'IAMDatabaseAuthenticationEnabled'),
      why: 'Without the flag the server knows no tokens. Logins with passwords go on as they are: only members of rds_iam are asked for a token.',
    },
  ]
}

function policyChanges(
  { aws, connector }: AwsPlanInput,
  names: AwsNames,
  live: LivePolicy | null,
): AwsChange[] {
  const { target, login, policyArn: arn } = names
  const document = connectPolicy(connectArn(target, login))
  if (live === null) {
    return [
      {
        kind: 'create-policy',
        name: names.name,
        path: aws.path,
        arn,
        description: `Lets ${connector.name} log in as one user of one database.`,
        document,
        tags: tagsFor(names, aws),
        why: `It allows one thing: to log in to ${target.resourceId} as ${login}.`,
      },
    ]
  }
  if (sameDocument(live.document, document)) return []
  const oldest = live.versions.filter(version => version !== live.defaultVersion).at(-1) ?? null
  return [
    {
      kind: 'update-policy',
      arn,
      document,
      before: live.defaultVersion,
      deletes: live.versions.length >= maxVersions ? oldest : null,
      why: 'Our policy does not say any more what it should.',
    },
  ]
}

/** A managed policy has five versions at most (IAM User Guide, "Versioning IAM policies"). */
const maxVersions = 5

function roleChanges({ aws, connector }: AwsPlanInput, names: AwsNames, live: LiveRole | null): AwsChange[] {
  if (aws.way.way !== 'role') return []
  const { way } = aws
  const { name, principalArn: arn } = names
  const trust = trustPolicy(way)
  const principal: AwsPrincipal = { role: name }
  if (live === null) {
    return [
      {
        kind: 'create-role',
        name,
        path: aws.path,
        arn,
        description: `${connector.name} assumes it to log in to one database.`,
        trust,
        boundary: aws.permissionsBoundary,
        tags: tagsFor(names, aws),
        why: way.vendor.known
          ? `${connector.name} assumes it, and so needs no key that could be lost.`
          : `${connector.name} wants the ARN of this role before it tells its own. Until then nobody may assume it.`,
      },
      attach(principal, arn, names),
    ]
  }
  const keepsItsTrust = !way.vendor.known && letsSomebodyIn(live.trust)
  return [
    ...(keepsItsTrust || sameDocument(live.trust, trust)
      ? []
      : [
          {
            kind: 'update-trust' as const,
            role: name,
            arn,
            trust,
            before: live.trust,
            why: way.vendor.known
              ? `${connector.name} may assume it, as ${way.vendor.arn}, and nobody else.`
              : 'Nobody may assume it until the vendor is known.',
          },
        ]),
    ...boundaryChanges(aws, principal, arn, live.boundary),
    ...(live.attached.includes(names.policyArn) ? [] : [attach(principal, arn, names)]),
  ]
}

function userChanges(
  { aws, connector, lostKeys = [] }: AwsPlanInput,
  names: AwsNames,
  live: LiveUser | null,
  keyId: string | null,
): AwsChange[] {
  const { name, principalArn: arn } = names
  const principal: AwsPrincipal = { user: name }
  const keys = (live?.keys ?? []).map(({ id }) => id)
  const lost = keys.filter(id => lostKeys.includes(id))
  return [
    ...(live === null
      ? [
          {
            kind: 'create-user' as const,
            name,
            path: aws.path,
            arn,
            boundary: aws.permissionsBoundary,
            tags: tagsFor(names, aws),
            why: `${connector.name} signs its tokens with a key of this user, who can do nothing else.`,
          },
        ]
      : boundaryChanges(aws, principal, arn, live.boundary)),
    ...(live?.attached.includes(names.policyArn) === true ? [] : [attach(principal, arn, names)]),
    ...lost.map(id => ({
      kind: 'delete-access-key' as const,
      user: name,
      arn,
      keyId: id,
      why: 'A run that was broken off made it, and its secret was lost with the run: nobody can use it.',
    })),
    ...(keyId === null
      ? [
          {
            kind: 'create-access-key' as const,
            user: name,
            arn,
            keysBefore: keys.filter(id => !lost.includes(id)),
            why: `${connector.name} signs with it. Its secret is given once, and kept where you chose before anything else happens.`,
          },
        ]
      : []),
  ]
}

function boundaryChanges(
  { permissionsBoundary }: AwsAnswers,
  of: AwsPrincipal,
  arn: string,
  before: string | null,
): AwsChange[] {
  if (permissionsBoundary === null || permissionsBoundary === before) return []
  return [
    {
      kind: 'set-boundary',
      of,
      arn,
      boundary: permissionsBoundary,
      before,
      why: 'Whatever is attached later, it cannot do more than this policy allows.',
    },
  ]
}

function attach(to: AwsPrincipal, arn: string, { policyArn }: AwsNames): AwsChange {
  return { kind: 'attach-policy', to, arn, policy: policyArn, why: 'So it may do what the policy allows.' }
}

/** An active key of the user whose secret is kept where the answers say. */
function keptKey(live: AwsLive | null): string | null {
  return live?.user?.keys.find(({ id, active }) => active && live.storedKeys.includes(id))?.id ?? null
}

function tagsFor({ owner }: AwsNames, { tags }: Pick<AwsAnswers, 'tags'>): AwsTag[] {
  return [owner, ...Object.entries(tags).map(([key, value]) => ({ key, value }))]
}
