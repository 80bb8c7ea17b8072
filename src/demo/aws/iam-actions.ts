import {
  type Account,
  instant,
  type PolicyState,
  type PrincipalState,
  type RoleState,
  type TagState,
  type UserState,
  uniqueId,
} from './account.ts'
import { errors, refuse } from './api-error.ts'
import { checkPolicyDocument, checkTrust, shownTrust } from './policy-language.ts'
import { listOf, type Xml } from './xml.ts'

/** The parameters of a call, flat as the Query protocol sends them. */
export type Parameters = ReadonlyMap<string, string>

/** An action: changes the account, and gives what stands in the Result element; null where there is none. */
export type Action = (account: Account, parameters: Parameters) => Xml

/** IAM (API version 2010-05-08), as far as anything here calls it. */
export const iamActions: Readonly<Record<string, Action>> = {
  CreatePolicy(account, parameters) {
    const name = required(parameters, 'PolicyName')
    const path = parameters.get('Path') ?? '/'
    const document = required(parameters, 'PolicyDocument')
    checkPolicyDocument(document)
    const taken = [...account.policies.values()].some(each => sameName(each.name, name))
    if (taken)
      refuse(errors.exists(`A policy called ${name} already exists. Duplicate names are not allowed. It`))
    const policy: PolicyState = {
      name,
      path,
      arn: arn(account, `policy${path}${name}`),
      id: uniqueId(account, 'ANPA'),
      description: parameters.get('Description') ?? '',
      tags: tagsOf(parameters),
      versions: [{ id: 'v1', document, created: instant(account) }],
      defaultVersion: 'v1',
      lastVersion: 1,
    }
    account.policies.set(policy.arn, policy)
    return { Policy: policyXml(account, policy) }
  },
  GetPolicy: (account, parameters) => ({ Policy: policyXml(account, policyOf(account, parameters), true) }),
  GetPolicyVersion(account, parameters) {
    const policy = policyOf(account, parameters)
    const version = versionOf(policy, parameters)
    return {
      PolicyVersion: {
        Document: encodeURIComponent(version.document),
        VersionId: version.id,
        IsDefaultVersion: version.id === policy.defaultVersion,
        CreateDate: version.created,
      },
    }
  },
  ListPolicyVersions(account, parameters) {
    const policy = policyOf(account, parameters)
    return {
      Versions: listOf(
        policy.versions.toReversed().map(({ id, created }) => ({
          VersionId: id,
          IsDefaultVersion: id === policy.defaultVersion,
          CreateDate: created,
        })),
      ),
      IsTruncated: false,
    }
  },
  CreatePolicyVersion(account, parameters) {
    const policy = policyOf(account, parameters)
    const document = required(parameters, 'PolicyDocument')
    checkPolicyDocument(document)
    if (policy.versions.length >= 5)
      refuse(
        errors.limit(
          'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
        ),
      )
    policy.lastVersion += 1
    const version = { id: `v${policy.lastVersion}`, document, created: instant(account) }
    policy.versions.push(version)
    if (parameters.get('SetAsDefault') === 'true') policy.defaultVersion = version.id
    return {
      PolicyVersion: {
        VersionId: version.id,
        IsDefaultVersion: version.id === policy.defaultVersion,
        CreateDate: version.created,
      },
    }
  },
  SetDefaultPolicyVersion(account, parameters) {
    const policy = policyOf(account, parameters)
    policy.defaultVersion = versionOf(policy, parameters).id
    return null
  },
  DeletePolicyVersion(account, parameters) {
    const policy = policyOf(account, parameters)
    const version = versionOf(policy, parameters)
    if (version.id === policy.defaultVersion)
      refuse(errors.conflict('Cannot delete the default version of a policy.'))
    policy.versions.splice(policy.versions.indexOf(version), 1)
    return null
  },
  DeletePolicy(account, parameters) {
    const policy = policyOf(account, parameters)
    if (attachments(account, policy.arn) > 0)
      refuse(errors.conflict('Cannot delete a policy attached to entities.'))
    if (policy.versions.length > 1)
      refuse(
        errors.conflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ),
      )
    account.policies.delete(policy.arn)
    return null
  },

  CreateRole(account, parameters) {
    const name = required(parameters, 'RoleName')
    const trust = required(parameters, 'AssumeRolePolicyDocument')
    checkTrust(account, trust)
    if ([...account.roles.keys()].some(each => sameName(each, name)))
      refuse(errors.exists(`Role with name ${name}`))
    const path = parameters.get('Path') ?? '/'
    const role: RoleState = {
      ...principal(account, 'role', path, name, parameters),
      id: uniqueId(account, 'AROA'),
      description: parameters.get('Description') ?? '',
      trust,
    }
    account.roles.set(name, role)
    return { Role: roleXml(account, role) }
  },
  GetRole: (account, parameters) => ({ Role: roleXml(account, roleOf(account, parameters), true) }),
  UpdateAssumeRolePolicy(account, parameters) {
    const role = roleOf(account, parameters)
    const trust = required(parameters, 'PolicyDocument')
    checkTrust(account, trust)
    role.trust = trust
    return null
  },
  DeleteRole(account, parameters) {
    const role = roleOf(account, parameters)
    if (role.attached.length > 0)
      refuse(errors.conflict('Cannot delete entity, must detach all policies first.'))
    if (role.inline.length > 0) refuse(errors.conflict('Cannot delete entity, must delete policies first.'))
    account.roles.delete(role.name)
    return null
  },
  AttachRolePolicy: (account, parameters) => attach(account, roleOf(account, parameters), parameters),
  DetachRolePolicy: (account, parameters) => detach(account, roleOf(account, parameters), parameters),
  ListAttachedRolePolicies: (account, parameters) => attachedXml(account, roleOf(account, parameters)),
  ListRolePolicies: (account, parameters) => inlineXml(roleOf(account, parameters)),
  PutRolePermissionsBoundary: (account, parameters) => bound(roleOf(account, parameters), parameters),
  DeleteRolePermissionsBoundary: (account, parameters) => unbound(roleOf(account, parameters)),

  CreateUser(account, parameters) {
    const name = required(parameters, 'UserName')
    if ([...account.users.keys()].some(each => sameName(each, name)))
      refuse(errors.exists(`User with name ${name}`))
    const path = parameters.get('Path') ?? '/'
    const user: UserState = {
      ...principal(account, 'user', path, name, parameters),
      id: uniqueId(account, 'AIDA'),
      groups: [],
      keys: [],
    }
    account.users.set(name, user)
    return { User: userXml(user) }
  },
  GetUser: (account, parameters) => ({ User: userXml(userOf(account, parameters), true) }),
  DeleteUser(account, parameters) {
    const user = userOf(account, parameters)
    if (user.keys.length > 0) refuse(errors.conflict('Cannot delete entity, must delete access keys first.'))
    if (user.attached.length > 0)
      refuse(errors.conflict('Cannot delete entity, must detach all policies first.'))
    if (user.inline.length > 0) refuse(errors.conflict('Cannot delete entity, must delete policies first.'))
    if (user.groups.length > 0)
      refuse(errors.conflict('Cannot delete entity, must remove users from group first.'))
    account.users.delete(user.name)
    return null
  },
  AttachUserPolicy: (account, parameters) => attach(account, userOf(account, parameters), parameters),
  DetachUserPolicy: (account, parameters) => detach(account, userOf(account, parameters), parameters),
  ListAttachedUserPolicies: (account, parameters) => attachedXml(account, userOf(account, parameters)),
  ListUserPolicies: (account, parameters) => inlineXml(userOf(account, parameters)),
  ListGroupsForUser: (account, parameters) => ({
    Groups: listOf(
      userOf(account, parameters).groups.map(name => ({
        Path: '/',
        GroupName: name,
        GroupId: 'AGPA0000000000000001',
        Arn: arn(account, `group/${name}`),
        CreateDate: '2026-01-01T00:00:00Z',
      })),
    ),
    IsTruncated: false,
  }),
  PutUserPermissionsBoundary: (account, parameters) => bound(userOf(account, parameters), parameters),
  DeleteUserPermissionsBoundary: (account, parameters) => unbound(userOf(account, parameters)),
  CreateAccessKey(account, parameters) {
    const user = userOf(account, parameters)
    if (user.keys.length >= 2) refuse(errors.limit('Cannot exceed quota for AccessKeysPerUser: 2'))
    const key = { id: uniqueId(account, 'AKIA'), status: 'Active' as const, created: instant(account) }
    const value = `made/by+the/standin/${key.id}`.padEnd(40, '=').slice(0, 40)
    user.keys.push(key)
    account.secrets.set(key.id, value)
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: key.id,
        Status: key.status,
        SecretAccessKey: value,
        CreateDate: key.created,
      },
    }
  },
  ListAccessKeys(account, parameters) {
    const user = userOf(account, parameters)
    return {
      AccessKeyMetadata: listOf(
        user.keys.map(({ id, status, created }) => ({
          UserName: user.name,
          AccessKeyId: id,
          Status: status,
          CreateDate: created,
        })),
      ),
      IsTruncated: false,
    }
  },
  DeleteAccessKey(account, parameters) {
    const user = userOf(account, parameters)
    const id = required(parameters, 'AccessKeyId')
    const at = user.keys.findIndex(key => key.id === id)
    if (at === -1) refuse(errors.noSuchEntity(`The Access Key with id ${id}`))
    user.keys.splice(at, 1)
    account.secrets.delete(id)
    return null
  },
}

