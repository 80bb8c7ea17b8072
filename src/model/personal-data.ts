import {
  commentDenies,
  commentRules,
  gluedHeads,
  measures,
  type NameRule,
  nameRules,
  neutralTail,
  type PersonalDataCategory,
  type TypeFamily,
} from './personal-data-rules.ts'

/** A column that looks like personal data, and by which rule. */
export interface PersonalDataMark {
  readonly column: string
  readonly category: PersonalDataCategory
  /** The rule in words, such as `its name says an e-mail address`. */
  readonly because: string
}

/** What the rules look at. */
export interface ColumnFacts {
  readonly name: string
  /** As format_type gives it, such as `character varying`. */
  readonly type: string
  readonly comment: string | null
}

/**
 * Marks the columns of one relation that look like personal data, by name, type and comment
 * (personal-data-rules.ts). They are hints: a column without a mark may be personal all the same. A few
 * names, such as `name` and `age`, count only beside others that make the relation one about people.
 */
export function markPersonalData(columns: readonly ColumnFacts[]): PersonalDataMark[] {
  const first = columns.map(column => markOf(column, false))
  const people = aboutPeople(first.flatMap(mark => (mark === null ? [] : [mark.category])))
  return columns.flatMap((column, index) => {
    const mark = first[index] ?? (people ? markOf(column, true) : null)
    return mark === null ? [] : [mark]
  })
}

/**
 * Whether a column of this name and type is marked in some relation, whatever its comment: all others can be
 * left out when a relation is looked at.
 */
export function mayBePersonalData(column: Pick<ColumnFacts, 'name' | 'type'>): boolean {
  const bare = { ...column, comment: null }
  return markOf(bare, false) !== null || markOf(bare, true) !== null
}

// One of these is about a person; an e-mail address or a telephone number may be a company's, so they count
// as one only together with another.
const personal: ReadonlySet<PersonalDataCategory> = new Set([
  'name',
  'birth',
  'identity number',
  'personal trait',
  'health',
  'income',
])
const contact: ReadonlySet<PersonalDataCategory> = new Set(['e-mail', 'phone', 'credential', 'account'])

function aboutPeople(categories: readonly PersonalDataCategory[]): boolean {
  return (
    categories.some(category => personal.has(category)) ||
    (categories.includes('e-mail') &&
      categories.some(each => each !== 'e-mail' && each !== 'phone' && contact.has(each)))
  )
}

function markOf(column: ColumnFacts, besidePeople: boolean): PersonalDataMark | null {
  const family = familyOf(column.type)
  const words = wordsOf(column.name)
  const rule = remembered(`${besidePeople ? 1 : 0} ${family} ${words.join('_')}`, () =>
    ruleOf(words, family, besidePeople),
  )
  if (rule !== null)
    return { column: column.name, category: rule.category, because: `its name says ${rule.says}` }
  if (besidePeople) return null
  if (
    family === 'network' &&
    !/^(macaddr|cidr)/.test(column.type) &&
    !words.some(word => infrastructure.has(word))
  ) {
    return { column: column.name, category: 'device or network', because: `its type is ${column.type}` }
  }
  return commentMark(column, family)
}

function ruleOf(words: readonly string[], family: TypeFamily, besidePeople: boolean): NameRule | null {
  const found = rules.find(
    ({ rule, pattern }) =>
      (rule.besidePeople ?? false) === besidePeople &&
      rule.types.includes(family) &&
      fits(pattern, rule, words),
  )
  return found?.rule ?? null
}

// Large catalogues have the same names over and over: a million columns are then a few thousand questions.
const memory = new Map<string, NameRule | null>()
const mostRemembered = 20_000

function remembered(key: string, ask: () => NameRule | null): NameRule | null {
  const known = memory.get(key)
  if (known !== undefined) return known
  const answer = ask()
  if (memory.size >= mostRemembered) memory.clear()
  memory.set(key, answer)
  return answer
}

function commentMark(column: ColumnFacts, family: TypeFamily): PersonalDataMark | null {
  if (column.comment === null) return null
  const comment = plain(column.comment)
  if (commentDenies.test(comment)) return null
  const rule = commentRules.find(each => each.types.includes(family) && each.pattern.test(comment))
  if (rule === undefined) return null
  return { column: column.name, category: rule.category, because: `its comment says ${rule.says}` }
}

const infrastructure: ReadonlySet<string> = new Set(
  'server host gateway router node cluster listen bind dns subnet network netmask switch pool range'.split(
    ' ',
  ),
)

const rules: readonly { rule: NameRule; pattern: RegExp }[] = nameRules.map(rule => ({
  rule,
  pattern: patternOf(rule.phrases),
}))

// The longest phrase first, so that `card last4` is not read as `card` with something after it.
function patternOf(phrases: readonly string[]): RegExp {
  const tail = [...neutralTail, '\\d{1,2}'].join('|')
  const longestFirst = phrases.toSorted((a, b) => b.length - a.length)
  const alternatives = longestFirst.map(phrase => phrase.replaceAll(' ', '_?')).join('|')
  return new RegExp(
    `^(?<head>.*_)??(?:${gluedHeads.join('|')})?(?:${alternatives})(?:address|addr|number|no)?(?:_(?:${tail}))*$`,
  )
}

function fits(pattern: RegExp, rule: NameRule, words: readonly string[]): boolean {
  const found = pattern.exec(words.join('_'))
  if (found === null) return false
  const before = (found.groups?.['head'] ?? '').split('_').filter(word => word !== '')
  return (
    !before.some(word => measures.has(word) || rule.notAfter?.includes(word)) &&
    (!rule.besidePeople || before.every(word => gluedHeads.includes(word)))
  )
}

/** The words of a name: `customerEMail2`, `CUSTOMER_E-MAIL` and `customer e mail` are taken apart alike. */
function wordsOf(name: string): string[] {
  return plain(
    name
      .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
      .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1_$2')
      .replace(/e_mail/gi, 'email'),
  )
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap(word => word.match(/^(?:ipv4|ipv6|last4|icd10|sha256|md5)$|\p{L}+|\p{N}+/gu) ?? [])
}

// Lower case, without accents.
function plain(value: string): string {
  return value.toLowerCase().replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '')
}

/** What a type holds, from its name as format_type gives it; a domain or an enum of one's own is `other`. */
function familyOf(type: string): TypeFamily {
  const base = type
    .toLowerCase()
    .replace(/\[\]$/, '')
    .replace(/\(.*\)/, '')
    .trim()
  if (/^(text|character( varying)?|varchar|char|citext|name|bpchar|json|jsonb|xml|"char")$/.test(base))
    return 'text'
  if (
    /^(smallint|integer|bigint|int[248]?|numeric|decimal|real|double precision|money|float[48]?|oid)$/.test(
      base,
    )
  )
    return 'number'
  if (/^(date|time|timestamp|interval)\b/.test(base)) return 'date'
  if (base === 'boolean' || base === 'bool') return 'boolean'
  if (/^(inet|cidr|macaddr8?)$/.test(base)) return 'network'
  if (/^(point|geometry|geography|box|polygon|path|circle|line|lseg)$/.test(base)) return 'geometry'
  if (base === 'bytea') return 'binary'
  // No rule looks into these.
  if (/^(uuid|tsvector|tsquery|bit|bit varying|int\d?range|numrange|tsrange|tstzrange|daterange)$/.test(base))
    return 'other'
  return 'other'
}
