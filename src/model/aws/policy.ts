/** A policy as IAM's JSON has it (IAM User Guide, "IAM JSON policy elements reference"), as far as we write it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: { readonly AWS: string | readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** An action on a resource that somebody needs to be allowed: `iam:CreatePolicy` on an ARN, or on `*`. */
export interface AwsPermission {
  readonly action: string
  readonly resource: string
}

export interface AwsTag {
  readonly key: string
  readonly value: string
}