function principal(
  account: Account,
  kind: 'role' | 'user',
  path: string,
  name: string,
  parameters: Parameters,
): Omit<PrincipalState, 'id'> {
  return {
    name,
    path,
    arn: arn(account, `${kind}${path}${name}`),
    created: instant(account),
    tags: tagsOf(parameters),
    attached: [],
    inline: [],
    boundary: parameters.get('PermissionsBoundary') ?? null,
  }
}

function attach(account: Account, to: PrincipalState, parameters: Parameters): null {
  const policy = required(parameters, 'PolicyArn')
  if (!account.policies.has(policy))
    refuse(errors.noSuchEntity(`Policy ${policy} does not exist or is not attachable. It`))
  if (!to.attached.includes(policy)) {
    if (to.attached.length >= 10) refuse(errors.limit('Cannot exceed quota for PoliciesPerRole: 10'))
    to.attached.push(policy)
  }
  return null
}

function detach(_account: Account, from: PrincipalState, parameters: Parameters): null {
  const policy = required(parameters, 'PolicyArn')
  const at = from.attached.indexOf(policy)
  if (at === -1) refuse(errors.noSuchEntity(`Policy ${policy} was not found. It`))
  from.attached.splice(at, 1)
  return null
}

function bound(one: PrincipalState, parameters: Parameters): null {
  one.boundary = required(parameters, 'PermissionsBoundary')
  return null
}

