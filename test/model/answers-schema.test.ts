import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Answers } from '../../src/model/answers.ts'
import {
  answersFromText,
  answersJsonSchema,
  type answersSchema,
  parseAnswers,
} from '../../src/model/answers-schema.ts'
import { hostileNames, hostileRoleNames } from '../support/hostile-names.ts'
import { shopAnswers } from '../support/shop-answers.ts'

// The schema and the type that the program works with are one; else these lines do not compile.
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T
const toSchema = (answers: Mutable<Answers>): z.infer<typeof answersSchema> => answers
const toType = (parsed: z.infer<typeof answersSchema>): Mutable<Answers> => parsed

/** The answers with one place changed, by its path. */
function changed(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(shopAnswers))
  const keys = path.match(/[^.[\]]+/g) ?? []
  const last = keys.pop() ?? ''
  let place = copy
  for (const key of keys) place = place[key]
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy
}

function faults(json: unknown): [path: string | undefined, code: string][] {
  const parsed = parseAnswers(json)
  return parsed.ok ? [] : parsed.problems.map(problem => [problem.path, problem.code])
}

describe('the document of answers', () => {
  it('takes complete answers as they are', () => {
    expect(parseAnswers(JSON.parse(JSON.stringify(shopAnswers)))).toEqual({ ok: true, answers: shopAnswers })
    expect(toType(toSchema(JSON.parse(JSON.stringify(shopAnswers))))).toEqual(shopAnswers)
  })

  it.each([
    ['version', 2, 'answers-invalid-value'],
    ['tool', '', 'answers-too-small'],
    ['tool', undefined, 'answers-invalid-type'],
    ['server.port', 0, 'answers-too-small'],
    ['server.port', 65_536, 'answers-too-big'],
    ['server.port', '5432', 'answers-invalid-type'],
    ['server.tls', 'allow', 'answers-invalid-value'],
    ['server.password', 'hunter2', 'unknown-key'],
    ['endpoint.host', '/var/run/postgresql', 'endpoint'],
    ['endpoint.host', 'two words', 'endpoint'],
    ['authentication.method', 'kerberos', 'answers-invalid-union'],
    ['roles.login', 'pg_reader', 'role-name-reserved'],
    ['roles.login', 'a'.repeat(64), 'name-too-long'],
    ['roles.group', undefined, 'answers-invalid-type'],
    ['replacePassword', 'no', 'answers-invalid-type'],
    ['limits.connectionLimit', 1.5, 'answers-invalid-type'],
    ['limits.validUntil', 'tomorrow', 'answers-invalid-format'],
    ['limits.validUntil', '2027-06-30', 'answers-invalid-format'],
    ['limits.statementTimeout', 0, 'answers-too-small'],
    ['access', 'write', 'answers-invalid-value'],
    ['databases', [], 'answers-too-small'],
    ['databases[0].name', 'nul\0', 'name-nul'],
    ['databases[0].schemas[0].relations[1]', 'album', 'duplicate'],
    ['databases[0].schemas[0].relations[1]', '', 'answers-too-small'],
    ['databases[0].schemas[0].tables', ['album'], 'unknown-key'],
    ['network', { from: 'typed', cidrs: [] }, 'answers-too-small'],
    ['secret', { store: 'passfile' }, 'answers-invalid-type'],
    ['secret.value', 'hunter2', 'unknown-key'],
  ] as const)('finds fault with %s = %j', (path, value, code) => {
    const json = changed(path, value)
    expect(faults(json).map(([, each]) => each)).toEqual([code])
    const [[where] = []] = faults(json)
    expect(where?.startsWith(path)).toBe(true)
  })

  it('names the place inside a list', () => {
    expect(
      faults(changed('network', { from: 'typed', cidrs: ['203.0.113.0/28', '203.0.113.7/28'] })),
    ).toEqual([['network.cidrs[1]', 'cidr-host-bits']])
    expect(faults({ ...shopAnswers, 'odd key': 1, databases: [] })).toEqual([
      ['databases', 'answers-too-small'],
      ['["odd key"]', 'unknown-key'],
    ])
  })

  it('tells all faults at once, in plain words', () => {
    const parsed = parseAnswers({ version: 1, tool: 'atlan', server: 'db' })
    expect(parsed.ok).toBe(false)
    const problems = parsed.ok ? [] : parsed.problems
    expect(problems.length).toBeGreaterThan(9)
    expect(problems.find(problem => problem.path === 'server')?.message).toBe(
      'server: this has to be an object in { }.',
    )
    expect(problems.find(problem => problem.path === 'limits')?.message).toBe(
      'limits: this has to be an object in { }, and is missing.',
    )
    for (const problem of problems) expect(problem.message).not.toMatch(/Invalid|expected|received/)
  })

  it('says that a secret does not belong here', () => {
    const parsed = parseAnswers(changed('password', 'hunter2'))
    const [problem] = parsed.ok ? [] : parsed.problems
    expect(problem?.next).toContain('A secret never stands in the answers')
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })

  it('writes networks in one way, each once', () => {
    const parsed = parseAnswers(
      changed('network', { from: 'typed', cidrs: ['203.0.113.7', '203.0.113.7/32', '2001:DB8:0::/48'] }),
    )
    expect(parsed.ok && parsed.answers.network).toEqual({
      from: 'typed',
      cidrs: ['203.0.113.7/32', '2001:db8::/48'],
    })
  })

  it('takes hostile names where the server does', () => {
    const json = {
      ...shopAnswers,
      databases: hostileNames.map(name => ({
        name,
        schemas: [{ name, relations: hostileNames, laterTablesOf: hostileNames }],
      })),
    }
    expect(faults(json)).toEqual([])
    for (const login of hostileRoleNames) {
      expect(faults(changed('roles', { layout: 'login', login })), login).toEqual([])
    }
  })

  it.each([null, 1, 'text', [], true])('takes %j for no answers', json => {
    expect(faults(json)).toEqual([['', 'answers-invalid-type']])
  })
})

describe('the text of an answers file', () => {
  it('is told with line and column where it is not JSON', () => {
    const parsed = answersFromText('{\n  "version": 1,\n}\n')
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ code: 'answers-not-json', message: 'The answers are not JSON from line 3, column 1 on.' }],
    })
    expect(answersFromText(' \n')).toMatchObject({ problems: [{ message: 'The answers are empty.' }] })
  })

  it('may begin with a byte order mark, as Windows editors write it', () => {
    expect(answersFromText(`\ufeff${JSON.stringify(shopAnswers)}`).ok).toBe(true)
  })
})

describe('schema/answers.schema.json', () => {
  it('is what `npm run schema` writes', async () => {
    const file = join(import.meta.dirname, '..', '..', 'schema', 'answers.schema.json')
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(answersJsonSchema())))
  })

  it('describes every field', () => {
    const undescribed: string[] = []
    const look = (path: string, schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return
      if ('properties' in schema && typeof schema.properties === 'object' && schema.properties !== null) {
        for (const [name, property] of Object.entries(schema.properties)) {
          const known = property as { description?: string; const?: unknown }
          if (known.description === undefined && known.const === undefined)
            undescribed.push(`${path}.${name}`)
          look(`${path}.${name}`, property)
        }
      }
      for (const key of ['items', 'anyOf', 'oneOf'] as const) {
        const inner = (schema as Record<string, unknown>)[key]
        for (const each of [inner].flat()) look(path, each)
      }
    }
    look('', answersJsonSchema())
    expect(undescribed).toEqual([])
  })
})
