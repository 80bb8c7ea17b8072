import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedCall, Service } from '../../../src/demo/aws/stand-in.ts'
import type { Xml } from '../../../src/demo/aws/xml.ts'
import { isCi } from '../requires.ts'

// The service models that AWS's own clients are made from, as botocore ships them (Debian: python3-botocore).
const folder = '/usr/lib/python3/dist-packages/botocore/data'
const files: Readonly<Record<Service, string>> = {
  iam: 'iam/2010-05-08/service-2.json',
  rds: 'rds/2014-10-31/service-2.json',
  sts: 'sts/2011-06-15/service-2.json',
}

interface ServiceModel {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly input?: { readonly shape: string }
        readonly output?: { readonly shape: string; readonly resultWrapper?: string }
        readonly errors?: readonly { readonly shape: string }[]
      }
    >
  >
  readonly shapes: Readonly<Record<string, Shape>>
}

interface Shape {
  readonly type: string
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly locationName?: string }>>
  readonly member?: { readonly shape: string; readonly locationName?: string }
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
  readonly enum?: readonly string[]
  readonly error?: { readonly code: string; readonly httpStatusCode: number }
}

/** Errors that every action of the Query APIs may give (API References, "Common Errors"); status as documented there. */
const commonErrors: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  InvalidClientTokenId: 403,
  Throttling: 400,
  ServiceUnavailable: 503,
  ValidationError: 400,
}

/** Whether the models are on this machine. */
export const hasServiceModels = Object.values(files).every(file => existsSync(join(folder, file)))

/**
 * What in these calls is not as the service models have it: parameters that there are not, that lack, or break a
 * pattern, a length or an enumeration; answers with members that there are not, or of another type; errors that the
 * action does not give. Nothing where the models are not on this machine; in CI they have to be.
 */
export function breachesOf(calls: readonly RecordedCall[]): readonly string[] {
  if (!hasServiceModels && !isCi()) return []
  return calls.flatMap(call => {
    const model = modelOf(call.service)
    const operation = model.operations[call.action]
    if (operation === undefined) return [`${call.service} has no ${call.action}`]
    const breaches = [
      ...parameterBreaches(model, operation.input?.shape, call),
      ...(call.error === undefined ? [] : errorBreaches(model, operation, call.error)),
      ...(call.result === undefined
        ? []
        : valueBreaches(model, operation.output?.shape, call.result, 'Result')),
    ]
    return breaches.map(each => `${call.action}: ${each}`)
  })
}

const models = new Map<Service, ServiceModel>()

function modelOf(service: Service): ServiceModel {
  const known = models.get(service)
  if (known !== undefined) return known
  const model = JSON.parse(readFileSync(join(folder, files[service]), 'utf8')) as ServiceModel
  models.set(service, model)
  return model
}

function parameterBreaches(
  model: ServiceModel,
  inputShape: string | undefined,
  { parameters }: RecordedCall,
): readonly string[] {
  const given = [...parameters].filter(([name]) => name !== 'Action' && name !== 'Version')
  const breaches = given.flatMap(([name, value]) => {
    const shape = shapeAt(model, inputShape, name.split('.'))
    return shape === null
      ? [`${name} is no parameter`]
      : scalarBreaches(shape, value).map(each => `${name} ${each}`)
  })
  const required = inputShape === undefined ? [] : (model.shapes[inputShape]?.required ?? [])
  const missing = required.filter(
    name => !given.some(([each]) => each === name || each.startsWith(`${name}.`)),
  )
  return [...breaches, ...missing.map(name => `${name} is missing`)]
}

