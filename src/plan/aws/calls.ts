import type { AwsCall } from '../../model/aws/call.ts'
import type { AwsChange, AwsPrincipal } from '../../model/aws/change.ts'
import type { AwsTag, PolicyDocument } from '../../model/aws/policy.ts'

/** The calls that make the change: the one wording for screen, SDK and exports. */
export function callsOf(change: AwsChange): readonly AwsCall[] {
  switch (change.kind) {
    case 'enable-iam-authentication':
      return [flagCall(change, true)]
    case 'create-policy':
      return [
        {
          service: 'iam',
          action: 'CreatePolicy',
          input: {
            PolicyName: change.name,
            Path: change.path,
            PolicyDocument: change.document,
            Description: change.description,
            Tags: tagsOf(change.tags),
          },
        },
      ]
    case 'update-policy':
      return [
        ...(change.deletes === null ? [] : [deleteVersion(change.arn, change.deletes)]),
        {
          service: 'iam',
          action: 'CreatePolicyVersion',
          input: { PolicyArn: change.arn, PolicyDocument: change.document, SetAsDefault: true },
        },
      ]
    case 'create-role':
      return [
        {
          service: 'iam',
          action: 'CreateRole',
          input: {
            RoleName: change.name,
            Path: change.path,
            AssumeRolePolicyDocument: change.trust,
            Description: change.description,
            ...boundaryOf(change),
            Tags: tagsOf(change.tags),
          },
        },
      ]
    case 'update-trust':
      return [updateTrust(change.role, change.trust)]
    case 'create-user':
      return [
        {
          service: 'iam',
          action: 'CreateUser',
          input: {
            UserName: change.name,
            Path: change.path,
            ...boundaryOf(change),
            Tags: tagsOf(change.tags),
          },
        },
      ]
    case 'set-boundary':
      return [putBoundary(change.of, change.boundary)]
    case 'attach-policy':
      return [
        'role' in change.to
          ? {
              service: 'iam',
              action: 'AttachRolePolicy',
              input: { RoleName: change.to.role, PolicyArn: change.policy },
            }
          : {
              service: 'iam',
              action: 'AttachUserPolicy',
              input: { UserName: change.to.user, PolicyArn: change.policy },
            },
      ]
    case 'delete-access-key':
      return [deleteKey(change.user, change.keyId)]
    case 'create-access-key':
      return [{ service: 'iam', action: 'CreateAccessKey', input: { UserName: change.user } }]
  }
}

/** What was learnt when the change was made, and what there is beside it now. */
export interface MadeInAws {
  /** The policy version that was made. */
  readonly versionId?: string | undefined
  /** The access key that was made. */
  readonly keyId?: string | undefined
  /** The versions of a policy besides its default, which go before it can. */
  readonly otherVersions?: readonly string[] | undefined
}

/**
 * The calls that take the change back, after everything that came later has been taken back. None for the flag, which
 * by itself lets nobody in, while others may rely on it by then; none for a key that was lost.
 */
export function undoCallsOf(change: AwsChange, made: MadeInAws): readonly AwsCall[] {
  switch (change.kind) {
    case 'enable-iam-authentication':
    case 'delete-access-key':
      return []
    case 'create-policy':
      return [
        ...(made.otherVersions ?? []).map(version => deleteVersion(change.arn, version)),
        { service: 'iam', action: 'DeletePolicy', input: { PolicyArn: change.arn } },
      ]
    case 'update-policy':
      return [
        {
          service: 'iam',
          action: 'SetDefaultPolicyVersion',
          input: { PolicyArn: change.arn, VersionId: change.before },
        },
        ...(made.versionId === undefined ? [] : [deleteVersion(change.arn, made.versionId)]),
      ]
    case 'create-role':
      return [{ service: 'iam', action: 'DeleteRole', input: { RoleName: change.name } }]
    case 'update-trust':
      return [updateTrust(change.role, change.before)]
    case 'create-user':
      return [{ service: 'iam', action: 'DeleteUser', input: { UserName: change.name } }]
    case 'set-boundary':
      return [change.before === null ? deleteBoundary(change.of) : putBoundary(change.of, change.before)]
    case 'attach-policy':
      return [
        'role' in change.to
          ? {
              service: 'iam',
              action: 'DetachRolePolicy',
              input: { RoleName: change.to.role, PolicyArn: change.policy },
            }
          : {
              service: 'iam',
              action: 'DetachUserPolicy',
              input: { UserName: change.to.user, PolicyArn: change.policy },
            },
      ]
    case 'create-access-key':
      return made.keyId === undefined ? [] : [deleteKey(change.user, made.keyId)]
  }
}

/** Turns IAM authentication on or off, at once: with everything else that is pending. */
export function flagCall(
  {
    database,
    identifier,
  }: Pick<Extract<AwsChange, { kind: 'enable-iam-authentication' }>, 'database' | 'identifier'>,
  on: boolean,
): AwsCall {
  const flag = { EnableIAMDatabaseAuthentication: on, ApplyImmediately: true } as const
  return database === 'cluster'
    ? { service: 'rds', action: 'ModifyDBCluster', input: { DBClusterIdentifier: identifier, ...flag } }
    : { service: 'rds', action: 'ModifyDBInstance', input: { DBInstanceIdentifier: identifier, ...flag } }
}

function updateTrust(role: string, trust: PolicyDocument | string): AwsCall {
  return {
    service: 'iam',
    action: 'UpdateAssumeRolePolicy',
    input: { RoleName: role, PolicyDocument: trust },
  }
}

/** Bounds a role or user that is there already. */
export function putBoundary(of: AwsPrincipal, boundary: string): AwsCall {
  return 'role' in of
    ? {
        service: 'iam',
        action: 'PutRolePermissionsBoundary',
        input: { RoleName: of.role, PermissionsBoundary: boundary },
      }
    : {
        service: 'iam',
        action: 'PutUserPermissionsBoundary',
        input: { UserName: of.user, PermissionsBoundary: boundary },
      }
}

function deleteBoundary(of: AwsPrincipal): AwsCall {
  return 'role' in of
    ? { service: 'iam', action: 'DeleteRolePermissionsBoundary', input: { RoleName: of.role } }
    : { service: 'iam', action: 'DeleteUserPermissionsBoundary', input: { UserName: of.user } }
}

function deleteVersion(arn: string, version: string): AwsCall {
  return { service: 'iam', action: 'DeletePolicyVersion', input: { PolicyArn: arn, VersionId: version } }
}

function deleteKey(user: string, keyId: string): AwsCall {
  return { service: 'iam', action: 'DeleteAccessKey', input: { UserName: user, AccessKeyId: keyId } }
}

function boundaryOf({ boundary }: { readonly boundary: string | null }): { PermissionsBoundary?: string } {
  return boundary === null ? {} : { PermissionsBoundary: boundary }
}

function tagsOf(tags: readonly AwsTag[]): { Key: string; Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }))
}