function unbound(one: PrincipalState): null {
  if (one.boundary === null) refuse(errors.noSuchEntity(`The permissions boundary of ${one.name}`))
  one.boundary = null
  return null
}

function attachedXml({ policies }: Account, { attached }: PrincipalState): Xml {
  return {
    AttachedPolicies: listOf(
      attached.map(each => ({ PolicyName: policies.get(each)?.name ?? each, PolicyArn: each })),
    ),
    IsTruncated: false,
  }
}

function inlineXml({ inline }: PrincipalState): Xml {
  return { PolicyNames: listOf(inline), IsTruncated: false }
}

/** A list has no tags in it, and the answer to making something none of a policy. */
function policyXml(account: Account, policy: PolicyState, whole = false): Xml {
  const [first] = policy.versions
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments(account, policy.arn),
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    ...(whole ? { Description: policy.description } : {}),
    CreateDate: first?.created,
    UpdateDate: policy.versions.at(-1)?.created,
    Tags: listOf(policy.tags.map(tagXml)),
  }
}

function roleXml(account: Account, role: RoleState, whole = false): Xml {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.created,
    AssumeRolePolicyDocument: encodeURIComponent(shownTrust(account, role.trust)),
    ...(whole ? { Description: role.description, MaxSessionDuration: 3600 } : {}),
    PermissionsBoundary: boundaryXml(role),
    Tags: listOf(role.tags.map(tagXml)),
  }
}

function userXml(user: UserState, whole = false): Xml {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: user.created,
    PermissionsBoundary: whole ? boundaryXml(user) : null,
    Tags: listOf(user.tags.map(tagXml)),
  }
}

function boundaryXml({ boundary }: PrincipalState): Xml {
  return boundary === null
    ? null
    : { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: boundary }
}

function tagXml({ Key, Value }: TagState): Xml {
  return { Key, Value }
}

function policyOf(account: Account, parameters: Parameters): PolicyState {
  const named = required(parameters, 'PolicyArn')
  return account.policies.get(named) ?? refuse(errors.noSuchEntity(`Policy ${named} was not found. It`))
}

function versionOf(policy: PolicyState, parameters: Parameters): PolicyState['versions'][number] {
  const id = required(parameters, 'VersionId')
  return (
    policy.versions.find(each => each.id === id) ??
    refuse(errors.noSuchEntity(`Policy ${policy.arn} version ${id}`))
  )
}

function roleOf(account: Account, parameters: Parameters): RoleState {
  const name = required(parameters, 'RoleName')
  return account.roles.get(name) ?? refuse(errors.noSuchEntity(`The role with name ${name}`))
}

function userOf(account: Account, parameters: Parameters): UserState {
  const name = required(parameters, 'UserName')
  return account.users.get(name) ?? refuse(errors.noSuchEntity(`The user with name ${name}`))
}

function attachments({ roles, users }: Account, policy: string): number {
  return [...roles.values(), ...users.values()].filter(({ attached }) => attached.includes(policy)).length
}

function tagsOf(parameters: Parameters): TagState[] {
  const tags: TagState[] = []
  for (let number = 1; parameters.has(`Tags.member.${number}.Key`); number += 1)
    tags.push({
      Key: parameters.get(`Tags.member.${number}.Key`) ?? '',
      Value: parameters.get(`Tags.member.${number}.Value`) ?? '',
    })
  return tags
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined || value === '')
    refuse(
      errors.validation(
        `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
      ),
    )
  return value
}

function arn({ partition, id }: Account, resource: string): string {
  return `arn:${partition}:iam::${id}:${resource}`
}

/** Names are unique without regard to case (IAM User Guide, "IAM identifiers"). */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
