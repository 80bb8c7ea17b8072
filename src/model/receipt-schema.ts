// As a namespace: so the bundle leaves out the languages that nothing asks for.
import * as z from 'zod'
import { awsAnswersSchema } from './aws/answers-schema.ts'
import type { AwsChange } from './aws/change.ts'
import type { MadeChange } from './aws/made-change.ts'
import type { PolicyDocument } from './aws/policy.ts'
import type { Change } from './change.ts'
import { jsonFault } from './json-fault.ts'
import type { Problem, Result } from './problem.ts'
import type { UndoableReceipt } from './receipt-run.ts'
import { secretAnswerSchema } from './secret-answer-schema.ts'

/** Reads and checks the text of a receipt's JSON. What is none of ours, or a newer one, is refused with a reason. */
export function receiptFromText(text: string): Result<UndoableReceipt> {
  const withoutMark = text.replace(/^\ufeff/, '')
  if (jsonFault(withoutMark) !== null) {
    return refused(
      'receipt-not-json',
      'This is not the JSON of a receipt.',
      withoutMark.startsWith('# ')
        ? 'It looks like the receipt in Markdown: give the file with the same name that ends in .json.'
        : 'The receipt is the file that ends in .json, beside the one in Markdown.',
    )
  }
  const json: unknown = JSON.parse(withoutMark)
  const kind = kindSchema.safeParse(json)
  if (!kind.success) {
    return refused(
      'not-a-receipt',
      'This is JSON, but no receipt of pg-usher.',
      'Give the receipt of the apply.',
    )
  }
  if (kind.data.version !== 1) {
    return refused(
      'receipt-newer',
      `This receipt has the format ${kind.data.version}, and this pg-usher knows format 1.`,
      'Undo it with the version of pg-usher that wrote it, or a later one.',
    )
  }
  if (kind.data.run === undefined) {
    return refused(
      'receipt-older',
      'This receipt was written by a first version of pg-usher, which did not put down who granted what.',
      'Its part "undo" has the SQL: run it with psql, as the administrator who is named there.',
    )
  }
  const parsed = receiptSchema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data }
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.') ?? ''
  return refused(
    'receipt-damaged',
    `This receipt was changed, or comes from a newer pg-usher: ${place}: ${issue?.message ?? ''}.`,
    'Use the file as it was written, with the version that wrote it or a later one.',
  )
}

function refused(code: string, message: string, next: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { code, message, next } }
}

const kindSchema = z.object({
  receipt: z.literal('pg-usher'),
  version: z.int(),
  run: z.unknown().optional(),
})

const name = z.string().min(1).max(63)
const port = z.int().min(1).max(65_535)
const oid = z.int().min(1)
const instant = z.iso.datetime({ offset: true }).nullable()
/** As a server has it (valid-until.ts). */
const formerEnd = z
  .string()
  .regex(/^(-infinity|\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?Z( BC)?)$/)
  .nullable()
const privileges = z.array(z.enum(['SELECT', 'REFERENCES']))
const parameter = z.enum(['statement_timeout', 'default_transaction_read_only'])
const always = {
  why: z.string(),
  actAs: z.object({ role: name, by: z.enum(['set-role', 'grant-self']) }).exactOptional(),
}

const change: z.ZodType<Change> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create-role'), role: name, connectionLimit: z.int().nullable(), ...always }),
  z.object({
    kind: z.literal('set-connection-limit'),
    role: name,
    limit: z.int(),
    before: z.int(),
    ...always,
  }),
  z.object({
    kind: z.literal('comment-role'),
    role: name,
    comment: z.string(),
    before: z.string().nullable(),
    ...always,
  }),
  z.object({ kind: z.literal('grant-membership'), group: name, member: name, ...always }),
  z.object({
    kind: z.literal('set-role-parameter'),
    role: name,
    parameter,
    value: z.string(),
    before: z.string().nullable(),
    ...always,
  }),
  z.object({ kind: z.literal('grant-connect'), database: name, grantee: name, ...always }),
  z.object({ kind: z.literal('grant-usage'), schema: name, grantee: name, ...always }),
  z.object({
    kind: z.literal('grant-relations'),
    schema: name,
    relations: z.array(name),
    privileges,
    grantee: name,
    ...always,
  }),
  z.object({
    kind: z.literal('grant-default-privileges'),
    owner: name,
    schema: name,
    privileges,
    grantee: name,
    ...always,
  }),
  z.object({
    kind: z.literal('reset-role-parameter'),
    role: name,
    parameter,
    before: z.string(),
    ...always,
  }),
  z.object({ kind: z.literal('revoke-connect'), database: name, grantee: name, grantor: name, ...always }),
  z.object({ kind: z.literal('revoke-usage'), schema: name, grantee: name, grantor: name, ...always }),
  z.object({
    kind: z.literal('revoke-relations'),
    schema: name,
    relations: z.array(name),
    privileges,
    grantee: name,
    grantor: name,
    ...always,
  }),
  z.object({
    kind: z.literal('revoke-default-privileges'),
    owner: name,
    schema: name,
    privileges,
    grantee: name,
    ...always,
  }),
  z.object({
    kind: z.literal('open-login'),
    role: name,
    minutes: z.int(),
    existed: z.boolean(),
    before: formerEnd.exactOptional(),
    couldLogIn: z.literal(false).exactOptional(),
    plain: z.literal(true).exactOptional(),
    ...always,
  }),
  z.object({ kind: z.literal('open-iam-login'), role: name, ...always }),
  z.object({
    kind: z.literal('create-unadministered-login'),
    role: name,
    connectionLimit: z.int().nullable(),
    comment: z.string(),
    parameters: z.array(z.object({ parameter, value: z.string() })),
    ...always,
  }),
  z.object({
    kind: z.literal('set-valid-until'),
    role: name,
    validUntil: instant,
    before: formerEnd.exactOptional(),
    ...always,
  }),
])

