// As a namespace: so the bundle leaves out the languages that nothing asks for.
import * as z from 'zod'
import type { Answers } from './answers.ts'
import { awsAnswersSchema } from './aws/answers-schema.ts'
import { parseCidr } from './cidr.ts'
import { type ObjectKind, objectNameProblem, printable, roleNameProblem } from './identifier.ts'
import { jsonFault } from './json-fault.ts'
import type { Problem } from './problem.ts'
import { secretAnswerSchema } from './secret-answer-schema.ts'

/** Either the answers, or everything that is wrong with the document, each with its path. */
export type ParsedAnswers =
  | { readonly ok: true; readonly answers: Answers }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const text = (description: string) => z.string().min(1).describe(description)
const port = z.int().min(1).max(65_535)

const named = (check: (name: string) => Problem | null, description: string) =>
  text(description).superRefine((name, context) => {
    const problem = name === '' ? null : check(name)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem.message, params: { problem } })
  })

const roleName = (description: string) => named(roleNameProblem, description)
const objectName = (what: ObjectKind, description: string) =>
  named(name => objectNameProblem(name, what), description)

const cidr = named(value => {
  const parsed = parseCidr(value)
  return parsed.ok ? null : parsed.problem
}, 'An address or a network in CIDR notation, IPv4 or IPv6, such as 203.0.113.0/28 or 2001:db8::/48.')

const unique = <T>(key: (item: T) => string) => {
  return (items: readonly T[], context: z.RefinementCtx<readonly T[]>) => {
    const seen = new Set<string>()
    items.forEach((item, index) => {
      const name = key(item)
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `${printable(JSON.stringify(name))} is here twice.`,
          params: {
            problem: { code: 'duplicate', message: `${printable(JSON.stringify(name))} is here twice.` },
          },
        })
      }
      seen.add(name)
    })
  }
}
const names = (name: z.ZodType<string>) => z.array(name).superRefine(unique<string>(each => each))

const server = z
  .strictObject({
    host: text('A host name, an address, or the folder of a Unix socket (begins with /).'),
    port: port.describe('Its port.'),
    database: objectName('database', 'The database to connect to first.'),
    user: objectName('role', 'The administrator who makes the roles and grants.'),
    tls: z
      .enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])
      .describe("As libpq's sslmode (PostgreSQL manual, 32.19.1)."),
    caFile: text('A file with the certificate authority, for verify-ca and verify-full.').optional(),
  })
  .describe(
    'How the administrator reaches the server. No password: it is asked for, or found where libpq finds it.',
  )

const endpoint = z
  .strictObject({
    host: text("The server's name or address as the tool's own network reaches it.").superRefine(
      (host, context) => {
        if (!/[\s/]/.test(host)) return
        const message = host.startsWith('/')
          ? 'A socket folder is of no use to a tool on another machine.'
          : 'This is no host name: it has a space or a slash.'
        context.addIssue({ code: 'custom', message, params: { problem: { code: 'endpoint', message } } })
      },
    ),
    port: port.describe('The port there.'),
  })
  .describe('Where the tool will find the server.')

const authentication = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('password') }),
    z.strictObject({ method: z.literal('aws-iam'), aws: awsAnswersSchema }),
  ])
  .describe('How the tool logs in: with a password, or with tokens of IAM database authentication on RDS.')

const roles = z
  .discriminatedUnion('layout', [
    z.strictObject({
      layout: z.literal('group-and-login'),
      group: roleName('The group role that holds the privileges.'),
      login: roleName('The login that is a member of it.'),
    }),
    z.strictObject({ layout: z.literal('login'), login: roleName('The login, which holds the privileges.') }),
  ])
  .describe('Privileges on a group role that the login is a member of, or on the login itself.')

const limits = z
  .strictObject({
    connectionLimit: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .nullable()
      .describe('CONNECTION LIMIT; null for no limit.'),
    validUntil: z.iso
      .datetime({ offset: true })
      .nullable()
      .describe('VALID UNTIL, an ISO 8601 instant such as 2027-06-30T23:59:59Z; null for no end.'),
    statementTimeout: z
      .int()
      .min(1)
      .max(2_147_483)
      .nullable()
      .describe('statement_timeout in whole seconds; null for none.'),
    readOnly: z.boolean().describe('default_transaction_read_only for the login.'),
  })
  .describe("Limits of the login: ours, not the vendor's.")

