import { describe, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { relationColumns } from '../../src/model/relation-columns.ts'
import { reveal, secret } from '../../src/model/secret.ts'
import { answersOf } from '../../src/steps/step.ts'
import { fieldValue } from '../../src/terminal/form.ts'
import { currentRow } from '../../src/terminal/picker.ts'
import type { Effect } from '../../src/wizard/effect.ts'
import { endingOf } from '../../src/wizard/ending.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { database, existingRole, relation, schema, serverFacts } from '../support/plan-input.ts'
import {
  appliedEvent,
  heldRehearsal,
  plannedEvent,
  someProblem,
  startWalk,
  type Walk,
  walkDatabases,
} from '../support/wizard-walk.ts'

const kinds = (effects: readonly Effect[]) => effects.map(effect => effect.kind)

function effectOf<Kind extends Effect['kind']>(
  effects: readonly Effect[],
  kind: Kind,
): Extract<Effect, { kind: Kind }> {
  const found = effects.find((effect): effect is Extract<Effect, { kind: Kind }> => effect.kind === kind)
  if (found === undefined) throw new Error(`no effect ${kind} among ${kinds(effects).join(', ')}`)
  return found
}

function planOf(state: WizardState) {
  if (state.review.plan === null) throw new Error('no plan')
  return state.review.plan
}

function answersIn(state: WizardState): Answers {
  const answers = answersOf(state.draft)
  if (answers === null) throw new Error('answers are not complete')
  return answers
}

const walkServer = { facts: serverFacts, databases: walkDatabases, roles: {} }

describe('the walk', () => {
  it('leads from the tool to the end, each step once, with one apply', () => {
    const walk = startWalk()
    walk.to('done')
    expect(kinds(walk.effects).filter(kind => kind === 'apply')).toHaveLength(1)
    expect(walk.state().draft).toMatchObject({
      tool: 'atlan',
      server: { host: 'db.internal', user: 'dba' },
      endpoint: { host: 'db.internal', port: 5432 },
      databases: [{ name: 'shop', schemas: [{ name: 'public', relations: ['album'], laterTablesOf: [] }] }],
      secret: { store: 'keychain' },
    })
    walk.take()
    walk.press('enter')
    expect(kinds(walk.take())).toEqual(['end'])
    expect(endingOf(walk.state())).toMatchObject({ exitCode: 0 })
  })

  it('goes back step by step with every answer kept', () => {
    const walk = startWalk()
    walk.to('review')
    const before = walk.state().draft
    for (const step of [
      'secret',
      'network',
      'tables',
      'schemas',
      'authentication',
      'endpoint',
      'connection',
      'tool',
    ]) {
      walk.press('escape')
      expect(walk.state().step).toBe(step)
    }
    expect(walk.state().draft).toEqual(before)
    walk.to('review')
    expect(walk.state().draft).toEqual(before)
  })

  it('asks for leaving at the first step, and leaves at the second Ctrl-C', () => {
    const walk = startWalk()
    walk.press('escape')
    expect(walk.state().overlay).toEqual({ kind: 'quit' })
    walk.press('n')
    expect(walk.state().overlay).toBeNull()
    walk.press('ctrl-c')
    walk.take()
    walk.press('ctrl-c')
    expect(kinds(walk.take())).toEqual(['cancel', 'end'])
    expect(endingOf(walk.state()).exitCode).toBe(130)
  })

  it('jumps to any step that was reached, and to no other', () => {
    const walk = startWalk()
    walk.to('tables')
    walk.press('ctrl-g', 'up', 'up', 'enter')
    expect(walk.state().step).toBe('authentication')
    walk.press('ctrl-g', 'end', 'enter')
    walk.answer()
    // Forward, the names are asked for again first.
    expect(walk.state().step).toBe('schemas')
    walk.press('ctrl-g', 'end')
    expect(walk.state().overlay).toEqual({ kind: 'steps', cursor: 5 })
  })

  it('does nothing in a terminal too small to show what it would do, but lead out', () => {
    const walk = startWalk()
    walk.to('review')
    walk.tell({ kind: 'resized', columns: 39, rows: 24 })
    walk.take()
    walk.press('r', 'escape', 'y')
    expect(walk.state().step).toBe('review')
    expect(walk.take()).toEqual([])
    walk.press('ctrl-c', 'ctrl-c')
    expect(kinds(walk.take())).toEqual(['cancel', 'end'])
  })
})

describe('connection', () => {
  const atConnection = () => {
    const walk = startWalk()
    walk.to('connection')
    return walk
  }
  const field = (walk: Walk, id: string) => fieldValue(walk.state().connection.form, id)

  it('hears only the last attempt; the connection of another one is dropped', () => {
    const walk = atConnection()
    walk.press('enter')
    const first = effectOf(walk.take(), 'connect')
    walk.type('x')
    expect(kinds(walk.take())).toEqual(['cancel'])
    walk.press('enter')
    const second = effectOf(walk.take(), 'connect')
    expect(second.server.host).toBe('db.internalx')
    expect(walk.tell({ kind: 'connected', attempt: first.attempt, server: serverFacts })).toEqual([
      { kind: 'drop-connection', attempt: first.attempt },
    ])
    expect(walk.state().facts.server).toBeNull()
    expect(walk.tell({ kind: 'connected', attempt: second.attempt, server: serverFacts })).toEqual([
      { kind: 'use-connection', attempt: second.attempt },
      { kind: 'read-databases' },
    ])
    expect(walk.state().draft.server?.host).toBe('db.internalx')
  })

  it('is not waited for after Esc', () => {
    const walk = atConnection()
    walk.press('enter')
    const { attempt } = effectOf(walk.take(), 'connect')
    walk.press('escape')
    expect(walk.state()).toMatchObject({ step: 'connection', connection: { status: 'idle' } })
    expect(kinds(walk.take())).toEqual(['cancel'])
    expect(kinds(walk.tell({ kind: 'connected', attempt, server: serverFacts }))).toEqual(['drop-connection'])
    expect(walk.state().draft.server).toBeUndefined()
    walk.press('escape')
    expect(walk.state().step).toBe('tool')
  })

  it('a second Enter while it connects is no second attempt', () => {
    const walk = atConnection()
    walk.press('enter', 'enter', 'ctrl-r')
    expect(kinds(walk.take()).filter(kind => kind === 'connect')).toHaveLength(1)
  })

  it('asks for a password only when one is wanted, and forgets it when connected', () => {
    const walk = atConnection()
    expect(field(walk, 'password')).toBe('')
    walk.press('enter')
    const { attempt } = effectOf(walk.take(), 'connect')
    walk.tell({ kind: 'connect-failed', attempt, problem: someProblem, wantsPassword: true })
    expect(walk.state().connection.form.focus).toBe('password')
    walk.type('s3cret')
    walk.press('enter')
    const again = effectOf(walk.take(), 'connect')
    expect(again.password && reveal(again.password)).toBe('s3cret')
    expect(JSON.stringify(again)).not.toContain('s3cret')
    walk.tell({ kind: 'connected', attempt: again.attempt, server: serverFacts })
    expect(JSON.stringify(walk.state())).not.toContain('s3cret')
  })

  it('keeps the typed password where it was not the reason', () => {
    const walk = atConnection()
    walk.press('enter')
    walk.tell({
      kind: 'connect-failed',
      attempt: effectOf(walk.take(), 'connect').attempt,
      problem: someProblem,
      wantsPassword: true,
    })
    walk.type('s3cret')
    walk.press('enter')
    const { attempt } = effectOf(walk.take(), 'connect')
    const problem = { code: 'database-missing', message: 'There is no database x.' }
    walk.tell({ kind: 'connect-failed', attempt, problem, wantsPassword: false })
    expect(field(walk, 'password')).toBe('s3cret')
    expect(walk.state().connection.form.focus).toBe('database')
  })

  it('takes a pasted URL apart, its password into the masked field only', () => {
    const walk = atConnection()
    walk.paste(
      'postgresql://admin:p%40ss@[::1]:6543/store?sslmode=verify-full&sslrootcert=/ca.pem&options=-csearch_path\n',
    )
    expect(
      Object.fromEntries(walk.state().connection.form.fields.map(({ id }) => [id, field(walk, id)])),
    ).toEqual({
      host: '::1',
      port: '6543',
      database: 'store',
      user: 'admin',
      tls: 'verify-full',
      caFile: '/ca.pem',
      password: 'p@ss',
    })
    expect(walk.state().notice).toContain('options')
    expect(walk.state().notice).not.toContain('p@ss')
    expect(walk.state().connection.sources).toMatchObject({ host: 'pasted', user: 'pasted' })
    walk.press('enter')
    const { password, server } = effectOf(walk.take(), 'connect')
    expect([password && reveal(password), server.host]).toEqual(['p@ss', '::1'])
  })

  it('takes pairs too, and leaves what they do not name', () => {
    const walk = atConnection()
    walk.paste("host=db2 user='A User'")
    expect(field(walk, 'host')).toBe('db2')
    expect(field(walk, 'user')).toBe('A User')
    expect(field(walk, 'port')).toBe('5432')
    expect(field(walk, 'database')).toBe('postgres')
    expect(walk.state().connection.form.fields.map(each => each.id)).not.toContain('password')
  })

  it('reads one that was typed when Enter is pressed, and connects', () => {
    const walk = atConnection()
    walk.press('ctrl-u')
    walk.type('postgres://ann@db3/store')
    walk.press('enter')
    expect(effectOf(walk.take(), 'connect').server).toMatchObject({
      host: 'db3',
      user: 'ann',
      database: 'store',
    })
  })

  it.each(['postgresql://u:hunter2@h:none/db', 'mysql://u:hunter2@h/db', 'postgresql://u:hunter2@a,b/db'])(
    'says what is wrong with %s and shows nothing of it',
    text => {
      const walk = atConnection()
      walk.paste(text)
      expect(walk.state().connection.problems.map(each => each.field)).toEqual(['host'])
      expect(field(walk, 'host')).toBe('db.internal')
      expect(JSON.stringify(walk.state())).not.toContain('hunter2')
      expect(kinds(walk.take())).not.toContain('connect')
    },
  )

  it('does not send a password that was typed for another server along', () => {
    const walk = atConnection()
    walk.press('enter')
    const { attempt } = effectOf(walk.take(), 'connect')
    walk.tell({ kind: 'connect-failed', attempt, problem: someProblem, wantsPassword: true })
    walk.type('s3cret')
    walk.press('up', 'up', 'up', 'up', 'up')
    walk.paste('postgresql://other/db')
    expect(field(walk, 'password')).toBe('')
  })

  it('to another server clears what was chosen on the former one, and says so until the next key', () => {
    const walk = startWalk()
    walk.to('network')
    walk.press('ctrl-g', 'home', 'down', 'enter')
    expect(walk.state().step).toBe('connection')
    walk.type('2')
    walk.press('enter')
    walk.answer()
    expect(walk.state().draft.databases).toBeUndefined()
    expect(walk.state().notice).toContain('No longer fits and was cleared')
    walk.press('down')
    expect(walk.state().notice).toBeNull()
  })
})

describe('the address for the tool', () => {
  it('takes host and port of a pasted URL, and nothing else of it', () => {
    const walk = startWalk()
    walk.to('endpoint')
    walk.paste('postgresql://admin:hunter2@db.example.com:6432/store')
    expect(fieldValue(walk.state().endpoint.form, 'host')).toBe('db.example.com')
    expect(fieldValue(walk.state().endpoint.form, 'port')).toBe('6432')
    expect(JSON.stringify(walk.state())).not.toContain('hunter2')
    walk.press('enter')
    expect(walk.state().draft.endpoint).toEqual({ host: 'db.example.com', port: 6432 })
  })

  it('is never a socket, a loopback or a tunnel unless it is typed', () => {
    const walk = startWalk()
    walk.to('connection')
    walk.press('ctrl-u')
    walk.type('/var/run/postgresql')
    walk.press('enter')
    walk.answer()
    walk.press('enter')
    expect(fieldValue(walk.state().endpoint.form, 'host')).toBe('')
    walk.press('enter')
    expect(walk.state().endpoint.problems.map(each => each.field)).toEqual(['host'])
  })
})

describe('authentication', () => {
  const at = (roles: Record<string, ReturnType<typeof existingRole>> = {}) => {
    const walk = startWalk({ server: { roles } })
    walk.to('authentication')
    return walk
  }

  it('goes on when the names are free', () => {
    const walk = at()
    walk.press('enter')
    expect(walk.state().authentication.waiting).toBe(true)
    walk.answer()
    expect(walk.state().step).toBe('schemas')
  })

  it('replaces the password of an existing login only after its name was typed', () => {
    const walk = at({ atlan_user: existingRole('atlan_user', { canLogin: true }) })
    walk.press('enter')
    walk.answer()
    expect(walk.state().overlay).toMatchObject({ kind: 'confirm', word: 'atlan_user' })
    walk.type('atlan_use')
    walk.press('enter')
    expect(walk.state().step).toBe('authentication')
    walk.type('r')
    walk.press('enter')
    expect(walk.state().step).toBe('schemas')
    expect(walk.state().draft.replacePassword).toBe(true)
  })

  it('keeps the password of a login that it made, unless its name is typed', () => {
    const ours = existingRole('atlan_user', { canLogin: true, comment: 'pg-usher: Atlan, the login' })
    for (const [typed, replaced] of [
      ['', false],
      ['atlan_user', true],
    ] as const) {
      const walk = at({ atlan_user: ours })
      walk.press('enter')
      walk.answer()
      expect(walk.state().overlay).toMatchObject({ kind: 'confirm', about: 'keep-or-replace-password' })
      if (typed !== '') {
        walk.type('atlan')
        walk.press('enter')
        expect(walk.state().step).toBe('authentication')
        walk.type('_user')
      }
      walk.press('enter')
      expect(walk.state().step).toBe('schemas')
      expect(walk.state().draft.replacePassword).toBe(replaced)
    }
  })

  it('asks nothing about a login that this administrator may not change', () => {
    const walk = at({ atlan_user: existingRole('atlan_user', { canLogin: true, alterable: false }) })
    walk.press('enter')
    walk.answer()
    expect(walk.state().step).toBe('schemas')
    expect(walk.state().draft.replacePassword).toBe(false)
  })

  it('is not agreed to by a file', () => {
    const walk = startWalk({
      draft: { tool: 'atlan', replacePassword: true },
      server: { roles: { atlan_user: existingRole('atlan_user', { canLogin: true }) } },
    })
    walk.to('authentication')
    walk.press('enter')
    walk.answer()
    expect(walk.state().overlay?.kind).toBe('confirm')
  })

  it.each([
    ['role-elevated', existingRole('atlan_user', { elevated: ['SUPERUSER'] })],
    ['role-owns-objects', existingRole('atlan_user', { owns: 2 })],
  ])('stays where a role is refused: %s', (code, role) => {
    const walk = at({ atlan_user: role })
    walk.press('enter')
    walk.answer()
    expect(walk.state().step).toBe('authentication')
    expect(walk.state().authentication.problems.map(each => each.problem.code)).toEqual([code])
  })

  it('does not move under a person who has just asked for the help', () => {
    const walk = at()
    walk.press('enter', 'f1')
    walk.answer()
    expect(walk.state()).toMatchObject({ step: 'authentication', overlay: { kind: 'help' } })
  })

  it('does not go on with names that were changed meanwhile', () => {
    const walk = at()
    walk.press('enter', 'tab', 'tab', 'tab')
    walk.type('x')
    walk.answer()
    expect(walk.state().step).toBe('authentication')
  })

  it.each(['constructor', '__proto__', 'toString'])('a role may be called %s', name => {
    const walk = at()
    walk.press('tab', 'tab', 'tab', 'ctrl-u')
    walk.type(name)
    walk.press('enter')
    walk.answer()
    expect(walk.state()).toMatchObject({ step: 'schemas', draft: { roles: { login: name } } })
  })

  it('says what it could not look up', () => {
    const walk = at()
    walk.press('enter')
    walk.take()
    walk.tell({ kind: 'roles-failed', problem: someProblem })
    expect(walk.state().authentication).toMatchObject({ waiting: false, lookUpProblem: someProblem })
  })
})

describe('schemas', () => {
  it('keeps what is chosen where the server is still being read, and what was read meanwhile', () => {
    const [shop, stock] = walkServer.databases
    if (shop === undefined || stock === undefined) throw new Error('no databases')
    const walk = startWalk({
      draft: {
        databases: [
          { name: 'shop', schemas: [{ name: 'public', relations: ['album'], laterTablesOf: [] }] },
          { name: 'stock', schemas: [{ name: 'public', relations: ['shelf'], laterTablesOf: [] }] },
        ],
        server: { host: 'db.internal', port: 5432, database: 'postgres', user: 'dba', tls: 'require' },
      },
    })
    walk.to('schemas')
    const bare = shop.schemas.map(schema => ({ ...schema, relations: null }))
    walk.tell({
      kind: 'databases-begun',
      databases: [
        { ...shop, schemas: bare },
        { ...stock, schemas: [], unread: true },
      ],
    })
    expect(walk.state().schemas).toMatchObject({ status: 'reading', problem: null })
    expect(walk.state().schemas.names.map(each => each.database)).toEqual(['shop', 'shop', 'shop'])
    const [album] = shop.schemas
    walk.tell({
      kind: 'relations-read',
      schemas: [{ database: 'shop', schema: 'public', relations: album?.relations ?? relationColumns([]) }],
    })
    walk.tell({ kind: 'databases-read', databases: [{ ...shop, schemas: bare }, stock] })
    expect(walk.state().schemas).toMatchObject({ status: 'read', problem: null })
    expect(walk.state().facts.databases[0]?.schemas[0]?.relations?.length).toBe(4)
    walk.press('enter')
    expect(walk.state().draft.databases).toMatchObject([
      { name: 'shop', schemas: [{ name: 'public', relations: ['album'] }] },
      { name: 'stock', schemas: [{ name: 'public', relations: ['shelf'] }] },
    ])
  })

  it('shows what the answers name and the server has not, and keeps the rest', () => {
    const walk = startWalk({
      draft: {
        databases: [
          {
            name: 'shop',
            schemas: [
              { name: 'public', relations: ['album'], laterTablesOf: [] },
              { name: 'old', relations: ['x'], laterTablesOf: [] },
              { name: 'private', relations: ['notes'], laterTablesOf: [] },
            ],
          },
        ],
        server: { host: 'db.internal', port: 5432, database: 'postgres', user: 'dba', tls: 'require' },
      },
    })
    walk.to('schemas')
    expect(walk.state().schemas.problem?.message).toContain('shop.old, shop.private')
    walk.press('enter')
    walk.answer()
    expect(walk.state()).toMatchObject({
      step: 'tables',
      draft: { databases: [{ schemas: [{ name: 'public', relations: ['album'] }] }] },
    })
    expect(walk.state().notice).toContain('1 chosen in old')
  })

  it('never chooses one that cannot be granted on', () => {
    const walk = startWalk()
    walk.to('schemas')
    walk.press('a', 'enter')
    expect(walk.state().draft.databases?.flatMap(each => each.schemas.map(every => every.name))).toEqual([
      'public',
      'reporting',
      'public',
    ])
  })

  it('wants one', () => {
    const walk = startWalk()
    walk.to('schemas')
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'schemas', schemas: { problem: { code: 'no-schema' } } })
    walk.press('down')
    expect(walk.state().schemas.problem).toBeNull()
  })

  it('keeps the choice when it is read again', () => {
    const walk = startWalk()
    walk.to('schemas')
    walk.press('down', 'space', 'ctrl-r')
    expect(walk.state().schemas).toMatchObject({ status: 'reading', picker: null })
    // While it is read, Enter leads nowhere.
    walk.press('enter')
    walk.answer()
    expect(walk.state().step).toBe('schemas')
    walk.press('enter')
    expect(walk.state().draft.databases).toMatchObject([{ schemas: [{ name: 'reporting' }] }])
  })

  it('says why they cannot be read, and reads again', () => {
    const walk = startWalk()
    walk.to('authentication')
    walk.press('enter')
    walk.tell({ kind: 'databases-failed', problem: someProblem })
    walk.answer()
    walk.tell({ kind: 'databases-failed', problem: someProblem })
    walk.press('ctrl-r')
    expect(kinds(walk.take())).toEqual(['read-databases'])
  })
})

