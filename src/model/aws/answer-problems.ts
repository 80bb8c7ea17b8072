import type { Problem } from '../problem.ts'
import { iamName, maxIamName, parseArn } from './arn.ts'
import { partitionOf } from './partition.ts'

// What is wrong with one answer about AWS; null where nothing is. A file and a form are checked by the same.

/** A region, such as eu-central-1 (AWS General Reference, "Regions and endpoints"). */
export function regionProblem(text: string): Problem | null {
  return /^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(text)
    ? null
    : { code: 'aws-region', message: 'A region is written like eu-central-1.' }
}

/** DBInstanceIdentifier or DBClusterIdentifier (RDS API Reference, CreateDBInstance). */
export function instanceProblem(text: string): Problem | null {
  return /^[a-zA-Z][a-zA-Z0-9-]{0,62}$/.test(text)
    ? null
    : { code: 'aws-instance', message: 'An instance or cluster identifier has letters, digits and hyphens.' }
}

/** The first part of an ARN. */
export function partitionProblem(text: string): Problem | null {
  return /^aws(?:-[a-z]+)*$/.test(text)
    ? null
    : { code: 'aws-partition', message: 'A partition is aws, aws-cn or aws-us-gov.' }
}

/** A region is in one partition, and an ARN with another one names nothing. */
export function partitionOfRegionProblem(partition: string, region: string): Problem | null {
  const right = partitionOf(region)
  return partition === right
    ? null
    : { code: 'aws-partition', message: `The region ${region} is in the partition ${right}.` }
}

/** The account's number. */
export function accountProblem(text: string): Problem | null {
  return /^\d{12}$/.test(text) ? null : { code: 'aws-account', message: 'An account has twelve digits.' }
}

/** DbiResourceId, or DbClusterResourceId for Aurora. */
export function resourceIdProblem(text: string): Problem | null {
  if (/^(db|cluster)-[A-Z0-9]+$/.test(text)) return null
  return {
    code: 'aws-resource-id',
    message: 'A resource ID begins with db- or, for Aurora, cluster-; then come capitals and digits.',
    next: 'The console shows it under "Configuration". It is not the name of the instance.',
  }
}

/** Of a role or a user, which the policy shares. */
export function iamNameProblem(text: string): Problem | null {
  if (iamName.test(text) && text.length <= maxIamName) return null
  return {
    code: 'aws-name',
    message: 'A name in IAM has up to 64 letters, digits and the characters _ + = , . @ -.',
  }
}

/** A path in IAM (IAM API Reference, CreateRole). */
export function pathProblem(text: string): Problem | null {
  return /^\/(?:[!-.0-~]+\/)*$/.test(text) && text.length <= 512
    ? null
    : { code: 'aws-path', message: 'A path in IAM begins and ends with /.' }
}

/** The ARN of a managed policy. */
export function boundaryProblem(text: string): Problem | null {
  const arn = parseArn(text)
  return arn?.service === 'iam' && arn.resource.startsWith('policy/')
    ? null
    : { code: 'aws-boundary', message: 'A permissions boundary is the ARN of a managed policy.' }
}

/** Characters of a tag's key and of its value, at most (IAM API Reference, Tag). */
export const mostInTagKey = 128
export const mostInTagValue = 256

/** A tag's key or value, of so many characters at most (IAM API Reference, Tag). */
export function tagProblem(text: string, most: number): Problem | null {
  if (text.length > most || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text))
    return {
      code: 'aws-tag',
      message: `A tag has up to ${most} letters, digits, spaces and the characters _ . : / = + - @.`,
    }
  return /^aws:/i.test(text) ? { code: 'aws-tag', message: 'Tags that begin with aws: belong to AWS.' } : null
}