const patterns = z.array(text('A pattern for the whole name: * is any characters, ? is one, \\ escapes.'))
const relationRule = z
  .strictObject({
    include: patterns.min(1).describe('A relation is chosen where one of these fits; ["*"] for all.'),
    except: patterns.describe('And none of these.'),
    ignoreCase: z.literal(true).optional().describe('Capital letters are as good as small ones.'),
  })
  .describe('Chooses relations by their names each time a plan is made, also those that were made since.')

const schema = z.strictObject({
  name: objectName('schema', 'Its name, as it is: no quotes.'),
  relations: names(objectName('relation', 'A name, as it is: no quotes.')).describe(
    'Tables, views, materialized views and foreign tables, without the schema: besides those of the rule.',
  ),
  rule: relationRule.optional(),
  laterTablesOf: names(objectName('role', 'A role that makes tables.')).describe(
    'Roles whose later tables in this schema the tool shall see too (default privileges).',
  ),
})

const database = z.strictObject({
  name: objectName('database', 'Its name, as it is: no quotes.'),
  schemas: z
    .array(schema)
    .superRefine(unique<z.infer<typeof schema>>(each => each.name))
    .describe('The schemas that the tool shall see.'),
})

const hbaApply = z
  .enum(['print', 'write', 'include'])
  .describe(
    'What is done with the lines for pg_hba.conf: print them (when left out), write them into it, or write them into a file of their own that it includes (PostgreSQL 16 and later). To write takes a superuser.',
  )
  .optional()

const everybody = z
  .literal(true)
  .describe('true agrees to a network of all addresses (0.0.0.0/0, ::/0), which is refused without it.')
  .optional()

const listen = z
  .string()
  .regex(/^[0-9A-Za-z.:,* ]+$/)
  .describe(
    "What listen_addresses is set to by ALTER SYSTEM, as a superuser: '*', or the server's own addresses with commas. It waits for a restart, which is never done here. Left alone when left out.",
  )
  .optional()

const network = z
  .discriminatedUnion('from', [
    z.strictObject({ from: z.literal('not-known-yet') }),
    z.strictObject({
      from: z.literal('vendor'),
      cidrs: z.array(cidr).min(1).describe("Networks of the vendor's list."),
      everybody,
      apply: hbaApply,
      listen,
    }),
    z.strictObject({
      from: z.literal('typed'),
      cidrs: z.array(cidr).min(1).describe('Networks typed in.'),
      everybody,
      apply: hbaApply,
      listen,
    }),
  ])
  .describe('Where the tool comes from; not-known-yet leads to a support ticket.')

/** The document of answers, strict: an unknown key is a fault. */
export const answersSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The schema that editors check this document with.'),
    version: z.literal(1).describe('Of this format.'),
    tool: text('The id of the tool, as `pg-usher connectors` lists them.'),
    server,
    endpoint,
    authentication,
    roles,
    replacePassword: z
      .boolean()
      .describe('true allows to replace the password of an existing login, which breaks what uses it now.'),
    sendPlainPassword: z
      .boolean()
      .optional()
      .describe(
        'true allows to send the password itself, where a policy of the server refuses its SCRAM verifier.',
      ),
    limits,
    access: z
      .enum(['read', 'metadata', 'usage'])
      .describe(
        'read: rows. metadata: names, columns and keys without rows. usage: USAGE on the schemas alone.',
      ),
    databases: z
      .array(database)
      .min(1)
      .superRefine(unique<z.infer<typeof database>>(each => each.name))
      .describe('The databases that the tool shall see.'),
    network,
    secret: secretAnswerSchema,
  })
  .describe('The answers that pg-usher makes a plan from. It never holds a secret.')