describe('tables', () => {
  const atTables = (draft = {}) => {
    const walk = startWalk({ draft })
    walk.to('schemas')
    walk.press('space', 'down', 'space', 'enter')
    walk.answer()
    return walk
  }

  it('ten downs and a Space in one packet act one after the other', () => {
    const many = [
      database('shop', [
        schema(
          'public',
          Array.from({ length: 20 }, (_, n) => relation(`t${n + 100}`)),
        ),
      ]),
    ]
    const walk = startWalk({ server: { databases: many } })
    walk.to('tables')
    walk.press(...Array.from({ length: 10 }, () => 'down'), 'space', 'enter')
    expect(walk.state().draft.databases?.[0]?.schemas[0]?.relations).toEqual(['t110'])
  })

  it('never chooses one that cannot be granted', () => {
    const walk = atTables()
    walk.press('a', 'enter')
    expect(walk.state().draft.databases?.[0]?.schemas[0]?.relations).toEqual(['album', 'artist', 'customer'])
  })

  it('wants one in every schema, or later tables', () => {
    const walk = atTables()
    walk.press('enter')
    expect(walk.state().tables.problem?.message).toContain('No table is chosen')
    walk.press('space', 'enter')
    expect(walk.state().tables.problem?.message).toBe('Nothing is chosen in shop.reporting.')
    walk.press('end', 'l', 'enter')
    expect(walk.state().step).toBe('network')
    expect(walk.state().draft.databases?.[0]?.schemas).toMatchObject([
      { name: 'public', relations: ['album'], laterTablesOf: [] },
      { name: 'reporting', relations: [], laterTablesOf: ['shopkeeper'] },
    ])
  })

  it('waits for all chosen schemas, whatever is answered first', () => {
    const walk = startWalk()
    walk.to('tables')
    walk.press('escape', 'down', 'space', 'enter')
    expect(walk.state().tables.status).toBe('reading')
    walk.take()
    // A late answer about the schema that was read before.
    walk.tell({
      kind: 'relations-read',
      schemas: [{ database: 'shop', schema: 'public', relations: relationColumns([]) }],
    })
    expect(walk.state().tables.status).toBe('reading')
    expect(walk.state().tables.columns.map(each => each?.length)).toEqual([0, undefined])
    walk.press('enter', 'escape', 'enter')
    walk.answer()
    expect(walk.state().tables.groups.map(each => each.schema)).toEqual(['public', 'reporting'])
  })

  it('takes "all" for those too that are still to come', () => {
    const walk = startWalk()
    walk.to('schemas')
    walk.press('space', 'down', 'space', 'enter')
    walk.take()
    const [shop] = walkDatabases
    const columnsOf = (name: string) =>
      shop?.schemas.find(each => each.name === name)?.relations ?? relationColumns([])
    const come = (name: string) =>
      walk.tell({
        kind: 'relations-read',
        schemas: [{ database: 'shop', schema: name, relations: columnsOf(name) }],
      })
    come('public')
    walk.press('a', 'enter')
    expect(walk.state()).toMatchObject({ step: 'tables', tables: { problem: { code: 'still-reading' } } })
    come('reporting')
    expect(walk.state().tables).toMatchObject({ status: 'read', allWanted: false })
    walk.press('enter')
    expect(walk.state().draft.databases?.[0]?.schemas).toMatchObject([
      { name: 'public', relations: ['album', 'artist', 'customer'] },
      { name: 'reporting', relations: ['sales'] },
    ])
  })

  it('says what the answers name and is gone or refused, and grants later tables of no more owners', () => {
    const creators = [
      { role: 'shopkeeper', alterable: true, owns: 1 },
      { role: 'importer', alterable: true, owns: 0 },
      { role: 'bookkeeper', alterable: false, owns: 1 },
    ]
    const databases = [
      database('shop', [
        schema('public', [relation('album'), relation('ledger', { grantable: false, owner: 'bookkeeper' })], {
          creators,
        }),
      ]),
    ]
    const walk = startWalk({
      server: { databases },
      draft: {
        server: { host: 'db.internal', port: 5432, database: 'postgres', user: 'dba', tls: 'require' },
        databases: [
          {
            name: 'shop',
            schemas: [
              {
                name: 'public',
                relations: ['album', 'dropped', 'ledger'],
                laterTablesOf: ['importer', 'bookkeeper', 'nobody'],
              },
            ],
          },
        ],
      },
    })
    walk.to('schemas')
    walk.press('enter')
    walk.answer()
    const message = walk.state().tables.problem?.message ?? ''
    for (const lost of ['public.dropped', 'public.ledger', 'bookkeeper', 'nobody'])
      expect(message).toContain(lost)
    walk.press('enter')
    expect(walk.state().draft.databases?.[0]?.schemas[0]).toEqual({
      name: 'public',
      relations: ['album'],
      laterTablesOf: ['importer'],
    })
    walk.press('escape', 'l', 'l', 'enter')
    expect(walk.state().draft.databases?.[0]?.schemas[0]?.laterTablesOf).toEqual(['shopkeeper', 'importer'])
  })

  it('says why later tables cannot follow', () => {
    const databases = [
      database('shop', [
        schema('public', [relation('album')], {
          creators: [{ role: 'bookkeeper', alterable: false, owns: 1 }],
        }),
      ]),
    ]
    const walk = startWalk({ server: { databases } })
    walk.to('tables')
    walk.press('l')
    expect(walk.state().tables).toMatchObject({ problem: { code: 'no-creator' }, later: new Map() })
  })

  it('keeps the choice through a filter, Esc and back', () => {
    const walk = atTables()
    walk.press('/')
    walk.type('arti')
    walk.press('enter', 'space', 'escape', 'enter')
    walk.answer()
    expect(walk.state().step).toBe('tables')
    expect(walk.state().draft.databases?.[0]?.schemas[0]?.relations).toEqual(['artist'])
  })
})

