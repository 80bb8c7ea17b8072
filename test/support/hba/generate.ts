import fc from 'fast-check'
import type { Major } from '../server.ts'

/** A pg_hba.conf with the files that it names; paths are relative to its folder. */
export interface GeneratedHba {
  readonly main: string
  readonly files: Readonly<Record<string, string>>
}

/** The names that tests make, and some that are not there. */
export const names = {
  databases: ['postgres', 'shop', 'all', 'Two words', 'ann', 'team', 'not_there'],
  users: ['ann', 'bob', 'cid', 'all', 'Two words', 'team', '+team', 'not_there'],
  groups: ['team', 'wider'],
} as const

const word = fc.constantFrom(...names.databases, ...names.users)

/** A word as some people write it. */
const written = (texts: fc.Arbitrary<string>) =>
  fc.tuple(texts, fc.integer({ min: 0, max: 5 })).map(([text, how]) => {
    const doubled = text.replaceAll('"', '""')
    if (how === 0 || /[\s,#"]/.test(text)) return `"${doubled}"`
    // A quote in the middle begins none: what stands before it is the word's beginning.
    return how === 1 && text.length > 2 ? `${text.slice(0, 2)}"${text.slice(2)}"` : text
  })

const regexes = [
  '/^a',
  '/b$',
  '/^(ann|bob)$',
  '"/^.{3}$"',
  '"/o{1,2}"',
  '/[a-c]',
  '/[^a-z_]',
  '/^(?:sh|te)',
  '/\\w+_\\w+',
  '/x*?',
  '"/\\s"',
  '/^\\+',
] as const

const lists = ['@names.list', '@"more names.list"'] as const

const column = (own: readonly string[], major: Major) => {
  const one = fc.oneof(
    { weight: 6, arbitrary: written(word) },
    { weight: 9, arbitrary: fc.constantFrom(...own) },
    { weight: 1, arbitrary: fc.constantFrom(...lists) },
    ...(major >= 16 ? [{ weight: 2, arbitrary: fc.constantFrom(...regexes) }] : []),
  )
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 3 }), fc.constantFrom(',', ', ', ',,'))
    .map(([items, comma]) => items.join(comma))
}

const octet = fc.oneof(fc.constantFrom(0, 1, 2, 64, 128, 255), fc.integer({ min: 0, max: 255 }))
const prefix = fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.integer({ min: 0, max: 32 }))
const ipv4 = fc
  .tuple(fc.constantFrom(127, 127, 127, 10, 0), octet, octet, octet)
  .map(parts => parts.join('.'))
