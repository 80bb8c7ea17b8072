import type { AwsWay } from '../../model/aws/answers.ts'
import type { PolicyDocument } from '../../model/aws/policy.ts'

/** What IAM takes at most, in characters (IAM User Guide, "IAM and AWS STS quotas"; whitespace is not counted). */
export const maxTrustCharacters = 2048

/** Lets its bearer log in to one database as one user, and nothing else. */
export function connectPolicy(connectArn: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'rds-db:connect', Resource: connectArn }],
  }
}

/** Who may assume the role: the vendor, with the external ID where there is one; nobody while it is not known. */
export function trustPolicy(way: Extract<AwsWay, { readonly way: 'role' }>): PolicyDocument {
  if (!way.vendor.known) return closedTrust
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: way.vendor.arn.trim() },
        Action: 'sts:AssumeRole',
        ...(way.externalId === null
          ? {}
          : { Condition: { StringEquals: { 'sts:ExternalId': way.externalId } } }),
      },
    ],
  }
}

// IAM wants a principal in every trust policy, so "nobody" is said by denying everybody.
const closedTrust: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'NobodyUntilTheVendorIsKnown',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sts:AssumeRole',
    },
  ],
}

/** The document as it is sent: without whitespace, since that counts in some places. */
export function documentText(document: PolicyDocument): string {
  return JSON.stringify(document)
}