/** The scalar that a flat name such as `Tags.member.1.Key` means; null where there is none. */
function shapeAt(model: ServiceModel, name: string | undefined, path: readonly string[]): Shape | null {
  const shape = name === undefined ? undefined : model.shapes[name]
  if (shape === undefined) return null
  const [first, second, ...rest] = path
  if (first === undefined) return shape.type === 'structure' || shape.type === 'list' ? null : shape
  if (shape.type === 'structure') return shapeAt(model, shape.members?.[first]?.shape, path.slice(1))
  const item = shape.member?.locationName ?? 'member'
  if (shape.type !== 'list' || first !== item || !/^[1-9]\d*$/.test(second ?? '')) return null
  return shapeAt(model, shape.member?.shape, rest)
}

function valueBreaches(
  model: ServiceModel,
  name: string | undefined,
  value: Xml,
  at: string,
): readonly string[] {
  if (value === null || value === undefined) return []
  const shape = name === undefined ? undefined : model.shapes[name]
  if (shape === undefined) return [`${at} is not in the answer`]
  if (shape.type === 'list') {
    if (typeof value !== 'object' || !('items' in value) || !Array.isArray(value.items))
      return [`${at} is a list`]
    const item = shape.member?.locationName ?? 'member'
    return [
      ...(value.item === item ? [] : [`${at} has items called ${item}, not ${String(value.item)}`]),
      ...value.items.flatMap((each: Xml, index) =>
        valueBreaches(model, shape.member?.shape, each, `${at}[${index}]`),
      ),
    ]
  }
  if (shape.type === 'structure') {
    if (typeof value !== 'object') return [`${at} has parts`]
    const given = Object.entries(value)
    const members = new Map(
      Object.entries(shape.members ?? {}).map(([key, member]) => [member.locationName ?? key, member.shape]),
    )
    const missing = (shape.required ?? []).filter(key => value[key as keyof typeof value] === undefined)
    return [
      ...missing.map(key => `${at} lacks ${key}`),
      ...given.flatMap(([key, each]) =>
        members.has(key)
          ? valueBreaches(model, members.get(key), each as Xml, `${at}.${key}`)
          : [`${at} has no ${key}`],
      ),
    ]
  }
  return scalarBreaches(shape, String(value)).map(each => `${at} ${each}`)
}

function scalarBreaches(shape: Shape, text: string): readonly string[] {
  switch (shape.type) {
    case 'boolean':
      return text === 'true' || text === 'false' ? [] : [`is no boolean: ${text}`]
    case 'integer':
    case 'long':
      return /^-?\d+$/.test(text) ? [] : [`is no number: ${text}`]
    case 'timestamp':
      return Number.isNaN(Date.parse(text)) ? [`is no instant: ${text}`] : []
    case 'string':
      return [
        ...(shape.min !== undefined && text.length < shape.min
          ? [`is shorter than ${shape.min}: ${text}`]
          : []),
        ...(shape.max !== undefined && text.length > shape.max
          ? [`is longer than ${shape.max}: ${text}`]
          : []),
        ...(shape.enum !== undefined && !shape.enum.includes(text) ? [`is none of its values: ${text}`] : []),
        ...(shape.pattern !== undefined && !patternOf(shape.pattern).test(text)
          ? [`does not match ${shape.pattern}: ${text}`]
          : []),
      ]
    default:
      return [`is of a type that is not known here: ${shape.type}`]
  }
}

const patterns = new Map<string, RegExp>()

/** The models have patterns of Java: \p{L} as in JavaScript with the flag u, which wants fewer backslashes. */
function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? compiled(pattern)
  patterns.set(pattern, known)
  return known
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch {
    return new RegExp(`^(?:${pattern})$`)
  }
}

function errorBreaches(
  model: ServiceModel,
  operation: ServiceModel['operations'][string],
  { code, status }: { readonly code: string; readonly status: number },
): readonly string[] {
  const known = (operation.errors ?? []).flatMap(({ shape }) => model.shapes[shape]?.error ?? [])
  const own = known.find(each => each.code === code)
  const wanted = own?.httpStatusCode ?? commonErrors[code]
  if (wanted === undefined) return [`does not give the error ${code}`]
  return wanted === status ? [] : [`gives ${code} with ${wanted}, not ${status}`]
}
