/** One entry of an access control list: what one grantor gave one grantee. */
export interface AclItem {
  /** null is PUBLIC; a role may well be called "PUBLIC" or be empty of meaning, so PUBLIC is no text. */
  readonly grantee: string | null
  readonly grantor: string
  readonly privileges: ReadonlySet<AclPrivilege>
  /** The privileges that the grantee may grant on (`*`). */
  readonly grantable: ReadonlySet<AclPrivilege>
}

export type AclPrivilege = (typeof letters)[keyof typeof letters]

/** The kinds of object whose privileges a plan looks at. */
export type AclObject = 'relation' | 'schema' | 'database'

// PostgreSQL manual, table 5.1 (18): ACL privilege abbreviations.
const letters = {
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE',
  D: 'TRUNCATE',
  x: 'REFERENCES',
  t: 'TRIGGER',
  C: 'CREATE',
  c: 'CONNECT',
  T: 'TEMPORARY',
  X: 'EXECUTE',
  U: 'USAGE',
  s: 'SET',
  A: 'ALTER SYSTEM',
  m: 'MAINTAIN',
} as const

/**
 * The items of an aclitem[] as PostgreSQL prints it, such as `{=Tc/postgres,"\"a b\"=r* /postgres"}`.
 * @throws SyntaxError when the text is none
 */
export function parseAcl(text: string): AclItem[] {
  return arrayElements(text).map(parseItem)
}

/**
 * The items that hold for an object: its own, or where it has none (null) the server's default
 * (acldefault): the owner everything; PUBLIC CONNECT and TEMPORARY on a database.
 */
export function aclItems(acl: string | null, object: { type: AclObject; owner: string }): readonly AclItem[] {
  return acl === null ? defaults(object.type, object.owner) : parsedOnce(acl)
}

/** Whether the grantee itself, by name, was given the privilege: not through PUBLIC, not through a role. */
export function grants(
  acl: string | null,
  wanted: { type: AclObject; owner: string; grantee: string; privilege: AclPrivilege },
): boolean {
  return aclItems(acl, wanted).some(
    item => item.grantee === wanted.grantee && item.privileges.has(wanted.privilege),
  )
}

/** What everybody has through PUBLIC, in the order of the manual. */
export function publicGrants(acl: string | null, object: { type: AclObject; owner: string }): AclPrivilege[] {
  const held = aclItems(acl, object).filter(item => item.grantee === null)
  return Object.values(letters).filter(privilege => held.some(item => item.privileges.has(privilege)))
}

// A hundred thousand tables have a handful of different lists.
const parsed = new Map<string, readonly AclItem[]>()
const mostParsed = 1000

function parsedOnce(acl: string): readonly AclItem[] {
  const known = parsed.get(acl)
  if (known !== undefined) return known
  const items = parseAcl(acl)
  if (parsed.size >= mostParsed) parsed.clear()
  parsed.set(acl, items)
  return items
}

const ownersAll: Readonly<Record<AclObject, readonly AclPrivilege[]>> = {
  relation: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  schema: ['USAGE', 'CREATE'],
  database: ['CREATE', 'TEMPORARY', 'CONNECT'],
}

const defaultsOf = new Map<string, readonly AclItem[]>()

function defaults(type: AclObject, owner: string): readonly AclItem[] {
  const key = `${type} ${owner}`
  const known = defaultsOf.get(key) ?? makeDefaults(type, owner)
  if (defaultsOf.size >= mostParsed) defaultsOf.clear()
  defaultsOf.set(key, known)
  return known
}

function makeDefaults(type: AclObject, owner: string): readonly AclItem[] {
  const none: ReadonlySet<AclPrivilege> = new Set()
  const items: AclItem[] = [
    { grantee: owner, grantor: owner, privileges: new Set(ownersAll[type]), grantable: none },
  ]
  if (type === 'database') {
    items.unshift({
      grantee: null,
      grantor: owner,
      privileges: new Set(['TEMPORARY', 'CONNECT']),
      grantable: none,
    })
  }
  return items
}

// The text form of a one-dimensional array (manual, 8.15.6): elements in quotes have backslash escapes.
function arrayElements(text: string): string[] {
  if (!text.startsWith('{') || !text.endsWith('}')) throw new SyntaxError(`not an aclitem[]: ${text}`)
  const elements: string[] = []
  let at = 1
  const end = text.length - 1
  while (at < end) {
    let element = ''
    if (text[at] === '"') {
      at += 1
      while (text[at] !== '"') {
        if (at >= end) throw new SyntaxError(`not an aclitem[]: ${text}`)
        if (text[at] === '\\') at += 1
        element += text[at]
        at += 1
      }
      at += 1
    } else {
      while (at < end && text[at] !== ',') {
        element += text[at]
        at += 1
      }
    }
    elements.push(element)
    if (at < end && text[at] !== ',') throw new SyntaxError(`not an aclitem[]: ${text}`)
    at += 1
  }
  return elements
}

// grantee=privileges/grantor; a name is in quotes, doubled inside, when it is more than letters, digits, _.
function parseItem(item: string): AclItem {
  const [grantee, afterGrantee] = readName(item, 0)
  if (item[afterGrantee] !== '=') throw new SyntaxError(`not an aclitem: ${item}`)
  const privileges = new Set<AclPrivilege>()
  const grantable = new Set<AclPrivilege>()
  let at = afterGrantee + 1
  let last: AclPrivilege | undefined
  for (; at < item.length && item[at] !== '/'; at += 1) {
    const character = item[at] ?? ''
    if (character === '*' && last !== undefined) {
      grantable.add(last)
      continue
    }
    last = isLetter(character) ? letters[character] : undefined
    // A letter of a later version gives a privilege that no plan asks about.
    if (last !== undefined) privileges.add(last)
  }
  const [grantor] = item[at] === '/' ? readName(item, at + 1) : ['']
  return { grantee: grantee === '' ? null : grantee, grantor, privileges, grantable }
}

function isLetter(character: string): character is keyof typeof letters {
  return Object.hasOwn(letters, character)
}

function readName(item: string, start: number): [name: string, next: number] {
  let name = ''
  let at = start
  let quoted = false
  for (; at < item.length; at += 1) {
    const character = item[at] ?? ''
    if (character === '"') {
      if (quoted && item[at + 1] === '"') {
        name += '"'
        at += 1
      } else quoted = !quoted
      continue
    }
    if (!quoted && (character === '=' || character === '/')) break
    name += character
  }
  return [name, at]
}
