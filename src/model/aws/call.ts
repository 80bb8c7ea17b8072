import type { PolicyDocument } from './policy.ts'

/**
 * A call of an AWS API that changes something, as data: the SDK makes it, exports print it. Names and members are
 * those of the API; a policy is a document here and becomes text where it is sent.
 */
export type AwsCall =
  | Call<'rds', 'ModifyDBInstance', { DBInstanceIdentifier: string } & SetFlag>
  | Call<'rds', 'ModifyDBCluster', { DBClusterIdentifier: string } & SetFlag>
  | Call<
      'iam',
      'CreatePolicy',
      {
        PolicyName: string
        Path: string
        PolicyDocument: PolicyDocument
        Description: string
        Tags: readonly CallTag[]
      }
    >
  | Call<
      'iam',
      'CreatePolicyVersion',
      { PolicyArn: string; PolicyDocument: PolicyDocument; SetAsDefault: true }
    >
  | Call<'iam', 'SetDefaultPolicyVersion' | 'DeletePolicyVersion', { PolicyArn: string; VersionId: string }>
  | Call<'iam', 'DeletePolicy', { PolicyArn: string }>
  | Call<
      'iam',
      'CreateRole',
      {
        RoleName: string
        Path: string
        AssumeRolePolicyDocument: PolicyDocument
        Description: string
        PermissionsBoundary?: string
        Tags: readonly CallTag[]
      }
    >
  | Call<'iam', 'UpdateAssumeRolePolicy', { RoleName: string; PolicyDocument: PolicyDocument | string }>
  | Call<'iam', 'PutRolePermissionsBoundary', { RoleName: string; PermissionsBoundary: string }>
  | Call<'iam', 'DeleteRolePermissionsBoundary' | 'DeleteRole', { RoleName: string }>
  | Call<'iam', 'AttachRolePolicy' | 'DetachRolePolicy', { RoleName: string; PolicyArn: string }>
  | Call<
      'iam',
      'CreateUser',
      { UserName: string; Path: string; PermissionsBoundary?: string; Tags: readonly CallTag[] }
    >
  | Call<'iam', 'PutUserPermissionsBoundary', { UserName: string; PermissionsBoundary: string }>
  | Call<'iam', 'DeleteUserPermissionsBoundary' | 'DeleteUser', { UserName: string }>
  | Call<'iam', 'AttachUserPolicy' | 'DetachUserPolicy', { UserName: string; PolicyArn: string }>
  | Call<'iam', 'CreateAccessKey', { UserName: string }>
  | Call<'iam', 'DeleteAccessKey', { UserName: string; AccessKeyId: string }>

export type AwsAction = AwsCall['action']

interface Call<Service extends 'iam' | 'rds', Action extends string, Input> {
  readonly service: Service
  readonly action: Action
  readonly input: Readonly<Input>
}

interface SetFlag {
  EnableIAMDatabaseAuthentication: boolean
  ApplyImmediately: true
}

interface CallTag {
  readonly Key: string
  readonly Value: string
}
