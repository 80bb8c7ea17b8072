import * as z from 'zod'
import type { Problem } from '../problem.ts'
import {
  accountProblem,
  boundaryProblem,
  iamNameProblem,
  instanceProblem,
  mostInTagKey,
  mostInTagValue,
  partitionOfRegionProblem,
  partitionProblem,
  pathProblem,
  regionProblem,
  resourceIdProblem,
  tagProblem,
} from './answer-problems.ts'
import { externalIdProblem, vendorProblem } from './arn.ts'

const checked = (check: (text: string) => Problem | null, description: string) =>
  z
    .string()
    .min(1)
    .superRefine((text, context) => {
      const problem = text === '' ? null : check(text)
      if (problem !== null)
        context.addIssue({ code: 'custom', message: problem.message, params: { problem } })
    })
    .describe(description)

const region = checked(regionProblem, 'A region, such as eu-central-1.')

const target = z
  .discriminatedUnion('from', [
    z.strictObject({
      from: z.literal('aws'),
      region: region.nullable().describe("The region to ask in; null for the one in the endpoint's name."),
      instance: checked(instanceProblem, 'The identifier of the instance or cluster.')
        .nullable()
        .describe('The identifier of instance or cluster; null to find it by the endpoint.'),
    }),
    z.strictObject({
      from: z.literal('typed'),
      partition: checked(partitionProblem, 'The partition that the account is in: aws, aws-cn, aws-us-gov.'),
      region,
      account: checked(accountProblem, 'The twelve digits of the account.'),
      resourceId: checked(resourceIdProblem, 'The resource ID: db-… or, for Aurora, cluster-….'),
    }),
  ])
  .superRefine((answer, context) => {
    if (answer.from !== 'typed') return
    const problem = partitionOfRegionProblem(answer.partition, answer.region)
    if (problem !== null)
      context.addIssue({ code: 'custom', path: ['partition'], message: problem.message, params: { problem } })
  })
  .describe('Which database it is for AWS: found by asking RDS, or typed.')

const credentials = z
  .discriminatedUnion('from', [
    z.strictObject({ from: z.literal('chain') }),
    z.strictObject({
      from: z.literal('profile'),
      profile: z.string().min(1).describe('A profile of ~/.aws/config.'),
    }),
    z.strictObject({ from: z.literal('nobody') }),
  ])
  .describe(
    "Whose credentials the calls are signed with: the SDK's chain, a profile, or nobody's, for an export alone. No key stands here.",
  )

const way = z
  .discriminatedUnion('way', [
    z.strictObject({
      way: z.literal('role'),
      vendor: z
        .discriminatedUnion('known', [
          z.strictObject({ known: z.literal(false) }),
          z.strictObject({
            known: z.literal(true),
            arn: z.string().min(1).describe("The ARN of the vendor's role."),
          }),
        ])
        .describe('Who may assume the role; until it is known nobody may.'),
      externalId: checked(externalIdProblem, 'The external ID.').nullable().describe('null for none.'),
    }),
    z.strictObject({ way: z.literal('user') }),
  ])
  .superRefine((answer, context) => {
    if (answer.way !== 'role' || !answer.vendor.known) return
    const problem = vendorProblem(answer.vendor.arn, null, answer.externalId)
    if (problem !== null)
      context.addIssue({
        code: 'custom',
        path: ['vendor', 'arn'],
        message: problem.message,
        params: { problem },
      })
  })
  .describe('role: the tool assumes a role of this account. user: it has an access key.')

/** The part of the answers document about AWS. */
export const awsAnswersSchema = z
  .strictObject({
    target,
    enable: z.boolean().describe('Whether IAM authentication may be turned on where it is off.'),
    credentials,
    way,
    name: checked(iamNameProblem, 'A name in IAM.')
      .nullable()
      .describe('Of the policy and of the role or user; null for a name made of tool, database and login.'),
    path: checked(pathProblem, 'The IAM path of what is made, such as /vendors/; / for none.'),
    permissionsBoundary: checked(boundaryProblem, 'The ARN of a managed policy.')
      .nullable()
      .describe('The ARN of the policy that bounds the role or user; null for none.'),
    tags: z
      .record(
        checked(text => tagProblem(text, mostInTagKey), 'A key.'),
        z.string().superRefine((text, context) => {
          const problem = tagProblem(text, mostInTagValue)
          if (problem !== null)
            context.addIssue({ code: 'custom', message: problem.message, params: { problem } })
        }),
      )
      .describe('Tags of what is made, besides the one of pg-usher.'),
  })
  .describe('How the tool logs in with IAM database authentication of AWS.')