describe('network and secret', () => {
  it('wants addresses that are addresses', () => {
    const walk = startWalk()
    walk.to('network')
    walk.press('right', 'tab')
    walk.type('300.1.1.1')
    walk.press('enter')
    expect(walk.state().network.problems.map(each => each.field)).toEqual(['typed'])
    walk.press('ctrl-u')
    walk.type('203.0.113.7, 203.0.113.7/32')
    walk.press('enter')
    expect(walk.state().draft.network).toEqual({ from: 'typed', cidrs: ['203.0.113.7/32'] })
  })

  it('ends a probe with Esc and does not hear it afterwards', () => {
    const walk = startWalk()
    walk.to('secret')
    walk.press('enter')
    const { attempt } = effectOf(walk.take(), 'probe-store')
    walk.tell({ kind: 'store-slow', attempt })
    expect(walk.state().secret.slow).toBe(true)
    walk.press('escape')
    expect(kinds(walk.take())).toEqual(['cancel', 'read-hba'])
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'secret', secret: { status: 'idle', slow: false } })
    walk.tell({ kind: 'store-probed', attempt, problem: null })
    expect(walk.state()).toMatchObject({ step: 'secret', secret: { status: 'idle' } })
  })

  it('stays with the reason where the place does not work', () => {
    const walk = startWalk()
    walk.to('secret')
    walk.press('enter', 'enter')
    const probes = walk.take().filter(effect => effect.kind === 'probe-store')
    expect(probes).toHaveLength(1)
    walk.tell({
      kind: 'store-probed',
      attempt: effectOf(probes, 'probe-store').attempt,
      problem: someProblem,
    })
    expect(walk.state()).toMatchObject({ step: 'secret', secret: { status: 'fails', problem: someProblem } })
    walk.press('right')
    expect(walk.state().secret).toMatchObject({ status: 'idle', problem: null })
    expect(fieldValue(walk.state().secret.form, 'path')).toBe('/home/dba/.pgpass')
  })
})