const grantedSet = z.object({
  database: name,
  on: z.enum(['database', 'schema', 'relation', 'default']),
  schema: name.nullable(),
  privileges: z.array(z.enum(['SELECT', 'REFERENCES', 'CONNECT', 'USAGE'])),
  grantor: name,
  byOwner: z.boolean(),
  objects: z.array(z.object({ name, oid })),
})

const text = z.string().min(1)
const principal = z.union([z.object({ role: text }), z.object({ user: text })])
// What is put back or deleted by an undo; of what was made it takes no more than the name.
const tags = z.array(z.object({ key: text, value: z.string() }))
const document = z.custom<PolicyDocument>(value => typeof value === 'object' && value !== null)
const awsChange: z.ZodType<AwsChange> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('enable-iam-authentication'),
    database: z.enum(['instance', 'cluster']),
    identifier: text,
    arn: text,
    alsoApplies: z.array(z.object({ name: text, value: z.string() })),
    why: z.string(),
  }),
  z.object({
    kind: z.literal('create-policy'),
    name: text,
    path: text,
    arn: text,
    description: z.string(),
    document,
    tags,
    why: z.string(),
  }),
  z.object({
    kind: z.literal('update-policy'),
    arn: text,
    document,
    before: text,
    deletes: text.nullable(),
    why: z.string(),
  }),
  z.object({
    kind: z.literal('create-role'),
    name: text,
    path: text,
    arn: text,
    description: z.string(),
    trust: document,
    boundary: text.nullable(),
    tags,
    why: z.string(),
  }),
  z.object({
    kind: z.literal('update-trust'),
    role: text,
    arn: text,
    trust: document,
    before: z.string(),
    why: z.string(),
  }),
  z.object({
    kind: z.literal('create-user'),
    name: text,
    path: text,
    arn: text,
    boundary: text.nullable(),
    tags,
    why: z.string(),
  }),
  z.object({
    kind: z.literal('set-boundary'),
    of: principal,
    arn: text,
    boundary: text,
    before: text.nullable(),
    why: z.string(),
  }),
  z.object({ kind: z.literal('attach-policy'), to: principal, arn: text, policy: text, why: z.string() }),
  z.object({ kind: z.literal('delete-access-key'), user: text, arn: text, keyId: text, why: z.string() }),
  z.object({
    kind: z.literal('create-access-key'),
    user: text,
    arn: text,
    keysBefore: z.array(text),
    why: z.string(),
  }),
])
const madeInAws: z.ZodType<MadeChange> = z.object({
  index: z.int().min(0),
  change: awsChange,
  certain: z.boolean(),
  versionId: text.nullable(),
  keyId: text.nullable(),
})

const run = z.object({
  server: z.object({
    host: z.string().min(1),
    port,
    database: name,
    user: name,
    tls: z.enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']),
    caFile: z.string().exactOptional(),
  }),
  secret: secretAnswerSchema,
  databases: z.array(name),
  grantee: name,
  units: z.array(z.object({ database: name, changes: z.array(change) })),
  granted: z
    .object({
      roles: z.array(z.object({ name, oid })),
      couldLogIn: z.boolean().nullable(),
      grants: z.array(grantedSet),
      besides: z.array(z.object({ database: name, oids: z.array(oid) })).exactOptional(),
      newest: z.array(z.object({ database: name, oid })).exactOptional(),
    })
    .nullable(),
  aws: z.object({ answers: awsAnswersSchema, made: z.array(madeInAws) }).exactOptional(),
  hba: z
    .object({
      path: z.string().min(1),
      ownPath: z.string().min(1).nullable(),
      login: name,
      lines: z.array(z.string()),
      backup: z.string().min(1),
      former: z
        .object({
          block: z.array(z.string()).min(1),
          own: z.object({ path: z.string().min(1), text: z.string() }).nullable(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  listen: z.object({ value: z.string().min(1), former: z.string().nullable() }).exactOptional(),
})

const receiptSchema: z.ZodType<UndoableReceipt> = z.object({
  finishedAt: z.string(),
  tool: z.object({ id: z.string(), name: z.string() }),
  endpoint: z.object({ host: z.string(), port }),
  login: name,
  run,
})
