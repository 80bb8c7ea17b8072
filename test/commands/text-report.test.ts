import { describe, expect, it } from 'vitest'
import { columns, paragraph, proseWidth, textOf } from '../../src/commands/support/text/layout.ts'
import { outcomeText } from '../../src/commands/support/text/outcome-text.ts'
import { planText } from '../../src/commands/support/text/plan-text.ts'
import { progressText } from '../../src/commands/support/text/progress-text.ts'
import type { Applied, DatabaseAccess, Rehearsal } from '../../src/engine/outcome.ts'
import { rehearsalParagraphs } from '../../src/engine/report/rehearsal.ts'
import type { NetworkPlan } from '../../src/plan/network-plan.ts'
import { changesNothingFromHere, type Plan } from '../../src/plan/plan.ts'
import { doorParagraphs } from '../../src/plan/render/network-paragraphs.ts'

/** The text as if no line had been broken. */
const unbroken = (lines: readonly string[]) => lines.join(' ').replace(/\s+/g, ' ')

const plan: Plan = {
  tool: { id: 'atlan', name: 'Atlan' },
  server: { host: 'db.example.com', port: 5432, database: 'postgres', user: 'dba', versionNumber: 180_004 },
  authentication: 'password',
  login: 'atlan_user',
  group: 'atlan_user_role',
  grantee: 'atlan_user_role',
  access: 'read',
  roles: [
    { kind: 'create-role', role: 'atlan_user_role', connectionLimit: null, why: 'Holds the privileges.' },
  ],
  databases: [
    {
      database: 'music',
      changes: [
        { kind: 'grant-usage', schema: 'public', grantee: 'atlan_user_role', why: 'To see the schema.' },
        {
          kind: 'grant-relations',
          schema: 'public',
          relations: ['album', 'Odd\u001b[2J"Name'],
          privileges: ['SELECT'],
          grantee: 'atlan_user_role',
          why: 'To read the tables.',
        },
      ],
      chosen: [
        { schema: 'public', name: 'album', kind: 'table' },
        { schema: 'public', name: 'Odd\u001b[2J"Name', kind: 'table' },
      ],
      schemas: ['public'],
    },
  ],
  opening: [{ kind: 'open-login', role: 'atlan_user', minutes: 10, existed: false, why: 'To prove it.' }],
  notes: [{ level: 'warning', database: 'music', text: 'PUBLIC may CONNECT.' }],
}

/** With what is no part of a transaction. */
const withDoorAndListen: Plan = {
  ...plan,
  network: {
    ways: null,
    unread: null,
    open: false,
    above: null,
    withoutTls: null,
    change: {
      kind: 'hba-lines',
      why: 'So that the tool comes in.',
      by: 'file',
      path: '/srv/pg/pg_hba.conf',
      ownFile: null,
      wanted: {
        login: 'atlan_user',
        databases: ['music'],
        cidrs: ['192.0.2.0/24'],
        tls: true,
      },
      lines: ['# pg-usher: begin', 'hostssl music a 192.0.2.0/24 scram-sha-256', 'host b', '# pg-usher: end'],
      above: null,
      basis: 'abc',
    },
  },
  listen: {
    kind: 'listen-addresses',
    why: 'It listens on itself alone.',
    value: '*',
    former: null,
    inForce: 'localhost',
    dataDirectory: '/srv/pg',
  },
}

/** Today all are let in, and nothing is written: what our lines would say does not come to stand there. */
it('says nothing of our lines where the door needs none', () => {
  const way = { database: 'music', addresses: '192.0.2.0/24', letsIn: true, text: 'asks for the password' }
  const door = { ...withDoorAndListen.network, ways: [{ ...way, after: 'asks (our line)' }], open: true }
  const text = textOf(doorParagraphs({ ...door, change: null } as NetworkPlan, 'atlan_user', [])).join(' ')
  expect(text).toContain('needs no change')
  expect(text).not.toContain('our line')
})