describe('review', () => {
  const atReview = (options: Parameters<typeof startWalk>[0] = {}) => {
    const walk = startWalk(options)
    walk.to('secret')
    walk.press('enter')
    walk.tell({
      kind: 'store-probed',
      attempt: effectOf(walk.take(), 'probe-store').attempt,
      problem: null,
    })
    return walk
  }

  it('does nothing while the plan is made', () => {
    const walk = atReview()
    walk.take()
    walk.press('r', 'y', 'c', 'ctrl-s')
    expect(walk.take()).toEqual([])
    expect(walk.state().review.status).toBe('planning')
  })

  it('takes no yes that came in a rush of keys', () => {
    const walk = atReview()
    walk.answer()
    walk.press('r')
    walk.answer()
    walk.take()
    walk.tell({ kind: 'key', key: { name: 'y', text: 'y', hurried: true } })
    expect(walk.state().step).toBe('review')
    expect(walk.state().notice).toContain('press it alone')
    expect(walk.take()).toEqual([])
    walk.press('y')
    expect(kinds(walk.take())).toContain('apply')
  })

  it('offers the yes only after a rehearsal that held', () => {
    const walk = atReview()
    walk.answer()
    walk.press('y')
    expect(walk.state().step).toBe('review')
    walk.press('r')
    const { attempt, plan } = effectOf(walk.take(), 'rehearse')
    walk.press('y', 'r')
    expect(walk.take()).toEqual([])
    walk.tell({
      kind: 'rehearsed',
      attempt,
      rehearsal: { outcome: 'failed', problem: someProblem, change: null, database: 'shop' },
    })
    walk.press('y')
    expect(walk.take()).toEqual([])
    walk.press('r')
    walk.tell({
      kind: 'rehearsed',
      attempt: effectOf(walk.take(), 'rehearse').attempt,
      rehearsal: heldRehearsal(plan),
    })
    walk.press('y')
    expect(effectOf(walk.take(), 'apply')).toEqual({ kind: 'apply', plan, answers: answersIn(walk.state()) })
    expect(walk.state().step).toBe('apply')
  })

  it('does not hear the plan of other answers, nor a rehearsal of another plan', () => {
    const walk = atReview()
    const old = effectOf(walk.take(), 'make-plan')
    walk.press('escape')
    walk.press('enter')
    walk.tell({ kind: 'store-probed', attempt: effectOf(walk.take(), 'probe-store').attempt, problem: null })
    const fresh = effectOf(walk.take(), 'make-plan')
    walk.tell(plannedEvent(old.attempt, old.answers, walkServer))
    expect(walk.state().review.status).toBe('planning')
    walk.tell(plannedEvent(fresh.attempt, fresh.answers, walkServer))
    walk.press('r')
    const rehearsing = effectOf(walk.take(), 'rehearse')
    // Out of the rehearsal by a jump, other tables, and in again.
    walk.press('ctrl-g', 'home', 'down', 'down', 'down', 'down', 'down', 'enter')
    expect(walk.state().step).toBe('tables')
    expect(kinds(walk.take())).toEqual(['cancel'])
    walk.to('review')
    walk.press('r')
    walk.tell({
      kind: 'rehearsed',
      attempt: rehearsing.attempt,
      rehearsal: heldRehearsal(rehearsing.plan),
    })
    expect(walk.state().review.status).toBe('rehearsing')
    walk.press('y')
    expect(kinds(walk.effects)).not.toContain('apply')
  })

  it('Esc out of a rehearsal cancels it', () => {
    const walk = atReview()
    walk.answer()
    walk.press('r')
    walk.take()
    walk.press('escape')
    expect(kinds(walk.take())).toEqual(['cancel'])
    expect(walk.state().step).toBe('secret')
  })

  it('is a plan again after a cancelled rehearsal', () => {
    const walk = atReview()
    walk.answer()
    walk.press('r')
    const { attempt } = effectOf(walk.take(), 'rehearse')
    walk.press('c')
    expect(kinds(walk.take())).toEqual(['cancel'])
    walk.tell({ kind: 'rehearsed', attempt, rehearsal: { outcome: 'cancelled' } })
    expect(walk.state().review.status).toBe('planned')
    walk.press('y')
    expect(walk.take()).toEqual([])
  })

  it.each([
    ['standby', { inRecovery: true }],
    ['read-only-server', { readOnly: true }],
    ['transaction-pooler', { pooled: true }],
  ])(
    'on a server that takes none (%s) the plan can be saved, not rehearsed and not applied',
    (code, facts) => {
      const walk = atReview({ server: { facts: { ...serverFacts, ...facts } } })
      walk.answer()
      expect(walk.state().review.obstacles.map(each => each.code)).toContain(code)
      walk.press('r', 'y')
      expect(walk.take()).toEqual([])
      walk.press('ctrl-s')
      const save = effectOf(walk.take(), 'save')
      expect(save).toMatchObject({ what: 'sql', name: 'atlan.sql' })
      expect(save.text).toContain('GRANT SELECT')
    },
  )

  it('leads to the question at fault where no plan can be made', () => {
    const walk = startWalk()
    walk.to('review')
    const { answers } = effectOf(walk.effects, 'make-plan')
    const gone = [database('shop', [schema('public', [relation('artist')])])]
    walk.press('escape', 'enter')
    walk.tell({ kind: 'store-probed', attempt: walk.state().secret.attempt, problem: null })
    walk.take()
    walk.tell(plannedEvent(walk.state().review.attempt, answers, { ...walkServer, databases: gone }))
    expect(walk.state().review.problems.map(each => each.code)).toEqual(['relation-gone'])
    walk.press('enter')
    expect(walk.state().step).toBe('tables')
    expect(walk.state().tables.problem?.message).toContain('public.album')
  })

  it('saves the answers when it is told to, and not by itself', () => {
    const walk = startWalk()
    walk.to('review')
    // Left and entered again.
    walk.press('esc', 'enter')
    walk.answer()
    expect(walk.state().step).toBe('review')
    expect(kinds(walk.effects)).not.toContain('save-answers')
    expect(walk.state().answersFile).toBeNull()
    walk.press('ctrl-s')
    walk.answer()
    expect(walk.state().answersFile).toBe('/out/atlan-answers.json')
    expect(walk.state().notice).toMatch(/Saved answers: .* Saved SQL: /)
  })

  it('is not entered with an answer missing: the question is asked', () => {
    const walk = startWalk()
    walk.to('review')
    walk.press('ctrl-g', 'home', 'enter')
    walk.tell({ kind: 'tool-chosen', tool: 'atlassian-analytics' })
    walk.press('escape', 'ctrl-g', 'end', 'enter')
    expect(walk.state().step).toBe('network')
    expect(walk.state().notice).toContain('Network')
  })
})

