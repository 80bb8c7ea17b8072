import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { ModifyDBClusterCommand, ModifyDBInstanceCommand, type RDSClient } from '@aws-sdk/client-rds'
import type { AwsCall } from '../model/aws/call.ts'
import type { PolicyDocument } from '../model/aws/policy.ts'
import { secret } from '../model/secret.ts'
import type { CallResult } from './connection.ts'

/** Clients that try nothing twice. */
export interface ChangingClients {
  readonly iam: IAMClient
  readonly rds: RDSClient
}

const nothing: CallResult = { arn: null, versionId: null, accessKey: null }

/** Makes the call with the SDK. @throws what the SDK throws */
export async function sendCall(
  { iam, rds }: ChangingClients,
  call: AwsCall,
  abortSignal: AbortSignal | undefined,
): Promise<CallResult> {
  const options = abortSignal === undefined ? {} : { abortSignal }
  switch (call.action) {
    case 'ModifyDBInstance':
      await rds.send(new ModifyDBInstanceCommand(call.input), options)
      return nothing
    case 'ModifyDBCluster':
      await rds.send(new ModifyDBClusterCommand(call.input), options)
      return nothing
    case 'CreatePolicy': {
      const { PolicyDocument: document, Tags, ...input } = call.input
      const made = await iam.send(
        new CreatePolicyCommand({ ...input, PolicyDocument: textOf(document), Tags: [...Tags] }),
        options,
      )
      return { ...nothing, arn: made.Policy?.Arn ?? null, versionId: made.Policy?.DefaultVersionId ?? null }
    }
    case 'CreatePolicyVersion': {
      const { PolicyDocument: document, ...input } = call.input
      const made = await iam.send(
        new CreatePolicyVersionCommand({ ...input, PolicyDocument: textOf(document) }),
        options,
      )
      return { ...nothing, versionId: made.PolicyVersion?.VersionId ?? null }
    }
    case 'SetDefaultPolicyVersion':
      await iam.send(new SetDefaultPolicyVersionCommand(call.input), options)
      return nothing
    case 'DeletePolicyVersion':
      await iam.send(new DeletePolicyVersionCommand(call.input), options)
      return nothing
    case 'DeletePolicy':
      await iam.send(new DeletePolicyCommand(call.input), options)
      return nothing
    case 'CreateRole': {
      const { AssumeRolePolicyDocument: trust, Tags, ...input } = call.input
      const made = await iam.send(
        new CreateRoleCommand({ ...input, AssumeRolePolicyDocument: textOf(trust), Tags: [...Tags] }),
        options,
      )
      return { ...nothing, arn: made.Role?.Arn ?? null }
    }
    case 'UpdateAssumeRolePolicy': {
      const { PolicyDocument: trust, RoleName } = call.input
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: textOf(trust) }), options)
      return nothing
    }
    case 'PutRolePermissionsBoundary':
      await iam.send(new PutRolePermissionsBoundaryCommand(call.input), options)
      return nothing
    case 'DeleteRolePermissionsBoundary':
      await iam.send(new DeleteRolePermissionsBoundaryCommand(call.input), options)
      return nothing
    case 'DeleteRole':
      await iam.send(new DeleteRoleCommand(call.input), options)
      return nothing
    case 'AttachRolePolicy':
      await iam.send(new AttachRolePolicyCommand(call.input), options)
      return nothing
    case 'DetachRolePolicy':
      await iam.send(new DetachRolePolicyCommand(call.input), options)
      return nothing
    case 'CreateUser': {
      const { Tags, ...input } = call.input
      const made = await iam.send(new CreateUserCommand({ ...input, Tags: [...Tags] }), options)
      return { ...nothing, arn: made.User?.Arn ?? null }
    }
    case 'PutUserPermissionsBoundary':
      await iam.send(new PutUserPermissionsBoundaryCommand(call.input), options)
      return nothing
    case 'DeleteUserPermissionsBoundary':
      await iam.send(new DeleteUserPermissionsBoundaryCommand(call.input), options)
      return nothing
    case 'DeleteUser':
      await iam.send(new DeleteUserCommand(call.input), options)
      return nothing
    case 'AttachUserPolicy':
      await iam.send(new AttachUserPolicyCommand(call.input), options)
      return nothing
    case 'DetachUserPolicy':
      await iam.send(new DetachUserPolicyCommand(call.input), options)
      return nothing
    case 'CreateAccessKey': {
      const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand(call.input), options)
      const { AccessKeyId: id, SecretAccessKey: value } = key ?? {}
      if (id === undefined || value === undefined) throw new Error('IAM made a key and did not give it.')
      return { ...nothing, accessKey: { id, secret: secret(value) } }
    }
    case 'DeleteAccessKey':
      await iam.send(new DeleteAccessKeyCommand(call.input), options)
      return nothing
  }
}

function textOf(document: PolicyDocument | string): string {
  return typeof document === 'string' ? document : JSON.stringify(document)
}