/** Checks a document that came from outside, and writes its networks in one way. */
export function parseAnswers(json: unknown): ParsedAnswers {
  const parsed = answersSchema.safeParse(json)
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) }
  const answers = parsed.data
  if (answers.network.from === 'not-known-yet') return { ok: true, answers }
  const cidrs = answers.network.cidrs.map(each => {
    const normal = parseCidr(each)
    return normal.ok ? normal.value : each
  })
  return { ok: true, answers: { ...answers, network: { ...answers.network, cidrs: [...new Set(cidrs)] } } }
}

/** Of a document that may be no whole one, the parts that are right by themselves. */
export function partOfAnswers(json: unknown): Partial<Answers> {
  if (typeof json !== 'object' || json === null) return {}
  const parsed = answersSchema.partial().safeParse(json)
  if (parsed.success) return withoutUndefined(parsed.data)
  const wrong = new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))
  const right = Object.entries(json).filter(([key]) => key in answersSchema.shape && !wrong.has(key))
  const again = answersSchema.partial().safeParse(Object.fromEntries(right))
  return again.success ? withoutUndefined(again.data) : {}
}

function withoutUndefined<T extends object>(parts: T): { [Part in keyof T]?: Exclude<T[Part], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    [Part in keyof T]?: Exclude<T[Part], undefined>
  }
}

/** Reads and checks the text of an answers file. What is not JSON is told with line and column. */
export function answersFromText(text: string): ParsedAnswers {
  const withoutMark = text.replace(/^\ufeff/, '')
  const fault = jsonFault(withoutMark)
  if (fault === null) return parseAnswers(JSON.parse(withoutMark))
  const empty = withoutMark.trim() === ''
  return {
    ok: false,
    problems: [
      {
        code: 'answers-not-json',
        message: empty
          ? 'The answers are empty.'
          : `The answers are not JSON from line ${fault.line}, column ${fault.column} on.`,
        next: empty
          ? 'The wizard saves a complete answers file.'
          : 'Look there for a missing quote or comma, a comma before a closing bracket, or a comment.',
      },
    ],
  }
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = pathOf(issue.path)
  if (issue.code === 'custom' && isProblem(issue.params?.['problem'])) {
    return [{ ...issue.params['problem'], path }]
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      code: 'unknown-key',
      message: `There is no ${printable(JSON.stringify(key))} in ${path === '' ? 'the answers' : path}.`,
      next: /pass(word)?$|secret/i.test(key)
        ? 'A secret never stands in the answers. Take it out.'
        : 'Take it out, or see schema/answers.schema.json for how it is called.',
      path: path === '' ? pathOf([key]) : `${path}${pathOf([key], '.')}`,
    }))
  }
  return [
    {
      code: `answers-${issue.code.replaceAll('_', '-')}`,
      message: `${path === '' ? 'The document' : path}: ${words(issue)}.`,
      path,
    },
  ]
}

function words(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `this has to be ${article(issue.expected)}${issue.message.endsWith('received undefined') ? ', and is missing' : ''}`
    case 'invalid_value':
      return `one of ${issue.values.map(value => JSON.stringify(value)).join(', ')} is wanted here`
    case 'invalid_union':
      return `one of ${options(issue)
        .map(value => JSON.stringify(value))
        .join(', ')} is wanted here`
    case 'too_small':
      return issue.origin === 'string'
        ? 'this is empty'
        : issue.origin === 'array'
          ? `at least ${issue.minimum} is needed`
          : `this has to be at least ${issue.minimum}`
    case 'too_big':
      return `this may be at most ${issue.maximum}`
    case 'invalid_format':
      return 'this has to be a date and time such as 2027-06-30T23:59:59Z'
    default:
      return issue.message
  }
}

function options(issue: z.core.$ZodIssueInvalidUnion): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : []
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text in quotes',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list in [ ]',
    object: 'an object in { }',
  }
  return words[type] ?? type
}

function pathOf(path: readonly PropertyKey[], first = ''): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const key = String(part)
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${printable(JSON.stringify(key))}]`
      return `${index === 0 ? first : '.'}${key}`
    })
    .join('')
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

/** The schema of an answers file for editors and other programs (JSON Schema, draft 2020-12). */
export function answersJsonSchema(): object {
  return { title: 'Answers of pg-usher', ...z.toJSONSchema(answersSchema, { io: 'input' }) }
}