describe('apply', () => {
  const applying = () => {
    const walk = startWalk()
    walk.to('apply')
    const { plan, answers } = effectOf(walk.take(), 'apply')
    return { walk, plan, answers }
  }

  it('asks for nothing but a cancel, whatever is typed', () => {
    const { walk } = applying()
    walk.press('y', 'r', 'enter', 'space', 'q', 'n', 'ctrl-s', 'ctrl-g', '?', 'tab', 'shift-tab', 'down')
    expect(walk.take()).toEqual([])
    expect(walk.state()).toMatchObject({ step: 'apply', overlay: null, apply: { status: 'running' } })
  })

  it('is cancelled by Ctrl-C; a second one asks, a third leaves and says what may be left', () => {
    const { walk } = applying()
    walk.press('ctrl-c')
    expect(kinds(walk.take())).toEqual(['cancel'])
    expect(walk.state().apply.status).toBe('cancelling')
    walk.press('ctrl-c')
    expect(walk.take()).toEqual([])
    walk.press('ctrl-c')
    expect(kinds(walk.take())).toEqual(['cancel', 'end'])
    expect(endingOf(walk.state()).exitCode).toBe(3)
    // The undo came to its end after all, while the program waited for it.
    walk.tell({ kind: 'applied', outcome: { outcome: 'cancelled' }, done: null })
    expect(endingOf(walk.state()).exitCode).toBe(130)
  })

  it('follows what is done to its last line', () => {
    const { walk } = applying()
    for (let turn = 0; turn < 40; turn++)
      walk.tell({ kind: 'engine', event: { kind: 'phase', phase: 'database', database: `db${turn}` } })
    expect(walk.state().textTop).toBeGreaterThan(10)
    walk.tell({ kind: 'applied', outcome: { outcome: 'cancelled' }, done: null })
    expect(walk.state().textTop).toBe(0)
  })

  it.each([
    ['relation-gone', 'tables', 'read-relations'],
    ['schema-gone', 'schemas', 'read-databases'],
    ['deadline', 'review', 'make-plan'],
  ] as const)('after %s leads back to %s with fresh facts', (code, step, effect) => {
    const { walk } = applying()
    walk.tell({
      kind: 'applied',
      outcome: { outcome: 'failed-unchanged', problem: { ...someProblem, code }, change: null },
      done: null,
    })
    expect(endingOf(walk.state()).exitCode).toBe(1)
    walk.press('enter')
    expect(walk.state().step).toBe(step)
    expect(kinds(walk.take())).toContain(effect)
    expect(endingOf(walk.state()).exitCode).toBe(130)
  })

  it('shows the table that is gone when it leads back', () => {
    const { walk } = applying()
    walk.tell({
      kind: 'applied',
      outcome: {
        outcome: 'failed-unchanged',
        problem: { ...someProblem, code: 'relation-gone' },
        change: null,
      },
      done: null,
    })
    walk.press('enter')
    expect(effectOf(walk.take(), 'read-relations').schemas).toMatchObject([
      { schema: 'public', listed: null },
    ])
    walk.tell({
      kind: 'relations-read',
      schemas: [{ database: 'shop', schema: 'public', relations: relationColumns([relation('artist')]) }],
    })
    expect(walk.state().tables.problem?.message).toContain('public.album')
  })

  it('does not say that nothing was changed where something was', () => {
    const { walk } = applying()
    walk.tell({
      kind: 'applied',
      outcome: {
        outcome: 'failed-changed',
        problem: someProblem,
        change: null,
        left: ['The role atlan_user'],
        undo: ['DROP ROLE atlan_user;'],
      },
      done: null,
    })
    walk.press('ctrl-c')
    const ending = endingOf(walk.state())
    expect(ending.exitCode).toBe(3)
    expect(ending.summary.join('\n')).toContain('DROP ROLE atlan_user;')
    walk.press('escape', 'enter')
    expect(kinds(walk.take())).toContain('end')
  })

  it('has no way back into the questions', () => {
    const { walk, plan, answers } = applying()
    walk.tell(appliedEvent(plan, answers, { outcome: 'cancelled' }))
    walk.press('ctrl-g', 'escape', 'shift-tab')
    expect(walk.state()).toMatchObject({ step: 'apply', overlay: null })
  })
})