describe('the plan as text', () => {
  const text = planText(plan).join('\n')

  it('numbers the changes through, each with its why and its statement', () => {
    expect(text).toContain('     Holds the privileges.\n     CREATE ROLE atlan_user_role NOLOGIN')
    expect(text).toContain('     To see the schema.\n     GRANT USAGE ON SCHEMA public TO atlan_user_role;')
    expect(text).toContain('     To prove it.\n     ALTER ROLE atlan_user LOGIN')
    expect(text.match(/^ {2}\d+\. /gm)).toEqual(['  1. ', '  2. ', '  3. ', '  4. '])
  })

  it('says whom, what and where, and what to know', () => {
    const text = unbroken(planText(plan))
    expect(text).toContain('Atlan, as atlan_user through the group role atlan_user_role, reads 2 tables')
    expect(text).toContain('1 database of db.example.com port 5432')
    expect(text).toContain('Warning: music: PUBLIC may CONNECT.')
  })

  it('says in its first lines what it changes besides roles and grants', () => {
    const whole = planText(withDoorAndListen)
    const head = unbroken(whole.slice(0, whole.indexOf('')))
    expect(head).toContain('6 changes in all; each is shown below')
    expect(head).toContain(
      'Changed besides roles and grants: 2 lines into /srv/pg/pg_hba.conf; listen_addresses, which needs a restart by you.',
    )
    expect(text).not.toContain('Changed besides')
  })

  it('lets no name reach the terminal as a control sequence', () => {
    expect(text).not.toContain('\u001b')
    expect(text).toContain('"Odd\\u001b[2J""Name"')
  })

  it('knows when there is nothing to do', () => {
    expect(changesNothingFromHere(plan)).toBe(false)
    expect(changesNothingFromHere({ ...plan, roles: [], databases: [], opening: [] })).toBe(true)
  })
})

const access: DatabaseAccess = {
  database: 'music',
  readable: 9,
  refused: 3,
  findings: [
    {
      code: 'row-security',
      level: 'warning',
      relation: { schema: 'public', name: 'Notes' },
      text: 'public."Notes": Row-level security decides which rows it sees.',
    },
  ],
}

describe('the rehearsal as text', () => {
  const rehearsalText = (rehearsal: Rehearsal, of: Plan = plan) => textOf(rehearsalParagraphs(rehearsal, of))

  it('says first what it could not try, and nothing of the kind where it tried all', () => {
    const held: Rehearsal = { outcome: 'held', databases: [access], lockedFor: 1, beyond: [] }
    const [, second, third = ''] = rehearsalText(held, withDoorAndListen)
    expect(unbroken([second ?? '', third])).toContain(
      'Not rehearsed: 2 lines into /srv/pg/pg_hba.conf; listen_addresses, which needs a restart by you.',
    )
    expect(rehearsalText(held).join(' ')).not.toContain('Not rehearsed')
  })

  it('says what was reached, what was refused and what is open anyway', () => {
    const text = unbroken(
      rehearsalText({
        outcome: 'held',
        databases: [access],
        lockedFor: 12.3,
        beyond: [
          {
            database: 'music',
            object: 'schema',
            name: 'public',
            privileges: ['USAGE'],
            through: ['PUBLIC'],
            text: 'PUBLIC has USAGE on public.',
          },
        ],
      }),
    )
    expect(text).toContain('run and rolled back, nothing is changed; longest transaction 13 ms.')
    expect(text).toContain('music: 9 chosen tables readable, 3 others tried and refused.')
    expect(text).toContain('Warning: music: public."Notes": Row-level security')
    expect(text).toContain('- music: PUBLIC has USAGE on public.')
  })

  it('counts a view that is not filled yet among the chosen, not among the readable', () => {
    const relation = { schema: 'public', name: 'totals' }
    const finding = {
      code: 'not-populated',
      level: 'warning',
      relation,
      text: 'public.totals: not filled yet.',
    }
    const findings = [...access.findings, finding] as DatabaseAccess['findings']
    const text = unbroken(
      rehearsalText({ outcome: 'held', databases: [{ ...access, findings }], lockedFor: 1, beyond: [] }),
    )
    expect(text).toContain('music: 9 of 10 chosen tables readable, 1 not filled yet, 3 others tried')
    expect(text.match(/public\.totals/g)).toHaveLength(1)
  })

  it('shows the change that failed', () => {
    const text = rehearsalText({
      outcome: 'failed',
      problem: { code: 'x', message: 'No.' },
      change: plan.roles[0] ?? null,
      database: 'postgres',
    }).join('\n')
    expect(text).toContain('failed in database postgres and rolled back; nothing is changed.')
    expect(text).toContain('CREATE ROLE atlan_user_role')
  })
})

describe('progress', () => {
  it('tells parts, and of counts the last alone', () => {
    expect(progressText({ kind: 'phase', phase: 'database', database: 'music' })).toBe('  Granting (music)')
    expect(
      progressText({ kind: 'progress', phase: 'probe', database: 'music', done: 3, total: 9 }),
    ).toBeNull()
    expect(progressText({ kind: 'progress', phase: 'probe', database: 'music', done: 9, total: 9 })).toBe(
      '    9 of 9',
    )
  })
})

