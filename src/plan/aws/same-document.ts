import type { PolicyDocument } from '../../model/aws/policy.ts'

/**
 * Whether two policies say the same, however they are written: IAM gives a principal back as another text than it
 * got, and a person may have formatted one in the console. Sid is a name and no rule.
 * @param texts JSON; what is no JSON is the same as nothing
 */
export function sameDocument(one: string | PolicyDocument, other: string | PolicyDocument): boolean {
  const [left, right] = [normalised(one), normalised(other)]
  return left !== null && left === right
}

/** Principals of Allow statements as IAM shows them when their role or user was deleted: an id, no ARN. */
export function deletedPrincipals(trust: string): readonly string[] {
  return statementsOf(parsed(trust))
    .filter(statement => statement['Effect'] === 'Allow')
    .flatMap(statement => (isRecord(statement['Principal']) ? listOf(statement['Principal']['AWS']) : []))
    .filter(principal => /^A(?:ROA|IDA)[A-Z0-9]+$/.test(principal))
}

/** Whether any statement of the trust policy allows something. */
export function letsSomebodyIn(trust: string): boolean {
  return statementsOf(parsed(trust)).some(statement => statement['Effect'] === 'Allow')
}

function normalised(document: string | PolicyDocument): string | null {
  const json = typeof document === 'string' ? parsed(document) : document
  if (!isRecord(json)) return null
  // Left out, it is the old version of the language, where variables are plain text.
  const version = json['Version'] ?? '2008-10-17'
  const statements = statementsOf(json).map(statement => JSON.stringify(normalStatement(statement)))
  return JSON.stringify([version, [...new Set(statements)].toSorted()])
}

function statementsOf(json: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!isRecord(json)) return []
  const { Statement: statement } = json
  return (Array.isArray(statement) ? statement : [statement]).filter(isRecord)
}

function normalStatement(statement: Readonly<Record<string, unknown>>): unknown {
  return sortedEntries(statement)
    .filter(([key]) => key !== 'Sid')
    .map(([key, value]) => [key, normalElement(key, value)])
}

function normalElement(key: string, value: unknown): unknown {
  switch (key) {
    case 'Action':
    case 'NotAction':
      // Names of actions are compared without regard to case.
      return unique(listOf(value).map(each => each.toLowerCase()))
    case 'Resource':
    case 'NotResource':
      return unique(listOf(value))
    case 'Principal':
    case 'NotPrincipal':
      return normalPrincipal(value)
    case 'Condition':
      return normalCondition(value)
    default:
      return value
  }
}

function normalPrincipal(value: unknown): unknown {
  // Both say everybody (IAM User Guide, "AWS JSON policy elements: Principal").
  if (value === '*') return [['AWS', ['*']]]
  if (!isRecord(value)) return value
  return sortedEntries(value).map(([kind, names]) => [
    kind,
    unique(listOf(names).map(name => (kind === 'AWS' ? accountName(name) : name))),
  ])
}

/** An account is its twelve digits or the ARN of its root. */
function accountName(principal: string): string {
  return /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal
}

function normalCondition(value: unknown): unknown {
  if (!isRecord(value)) return value
  return sortedEntries(value).map(([operator, keys]) => [
    operator.toLowerCase(),
    isRecord(keys)
      ? sortedEntries(keys).map(([key, values]) => [key.toLowerCase(), unique(listOf(values))])
      : keys,
  ])
}

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String)
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted()
}

function sortedEntries(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