describe('the way back after an apply', () => {
  it.each(['escape', 'ctrl-g'])('is closed, and %s says why', key => {
    const walk = startWalk()
    walk.to('done')
    walk.press(key)
    expect(walk.state()).toMatchObject({ step: 'done', overlay: null })
    expect(walk.state().notice).toContain('no way back to the questions')
    walk.press('down')
    expect(walk.state().notice).toBeNull()
  })
})

describe('done', () => {
  const atDone = (store: 'keychain' | 'show-once' = 'keychain') => {
    const walk = startWalk({ places: [{ answer: { store }, label: store, words: [] }] })
    walk.to('done')
    walk.take()
    return walk
  }

  it('shows the password by a key, and takes it away by a key, by time and before leaving', () => {
    const walk = atDone()
    walk.press('p')
    expect(kinds(walk.take())).toEqual(['read-password'])
    expect(walk.tell({ kind: 'password-read', password: secret('Pa55word') })).toEqual([
      { kind: 'hide-password-later' },
    ])
    const { shown } = walk.state().done
    expect(shown && reveal(shown)).toBe('Pa55word')
    expect(JSON.stringify(walk.state())).not.toContain('Pa55word')
    walk.press('p')
    expect(walk.state().done.shown).toBeNull()
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    walk.tell({ kind: 'password-hidden' })
    expect(walk.state().done.shown).toBeNull()
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    walk.press('enter')
    expect(walk.state().done.shown).toBeNull()
    expect(JSON.stringify(walk.state())).not.toContain('Pa55word')
  })

  it.each([
    ['a move in the text', (walk: Walk) => walk.press('down')],
    ['Ctrl-L', (walk: Walk) => walk.press('ctrl-l')],
    ['a new size', (walk: Walk) => void walk.tell({ kind: 'resized', columns: 70, rows: 20 })],
  ])('takes the password away before %s', (_, does) => {
    const walk = atDone()
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    expect(walk.state().done.shown).not.toBeNull()
    does(walk)
    expect(walk.state().done.shown).toBeNull()
  })

  it('does not save or copy the password', () => {
    const walk = atDone()
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    walk.press('ctrl-s', 'ctrl-y')
    expect(JSON.stringify(walk.take())).not.toContain('Pa55word')
  })

  it('asks before a password that is kept nowhere and was never seen is left behind', () => {
    const walk = atDone('show-once')
    walk.press('enter')
    expect(walk.state().overlay).toEqual({ kind: 'quit' })
    walk.press('escape', 'p')
    walk.answer()
    walk.take()
    walk.press('enter')
    expect(kinds(walk.take())).toEqual(['end'])
  })

  it('is not reached by a password that comes late', () => {
    const walk = startWalk()
    walk.to('review')
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    expect(walk.state().done).toMatchObject({ shown: null, seen: false })
  })
})

describe('a new size', () => {
  it('keeps the cursor on a row and the text at its end', () => {
    const walk = startWalk()
    walk.to('tables')
    walk.press('end')
    for (const [columns, rows] of [
      [60, 16],
      [40, 10],
      [200, 60],
    ] as const) {
      walk.tell({ kind: 'resized', columns, rows })
      const { picker } = walk.state().tables
      expect(picker === null ? undefined : currentRow(picker)).toBeDefined()
    }
    walk.press('home')
    walk.press('down')
    walk.to('review')
    walk.tell({ kind: 'resized', columns: 60, rows: 16 })
    walk.press('end')
    expect(walk.state().textTop).toBeGreaterThan(0)
    walk.tell({ kind: 'resized', columns: 200, rows: 200 })
    expect(walk.state().textTop).toBe(0)
    expect(planOf(walk.state()).login).toBe('atlan_user')
  })
})
