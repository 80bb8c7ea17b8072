/**
 * The part of the answers that is about AWS: how the tool logs in with IAM database authentication. Like all
 * answers it holds no secret. Checked by answers-schema.ts.
 */
export interface AwsAnswers {
  readonly target: AwsTargetAnswer
  /** Whether IAM authentication may be turned on where it is off; otherwise the plan is refused there. */
  readonly enable: boolean
  readonly credentials: AwsCredentialsAnswer
  readonly way: AwsWay
  /** Of the policy and of the role or user; null for the name that is made from tool, database and login. */
  readonly name: string | null
  /** IAM path of what is made: `/`, or begins and ends with `/`. */
  readonly path: string
  /** ARN of a managed policy that bounds the role or user; null for none. */
  readonly permissionsBoundary: string | null
  /** Tags besides ours, by key. */
  readonly tags: Readonly<Record<string, string>>
}

/** Which database it is for AWS. */
export type AwsTargetAnswer =
  /** Found by the endpoint's host; `instance` names instance or cluster where the host is an alias. */
  | { readonly from: 'aws'; readonly region: string | null; readonly instance: string | null }
  /** Typed in, where RDS may not be asked: nothing about the instance is looked at or changed. */
  | {
      readonly from: 'typed'
      readonly partition: string
      readonly region: string
      readonly account: string
      readonly resourceId: string
    }

/** Whose credentials the calls are signed with. */
export type AwsCredentialsAnswer =
  /** The SDK's chain: environment, shared files with AWS_PROFILE, SSO, web identity, container, instance role. */
  | { readonly from: 'chain' }
  | { readonly from: 'profile'; readonly profile: string }
  /** AWS is not asked at all: the plan is exported for whoever may carry it out. */
  | { readonly from: 'nobody' }

/** What the vendor comes with. */
export type AwsWay =
  /** A role in this account that the vendor assumes. */
  | { readonly way: 'role'; readonly vendor: AwsVendorAnswer; readonly externalId: string | null }
  /** A user of its own with an access key. */
  | { readonly way: 'user' }

/** Who may assume the role. Until it is known the role exists and nobody may. */
export type AwsVendorAnswer = { readonly known: false } | { readonly known: true; readonly arn: string }
