import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetUserCommand,
  type IAMClient,
  ListGroupsForUserCommand,
  paginateListAccessKeys,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListPolicyVersions,
  paginateListRolePolicies,
  paginateListUserPolicies,
  type Tag,
} from '@aws-sdk/client-iam'
import type { LivePolicy, LiveRole, LiveUser } from '../model/aws/live.ts'
import type { AwsTag } from '../model/aws/policy.ts'

type Options = { readonly abortSignal?: AbortSignal }

/** The policy with its default version; null as for a role. @throws what the SDK throws */
export function readPolicy(iam: IAMClient, arn: string, options: Options): Promise<LivePolicy | null> {
  return orNull(readWholePolicy(iam, arn, options))
}

async function readWholePolicy(iam: IAMClient, arn: string, options: Options): Promise<LivePolicy | null> {
  const policy = await iam.send(new GetPolicyCommand({ PolicyArn: arn }), options)
  const defaultVersion = policy.Policy?.DefaultVersionId
  if (policy.Policy === undefined || defaultVersion === undefined) return null
  const version = await orNull(
    iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: defaultVersion }), options),
  )
  const versions: { readonly id: string; readonly made: number }[] = []
  for await (const page of paginateListPolicyVersions({ client: iam }, { PolicyArn: arn }, options)) {
    for (const each of page.Versions ?? [])
      if (each.VersionId !== undefined) versions.push({ id: each.VersionId, made: numberOf(each.VersionId) })
  }
  return {
    arn,
    document: decoded(version?.PolicyVersion?.Document),
    defaultVersion,
    versions: versions.toSorted((a, b) => b.made - a.made).map(({ id }) => id),
    attachments: policy.Policy.AttachmentCount ?? 0,
    tags: tagsOf(policy.Policy.Tags),
  }
}

/**
 * The role with what is attached to it; null where there is none, or where one that was just made is not seen by all of
 * IAM. @throws what the SDK throws
 */
export function readRole(iam: IAMClient, name: string, options: Options): Promise<LiveRole | null> {
  return orNull(readWholeRole(iam, name, options))
}

async function readWholeRole(iam: IAMClient, name: string, options: Options): Promise<LiveRole | null> {
  const role = (await iam.send(new GetRoleCommand({ RoleName: name }), options)).Role
  if (role === undefined) return null
  const attached: string[] = []
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName: name }, options))
    attached.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []))
  const inline: string[] = []
  for await (const page of paginateListRolePolicies({ client: iam }, { RoleName: name }, options))
    inline.push(...(page.PolicyNames ?? []))
  return {
    name,
    path: role.Path ?? '/',
    arn: role.Arn ?? '',
    boundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    attached,
    inline,
    tags: tagsOf(role.Tags),
    trust: decoded(role.AssumeRolePolicyDocument),
  }
}

/** The user with what is attached to it and its keys; null as for a role. @throws what the SDK throws */
export function readUser(iam: IAMClient, name: string, options: Options): Promise<LiveUser | null> {
  return orNull(readWholeUser(iam, name, options))
}

async function readWholeUser(iam: IAMClient, name: string, options: Options): Promise<LiveUser | null> {
  const user = (await iam.send(new GetUserCommand({ UserName: name }), options)).User
  if (user === undefined) return null
  const attached: string[] = []
  for await (const page of paginateListAttachedUserPolicies({ client: iam }, { UserName: name }, options))
    attached.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []))
  const inline: string[] = []
  for await (const page of paginateListUserPolicies({ client: iam }, { UserName: name }, options))
    inline.push(...(page.PolicyNames ?? []))
  const groups = await iam.send(new ListGroupsForUserCommand({ UserName: name }), options)
  const keys: LiveUser['keys'][number][] = []
  for await (const page of paginateListAccessKeys({ client: iam }, { UserName: name }, options)) {
    for (const { AccessKeyId: id, Status, CreateDate } of page.AccessKeyMetadata ?? [])
      if (id !== undefined)
        keys.push({ id, active: Status === 'Active', created: CreateDate?.toISOString() ?? '' })
  }
  return {
    name,
    path: user.Path ?? '/',
    arn: user.Arn ?? '',
    boundary: user.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    attached,
    inline,
    tags: tagsOf(user.Tags),
    groups: (groups.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []),
    keys,
  }
}

/** IAM says NoSuchEntity for what is not there. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'NoSuchEntityException') return null
    throw thrown
  }
}

/** IAM gives documents URL-encoded (IAM API Reference, GetPolicyVersion). */
function decoded(document: string | undefined): string {
  return document === undefined ? '' : decodeURIComponent(document)
}

/** Versions are v1, v2 and so on, and a number is never given twice. */
function numberOf(version: string): number {
  return Number(version.slice(1))
}

function tagsOf(tags: readonly Tag[] | undefined): readonly AwsTag[] {
  return (tags ?? []).flatMap(({ Key: key, Value: value }) =>
    key === undefined || value === undefined ? [] : [{ key, value }],
  )
}