const address = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('all', 'all', 'samehost', 'samenet', '0.0.0.0/0', '::/0'),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(ipv4, prefix).map(([ip, bits]) => `${ip}/${bits}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('127.1/8', '0x7f.0.0.1/32', '0177.0.0.0/+8', '2130706433/32') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        ipv4,
        fc.constantFrom('255.0.0.0', '255.255.0.0', '255.255.255.255', '255.0.255.0', '0.0.0.255', '255'),
      )
      .map(parts => parts.join('  ')),
  },
  { weight: 2, arbitrary: fc.constantFrom('::1/128', '::1/64', 'fe80::/10', '::1 ffff::', '2001:db8::/32') },
)

const type = fc.constantFrom('host', 'host', 'host', 'hostssl', 'hostnossl', 'hostnogssenc')
const method = fc.constantFrom(
  'trust',
  'reject',
  'md5',
  'scram-sha-256',
  'password',
  '"md5"',
  'ident',
  'ident map=x',
)
const databaseWords = ['all', 'all', 'all', 'all', 'all', 'sameuser', 'samerole', 'samegroup', 'replication']
const userWords = ['all', 'all', 'all', 'all', 'all', '+team', '+wider', '+not_there', '"+team"']

/** Lines as they are written: blanks, tabs, comments, continuations. */
const laidOut = (fields: fc.Arbitrary<readonly string[]>) =>
  fc
    .tuple(
      fields,
      fc.array(fc.constantFrom(' ', '  ', '\t', ' \\\n  ', ' \r'), { minLength: 1, maxLength: 3 }),
      end,
    )
    .map(
      ([parts, blanks, tail]) =>
        parts.map((part, index) => `${index === 0 ? '' : blanks[index % blanks.length]}${part}`).join('') +
        tail,
    )
const end = fc.constantFrom('', '', '', ' ', '\r', ' # "a comment', '#,all', ' \\\n')

const hostLine = (major: Major) =>
  laidOut(fc.tuple(type, column(databaseWords, major), column(userWords, major), address, method))
const certificateLine = (major: Major) =>
  laidOut(
    fc.tuple(
      fc.constant('hostssl'),
      column(databaseWords, major),
      column(userWords, major),
      address,
      fc.constantFrom('cert', 'md5 clientcert=verify-ca', 'trust clientcert=verify-full clientname=DN'),
    ),
  )
const localLine = (major: Major) =>
  laidOut(
    fc.tuple(
      fc.constant('local'),
      column(databaseWords, major),
      column(userWords, major),
      fc.constantFrom('trust', 'reject', 'md5', 'scram-sha-256', 'password', 'peer', 'ident'),
    ),
  )
const otherLine = fc.constantFrom(
  '',
  '   ',
  '# host all all all trust',
  '\t# "',
  ',',
  '#\\\nlocal all all trust',
)
const line = (major: Major) =>
  fc.oneof(
    { weight: 10, arbitrary: hostLine(major) },
    { weight: 1, arbitrary: localLine(major) },
    { weight: 1, arbitrary: certificateLine(major) },
    { weight: 2, arbitrary: otherLine },
  )

const listed = fc
  .array(
    fc.oneof(
      written(word),
      fc.constantFrom('all', '+team', '# nothing', 'sameuser', 'ann bob', 'a,b', '@nested.list'),
    ),
    { maxLength: 4 },
  )
  .map(lines => `${['not_there', ...lines].join('\n')}\n`)

const includes = [
  'include part.conf',
  'include_if_exists missing.conf',
  'include_dir parts',
  'include "part.conf"',
]

/** Files that the server takes. */
export function rightFiles(major: Major): fc.Arbitrary<GeneratedHba> {
  const lines = fc.array(line(major), { minLength: 2, maxLength: 14 })
  const some = fc.array(line(major), { maxLength: 3 }).map(joined)
  const main =
    major >= 16
      ? fc.array(
          fc.oneof(
            { weight: 8, arbitrary: line(major) },
            { weight: 1, arbitrary: fc.constantFrom(...includes) },
          ),
          { minLength: 2, maxLength: 14 },
        )
      : lines
  return fc.record({
    main: main.map(joined),
    files: fc.record({
      'names.list': listed,
      'more names.list': listed.map(text => text.replaceAll('@nested.list', 'nested')),
      'nested.list': fc.constant('ann\n"+team"'),
      'part.conf': some,
      'parts/names.list': listed,
      'parts/more names.list': fc.constant('ann'),
      'parts/nested.list': fc.constant('bob'),
      'parts/b.conf': some,
      'parts/a.conf': some,
      'parts/c.conf.not': fc.constant('nonsense'),
      'parts/.hidden.conf': fc.constant('nonsense'),
    }),
  })
}

const junk = fc.constantFrom(
  '"all"',
  '"',
  '""',
  '\\',
  ',',
  '#',
  '@',
  '@missing.list',
  '@part.conf',
  'host',
  'include',
  'include_dir',
  'local',
  'peer',
  'cert',
  'gss',
  'oauth',
  'md5',
  'map=x',
  'clientcert=verify-ca',
  'clientcert=verify-full',
  'clientcert=1',
  'clientname=CN',
  'clientname=XN',
  'x=y',
  '=',
  'radius radiusservers=127.0.0.1 radiussecrets=a',
  'radius radiusservers="127.0.0.1,127.0.0.2" radiussecrets="a,b,c"',
  'radius radiusservers=127.0.0.1 radiussecrets=a radiusports=x',
  'radius radiusservers="127.0.0.1,""::1""" radiussecrets="a, b" radiusports=1812',
  'radiusservers=""',
  'hostgssenc',
  '127.0.0.1/33',
  '127.0.0.1/-1',
  '127.0.0.1/',
  '1.2.3/8',
  'localhost/8',
  '.example.com',
  '127.0.0.1 localhost',
  '::1/129',
  '::1 255.0.0.0',
  '/(',
  '/)',
  '/*',
  '/a{2,1}',
  '/[a',
  '/a{256}',
  '/^*',
  'hostssl all all all cert',
  '\n',
  '\\\n',
  ' ',
  '\t',
)

/** Files with faults of many kinds, and without. */
export function anyFiles(major: Major): fc.Arbitrary<GeneratedHba> {
  const broken = fc
    .tuple(
      hostLine(major),
      fc.array(junk, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 60 }),
      fc.boolean(),
    )
    .map(([text, more, at, replace]) => {
      const place = Math.min(at, text.length)
      const blank = replace ? '' : ' '
      return `${text.slice(0, place)}${blank}${more.join(blank)}${blank}${text.slice(replace ? place + 5 : place)}`
    })
  const nonsense = fc.array(fc.oneof(junk, written(word)), { maxLength: 8 }).map(parts => parts.join(' '))
  const mixed = fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: hostLine(major) },
        { weight: 1, arbitrary: localLine(major) },
        { weight: 4, arbitrary: broken },
        { weight: 1, arbitrary: nonsense },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            ...includes,
            'include missing.conf',
            'include_dir missing',
            'include self.conf',
          ),
        },
      ),
      { maxLength: 7 },
    )
    .chain(lines => fc.constantFrom('\n', '\n', '').map(last => lines.join('\n') + last))
  return fc.record({
    main: mixed,
    files: fc.record({
      'names.list': fc.oneof(
        listed,
        fc.constant(''),
        mixed.map(text => without(text, circles)),
      ),
      'more names.list': listed,
      'nested.list': fc.constant('ann\n"+team"'),
      'part.conf': mixed.map(text => without(text, circles)),
      'self.conf': fc.constant('include self.conf\n'),
      'parts/b.conf': fc.oneof(
        fc.constant('host all all all md5'),
        broken.map(text => without(text, circles)),
      ),
    }),
  })
}

// Before 16 a file that names itself makes the server run out of files.
const circles = ['names.list', 'part.conf', 'parts', 'include']

function without(text: string, words: readonly string[]): string {
  return words.reduce((rest, each) => rest.replaceAll(each, 'missing'), text)
}

function joined(lines: readonly string[]): string {
  return lines.map(each => `${each}\n`).join('')
}
