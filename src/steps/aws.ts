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
} from '../model/aws/answer-problems.ts'
import type { AwsAnswers, AwsCredentialsAnswer, AwsTargetAnswer, AwsWay } from '../model/aws/answers.ts'
import { externalIdProblem, vendorProblem } from '../model/aws/arn.ts'
import type { Problem } from '../model/problem.ts'
import type { FieldProblem, Understood } from './step.ts'

/** What stands in the fields. A field that is not asked for by the others keeps what was typed. */
export interface AwsInput {
  readonly way: AwsWay['way']
  /** Empty while the vendor has not said it. */
  readonly vendorArn: string
  readonly externalId: string
  readonly credentials: AwsCredentialsAnswer['from']
  readonly profile: string
  readonly target: AwsTargetAnswer['from']
  readonly region: string
  readonly instance: string
  readonly partition: string
  readonly account: string
  readonly resourceId: string
  readonly enable: boolean
  readonly name: string
  readonly path: string
  readonly boundary: string
  /** `key=value`, separated by commas. */
  readonly tags: string
}

/** What holds until the question is asked: AWS is asked with the credentials at hand, and the vendor is not known. */
export const defaultAwsAnswers: AwsAnswers = {
  target: { from: 'aws', region: null, instance: null },
  enable: false,
  credentials: { from: 'chain' },
  way: { way: 'role', vendor: { known: false }, externalId: null },
  name: null,
  path: '/',
  permissionsBoundary: null,
  tags: {},
}

const untyped = {
  vendorArn: '',
  externalId: '',
  region: '',
  instance: '',
  partition: 'aws',
  account: '',
  resourceId: '',
}

/** The input that an answer stands for, to fill the fields with. */
export function awsInput({ target, credentials, way, ...answers }: AwsAnswers): AwsInput {
  return {
    ...untyped,
    way: way.way,
    ...(way.way === 'role' && {
      vendorArn: way.vendor.known ? way.vendor.arn : '',
      externalId: way.externalId ?? '',
    }),
    credentials: credentials.from,
    profile: credentials.from === 'profile' ? credentials.profile : '',
    target: target.from,
    ...(target.from === 'aws'
      ? { region: target.region ?? '', instance: target.instance ?? '' }
      : {
          partition: target.partition,
          region: target.region,
          account: target.account,
          resourceId: target.resourceId,
        }),
    enable: answers.enable,
    name: answers.name ?? '',
    path: answers.path,
    boundary: answers.permissionsBoundary ?? '',
    tags: Object.entries(answers.tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
  }
}

/** The fields that are asked for, in their order: what does not matter for the others is left out. */
export function awsFields({
  way,
  credentials,
  target,
}: Pick<AwsInput, 'way' | 'credentials' | 'target'>): readonly (keyof AwsInput)[] {
  return [
    'way',
    ...(way === 'role' ? (['vendorArn', 'externalId'] as const) : []),
    'credentials',
    ...(credentials === 'profile' ? (['profile'] as const) : []),
    'target',
    ...(target === 'aws'
      ? (['region', 'instance', 'enable'] as const)
      : (['partition', 'region', 'account', 'resourceId'] as const)),
    'name',
    'path',
    'boundary',
    'tags',
  ]
}

/** Understands the fields; whether AWS has such a database is for AWS to say. */
export function awsAnswer(input: AwsInput): Understood<AwsAnswers> {
  const problems: FieldProblem[] = []
  const value = (field: keyof AwsInput, check: (text: string) => Problem | null): string => {
    const text = String(input[field]).trim()
    const problem = check(text)
    if (problem !== null) problems.push({ field, problem })
    return text
  }
  const orNull = (field: keyof AwsInput, check: (text: string) => Problem | null): string | null =>
    String(input[field]).trim() === '' ? null : value(field, check)

  const way = wayOf(input, orNull)
  const credentials = credentialsOf(input, value)
  const target: AwsTargetAnswer =
    input.target === 'aws'
      ? {
          from: 'aws',
          region: orNull('region', regionProblem),
          instance: orNull('instance', instanceProblem),
        }
      : {
          from: 'typed',
          partition: value('partition', partitionProblem),
          region: value('region', regionProblem),
          account: value('account', accountProblem),
          resourceId: value('resourceId', resourceIdProblem),
        }
  const ofRegion =
    target.from === 'typed' && problems.length === 0
      ? partitionOfRegionProblem(target.partition, target.region)
      : null
  if (ofRegion !== null) problems.push({ field: 'partition', problem: ofRegion })
  if (input.target === 'aws' && input.credentials === 'nobody')
    problems.push({
      field: 'target',
      problem: {
        code: 'aws-target-unasked',
        message: 'Nobody asks AWS, so nobody finds the database there.',
        next: 'Type it, or choose whose credentials ask.',
      },
    })
  const answers: AwsAnswers = {
    target,
    enable: input.target === 'aws' && input.enable,
    credentials,
    way,
    name: orNull('name', iamNameProblem),
    path: value('path', pathProblem),
    permissionsBoundary: orNull('boundary', boundaryProblem),
    tags: tagsOf(input.tags, problems),
  }
  return problems.length === 0 ? { ok: true, value: answers } : { ok: false, problems }
}

type Field = (field: keyof AwsInput, check: (text: string) => Problem | null) => string
type OptionalField = (field: keyof AwsInput, check: (text: string) => Problem | null) => string | null

function wayOf(input: AwsInput, orNull: OptionalField): AwsWay {
  if (input.way === 'user') return { way: 'user' }
  const externalId = orNull('externalId', externalIdProblem)
  const arn = orNull('vendorArn', text => vendorProblem(text, null, externalId))
  return { way: 'role', vendor: arn === null ? { known: false } : { known: true, arn }, externalId }
}

function credentialsOf(input: AwsInput, value: Field): AwsCredentialsAnswer {
  if (input.credentials !== 'profile') return { from: input.credentials }
  const profile = value('profile', text =>
    text === '' ? { code: 'aws-profile', message: 'The name of a profile of ~/.aws/config.' } : null,
  )
  return { from: 'profile', profile }
}

function tagsOf(text: string, problems: FieldProblem[]): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .map(pair => pair.trim())
    .filter(pair => pair !== '')
    .map(pair => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const)
  for (const [key, value] of pairs) {
    const problem =
      key === '' || !text.includes('=')
        ? { code: 'aws-tag', message: 'Tags are written key=value, with commas between them.' }
        : (tagProblem(key, mostInTagKey) ?? tagProblem(value, mostInTagValue))
    if (problem !== null) {
      problems.push({ field: 'tags', problem })
      break
    }
  }
  return Object.fromEntries(pairs)
}