describe('how an apply ended, as text', () => {
  const applied: Applied = {
    proof: { databases: [{ ...access, by: 'login', writesRefused: 2, createsRefused: 1 }], beyond: [] },
    startedAt: new Date(0),
    finishedAt: new Date(1),
    notes: [],
    granted: null,
  }

  it('proof by login', () => {
    const text = unbroken(outcomeText({ outcome: 'done', ...applied }))
    expect(text).toContain('2 writes and 1 attempt to create refused; logged in as the user')
  })

  it('a login that cannot be proved is said so, with the line that is missing', () => {
    const text = outcomeText({
      outcome: 'done-unproved',
      ...applied,
      unproved: [
        {
          database: 'music',
          problem: { code: 'no-hba-line', message: 'No line lets it in.' },
          hbaLine: 'host music atlan_user 10.0.0.9/32 scram-sha-256',
        },
      ],
    }).join('\n')
    expect(text).toContain('Login: not provable from here\n  music: No line lets it in.')
    expect(text).toContain('\n      host music atlan_user 10.0.0.9/32 scram-sha-256')
  })

  it('what failed is shown by its beginning, after what is left, however many tables it names', () => {
    const relations = Array.from({ length: 60 }, (_, at) => `table_${at}`)
    const [, grant] = plan.databases[0]?.changes ?? []
    if (grant?.kind !== 'grant-relations') throw new Error('no grant')
    const text = outcomeText({
      outcome: 'failed-changed',
      problem: { code: 'connection-lost', message: 'Gone.' },
      change: { ...grant, relations },
      left: ['the role atlan_user'],
      undo: ['DROP ROLE atlan_user;'],
    })
    expect(text.length).toBeLessThan(14)
    const row = (of: string) => text.findIndex(line => line.includes(of))
    expect(row('the role atlan_user')).toBeLessThan(row('At: GRANT SELECT on 60 tables of public'))
    expect(text.join('\n')).toMatch(/table_0[^0-9]/)
    expect(text.join('\n')).not.toContain('table_40')
    expect(text.at(-1)).toMatch(/\.\.\. and \d+ more rows of it$/)
  })

  it('what is left is named, with the way to undo it', () => {
    const text = outcomeText({
      outcome: 'failed-changed',
      problem: { code: 'connection-lost', message: 'Gone.' },
      change: null,
      left: ['the role atlan_user, which cannot log in'],
      undo: ['\\connect music', 'DROP ROLE atlan_user;'],
    })
    expect(text).toContain('  - the role atlan_user, which cannot log in')
    expect(text.slice(-2)).toEqual(['  \\connect music', '  DROP ROLE atlan_user;'])
  })
})

describe('layout', () => {
  it('keeps a command between backticks in one piece, however long, and breaks the rest', () => {
    const command = `secret-tool lookup service pg-usher account '${'a b '.repeat(30)}'`
    const lines = paragraph(`${'word '.repeat(30)}\`${command}\`. ${'word '.repeat(30)}and a \` alone`, '  ')
    expect(lines).toContainEqual(expect.stringContaining(`\`${command}\`.`))
    for (const line of lines.filter(each => !each.includes(command))) expect(line.length).toBeLessThan(89)
  })

  it('breaks a paragraph at spaces and aligns what follows', () => {
    const lines = paragraph(`${'word '.repeat(30)}end`, '  Note: ')
    expect(lines.length).toBeGreaterThan(1)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(88)
    expect(lines.slice(1).every(line => line.startsWith('        word'))).toBe(true)
  })

  it('keeps a word that is longer than a line whole', () => {
    expect(paragraph('x'.repeat(200), '- ')).toEqual([`- ${'x'.repeat(200)}`])
  })

  it('is as wide as the terminal, at most 88 columns, and 80 where there is none', () => {
    expect([undefined, 60, 80, 200].map(proseWidth)).toEqual([80, 60, 80, 88])
    // A terminal too narrow for prose breaks it itself.
    expect(proseWidth(10)).toBe(40)
  })

  it('aligns columns', () => {
    expect(
      columns(
        [
          ['a', 'b'],
          ['long', 'c'],
        ],
        ' ',
      ),
    ).toEqual([' a     b', ' long  c'])
  })
})
