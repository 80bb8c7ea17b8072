import { describe, expect, it } from 'vitest'
import { answersOf } from '../../src/steps/step.ts'
import { connectionLines } from '../../src/wizard/lines/connection.ts'
import { drawScreen } from '../support/draw-screen.tsx'
import { database, existingRole, relation, schema, serverFacts } from '../support/plan-input.ts'
import {
  appliedEvent,
  appliedTo,
  someProblem,
  startWalk,
  type Walk,
  walkDatabases,
  walkDefaults,
  walkPlaces,
} from '../support/wizard-walk.ts'

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 60, rows: 16 },
] as const

/** What is on the screen as one text: wrapped lines are one again. */
function seen(walk: Walk): string {
  return drawScreen(walk.state()).join(' ').replaceAll(/\s+/g, ' ')
}

function rowWith(walk: Walk, text: string): string {
  const row = drawScreen(walk.state()).find(each => each.includes(text))
  if (row === undefined) throw new Error(`no row with ${text}:\n${drawScreen(walk.state()).join('\n')}`)
  return row
}

describe.each(sizes)('in $columns columns and $rows rows', size => {
  describe('tool', () => {
    it('says of a tool what it is, what it needs, that it only reads, and when its page was read', () => {
      const text = seen(startWalk(size))
      for (const part of ['Atlan', 'Atlassian Analytics', 'Needs:', 'Only reads.', 'Its page was read on 20'])
        expect(text).toContain(part)
    })
  })

  describe('connection', () => {
    const at = (options = {}) => {
      const walk = startWalk({ ...size, ...options })
      walk.to('connection')
      return walk
    }

    it('says of each field where its value came from, until it is typed', () => {
      const walk = at()
      expect(rowWith(walk, ' Host ')).toContain('PGHOST')
      expect(rowWith(walk, 'Port')).toContain('default')
      expect(rowWith(walk, 'Database')).toContain('PGDATABASE')
      expect(rowWith(walk, 'User')).toContain('command line')
      walk.type('x')
      expect(rowWith(walk, ' Host ')).not.toContain('PGHOST')
    })

    it('says so of what was pasted, and of the answers', () => {
      const walk = at()
      walk.paste('postgresql://carla@pasted.example:6543/shop')
      expect(rowWith(walk, ' Host ')).toContain('from what was pasted')
      expect(rowWith(at(), 'User')).toContain('from the command line')
    })

    it('marks an example as no answer, and says of a field that must be filled that it is empty', () => {
      const walk = startWalk({
        ...size,
        defaults: { ...walkDefaults, host: { value: '/var/run/postgresql', source: 'default' } },
      })
      walk.to('endpoint')
      expect(rowWith(walk, ' Host ')).toContain('(such as db.example.com)')
      walk.press('enter')
      expect(seen(walk)).toContain('✗ It is empty. The name or address')
    })

    it('shows one choice of several as such without Unicode too', () => {
      const [row = ''] = drawScreen(at().state(), { unicode: false }).filter(each => each.includes('TLS'))
      expect(row).toContain('(x) required')
      expect(row).not.toContain('[')
    })

    it('shows the chosen TLS mode, whatever room there is', () => {
      expect(rowWith(at(), 'TLS')).toContain('◉ required')
    })

    it('never shows the password', () => {
      const walk = at()
      walk.paste('postgresql://dba:hunter2@db/shop')
      expect(rowWith(walk, 'Password')).toMatch(/∙{7}/)
      expect(seen(walk)).not.toContain('hunter2')
    })

    it('says why it failed and what to do next, in full', () => {
      const walk = at()
      walk.press('enter')
      const problem = {
        code: 'no-hba-line',
        message:
          'pg_hba.conf has no line that lets dba from 10.1.2.3 into database postgres with encryption.',
        next: 'Add this line above the others, then reload: hostssl postgres dba 10.1.2.3/32 scram-sha-256',
      }
      walk.tell({
        kind: 'connect-failed',
        attempt: walk.state().connection.attempt,
        problem,
        wantsPassword: true,
      })
      const text = seen(walk)
      expect(text).toContain(`✗ ${problem.message}`)
      expect(text).toContain(problem.next)
      // And the field that is asked for now.
      expect(text).toContain('❯ Password')
    })

    it('says what the server is, and what this administrator may do', () => {
      const walk = at()
      walk.press('enter')
      walk.answer()
      const text = seen(walk)
      expect(text).toContain('PostgreSQL 18.4')
      expect(text).toContain('with TLS')
      expect(text).toContain('postgres is a superuser')
    })

    it.each([
      [null, null, "You come through a socket of the server's own machine."],
      ['127.0.0.1', '127.0.0.1', "You come from the server's own machine, or by a tunnel."],
      ['10.1.2.3', '10.1.2.4', 'You come from 10.1.2.3, as the server sees it.'],
    ])('says where the session comes from: %s to %s', (clientAddress, serverAddress, words) => {
      const network = { ...serverFacts.network, clientAddress, serverAddress }
      const walk = at({ server: { facts: { ...serverFacts, network } } })
      walk.press('enter')
      walk.answer()
      expect(seen(walk)).toContain(words)
    })

    it.each([
      [{ answersDirectly: true }, 'The server itself answers. TLS is on. It listens on *, port 5432.'],
      [{ answersDirectly: false }, 'A pooler answers in its place, with one session for each client.'],
      [{ tlsAvailable: false }, 'TLS is off.'],
      [{}, 'Who comes in is said by /etc/postgresql/18/main/pg_hba.conf.'],
      [{ provider: 'neon' as const }, "pg_hba.conf is the service's own."],
    ])('says where we are: %j', (changes, words) => {
      const walk = at({ server: { facts: { ...serverFacts, ...changes } } })
      walk.press('enter')
      walk.answer()
      const text = connectionLines(walk.state())
        .map(each => each.text)
        .join(' ')
      expect(text.replaceAll(/\s+/g, ' ')).toContain(words)
      // Where there is no room for all of it, its end is pages further down.
      walk.press('page-down', 'page-down', 'page-down')
      expect(seen(walk)).toContain('Enter goes on.')
    })

    it.each([
      ['standby', { inRecovery: true }],
      ['transaction pooler', { pooled: true }],
      ['read-only', { readOnly: true }],
      ['14 is the oldest', { versionNumber: 130011, version: '13.11' }],
    ])('says of a server that takes no changes: %s', (words, facts) => {
      const walk = at({ server: { facts: { ...serverFacts, ...facts } } })
      walk.press('enter')
      walk.answer()
      expect(seen(walk)).toContain(words)
    })

    it('says what is wrong with a field under it', () => {
      const walk = at()
      walk.press('tab', 'ctrl-u')
      walk.type('99999')
      walk.press('enter')
      expect(seen(walk)).toContain('✗ A port is a number from 1 to 65535.')
      expect(seen(walk)).toContain('❯ Port')
    })

    it('says what of a URL it cannot read, and how one is written', () => {
      const walk = at()
      walk.paste('postgresql://dba:hunter2@a,b/shop')
      expect(seen(walk)).toContain('It names several hosts. Give the one that is the primary.')
      expect(seen(walk)).not.toContain('hunter2')
    })
  })

  describe('the address for the tool', () => {
    it('warns of one that means the machine itself', () => {
      const walk = startWalk({
        ...size,
        defaults: { ...walkDefaults, host: { value: '/tmp', source: 'default' } },
      })
      walk.to('endpoint')
      expect(seen(walk)).not.toContain('/tmp ❘')
      walk.type('localhost')
      expect(seen(walk)).toContain('only a tool on the same machine can use it')
    })
  })

  describe('authentication', () => {
    it('shows the limits as ours, and that the names are free', () => {
      const walk = startWalk(size)
      walk.to('authentication')
      expect(rowWith(walk, 'Connections')).toContain('our default')
      while (walk.state().authentication.form.focus !== 'connectionLimit') walk.press('tab')
      walk.type('7')
      expect(rowWith(walk, 'Connections')).not.toContain('our default')
      expect(rowWith(walk, 'Login role')).toContain('atlan_user')
      expect(seen(walk)).toContain('atlan_user_role: free.')
    })

    it('shows what an existing login is before its password is replaced', () => {
      const role = existingRole('atlan_user', {
        canLogin: true,
        memberOf: ['reporting'],
        sessions: 3,
        validUntil: '2027-01-01T00:00:00Z',
      })
      const walk = startWalk({ ...size, server: { roles: { atlan_user: role } } })
      walk.to('authentication')
      const text = seen(walk)
      for (const part of [
        'atlan_user: exists',
        'member of reporting',
        '3 sessions now',
        'valid until 2027-01-01',
        'replaces its password',
      ])
        expect(text).toContain(part)
      walk.press('enter')
      walk.answer()
      const asked = seen(walk)
      expect(asked).toContain('atlan_user exists. Its password will be replaced.')
      expect(asked).toContain('Whoever logs in with it now is locked out until told the new password.')
      expect(asked).toContain('Type its name to agree')
    })

    it('says why a role is refused', () => {
      const walk = startWalk({
        ...size,
        server: { roles: { atlan_user: existingRole('atlan_user', { elevated: ['SUPERUSER'] }) } },
      })
      walk.to('authentication')
      walk.press('enter')
      walk.answer()
      expect(seen(walk)).toContain('has SUPERUSER: it is never handed to a tool.')
    })

    it('asks about AWS next where the tool comes in through it', () => {
      const walk = startWalk(size)
      walk.to('authentication')
      walk.press('right', 'enter')
      walk.answer()
      expect(seen(walk)).toContain('How does Atlan come to its tokens?')
      expect(seen(walk)).toContain('nobody may assume the role')
    })
  })

  describe('schemas', () => {
    it('shows counts, sizes and owners, and greys with the reason what cannot be granted', () => {
      const walk = startWalk(size)
      walk.to('schemas')
      expect(rowWith(walk, 'public')).toContain('4 tables')
      expect(rowWith(walk, 'public')).toContain('8 kB')
      const refused = rowWith(walk, 'private')
      expect(refused).toMatch(/∙ private {2}owned by bookkeeper, who must gra/)
      walk.press('down', 'down')
      expect(seen(walk)).toContain('private: owned by bookkeeper, who must grant USAGE.')
    })

    it('says why a database cannot be looked into', () => {
      const walk = startWalk({
        ...size,
        server: {
          databases: [...walkDatabases, database('locked', [], { unreadable: 'you have no CONNECT there' })],
        },
      })
      walk.to('schemas')
      walk.press('end')
      expect(rowWith(walk, 'locked')).toContain('you have no CONNECT there')
    })

    it('says why nothing can be read, and the key that reads again', () => {
      const walk = startWalk(size)
      walk.to('authentication')
      walk.press('enter')
      walk.take()
      walk.tell({ kind: 'roles-read', roles: { atlan_user: null, atlan_user_role: null } })
      walk.press('ctrl-r')
      walk.tell({ kind: 'databases-failed', problem: someProblem })
      expect(walk.state().step).toBe('schemas')
      expect(seen(walk)).toContain('✗ The server went away. Look at its log.')
      expect(seen(walk)).toContain('Ctrl-R read again')
    })
  })

  describe('tables', () => {
    const at = () => {
      const walk = startWalk(size)
      walk.to('tables')
      return walk
    }

    it('marks personal data, with the columns and why', () => {
      const walk = at()
      expect(rowWith(walk, 'customer')).toContain('! personal')
      walk.press('down', 'down')
      expect(seen(walk)).toContain('Maybe personal data: email (its name says an e-mail address).')
      walk.press('space')
      expect(seen(walk)).toContain('1 personal column')
    })

    it('greys with the reason what cannot be granted', () => {
      expect(rowWith(at(), 'ledger')).toMatch(/∙ ledger {2}owned by bookkeeper, who must gra/)
    })

    it('counts what is chosen, and says what the tool would see of it', () => {
      const walk = at()
      walk.press('a')
      expect(rowWith(walk, 'shop.public')).toMatch(/◉ shop\.public {2}3\/3/)
      expect(seen(walk)).toContain('names, columns and rows of the chosen tables')
      walk.press('t')
      expect(seen(walk)).toContain('no rows')
    })

    it('says whose later tables would follow', () => {
      const walk = at()
      walk.press('home')
      expect(seen(walk)).toContain('l: tables that shopkeeper will make in public are seen too.')
      walk.press('l')
      expect(rowWith(walk, 'shop.public')).toContain('later by shopkeeper')
    })

    it('says how many match a filter, and when none does', () => {
      const walk = at()
      walk.press('/')
      walk.type('al')
      expect(rowWith(walk, 'filter')).toContain('1 match')
      walk.type('zzz')
      expect(seen(walk)).toContain('nothing matches')
    })
  })

  describe('network', () => {
    it('has the ticket where the addresses come by one', () => {
      const walk = startWalk(size)
      walk.to('network')
      expect(rowWith(walk, 'Addresses')).toContain('◉ not known yet')
      expect(seen(walk)).toContain('Ask Atlan for its addresses: https://')
      // Where there is no room for the rest, the last row says so, and a page further down it is.
      if (size.rows === 16) expect(seen(walk)).toMatch(/1-\d+ of \d+/)
      walk.press('page-down', 'page-down', 'page-down')
      expect(seen(walk)).toContain('pg-usher --answers FILE opens these answers again')
    })

    it('has the lines for the addresses that were typed', () => {
      const walk = startWalk(size)
      walk.to('network')
      walk.press('right', 'tab')
      walk.type('203.0.113.7')
      expect(seen(walk)).toContain('/etc/postgresql/18/main/pg_hba.conf')
      walk.press('page-down')
      expect(seen(walk)).toMatch(/hostssl shop atlan_user 203\.0\.113\.7\/32/)
      // In a narrow window its end is in the next row.
      if (size.rows === 16) walk.press('page-down')
      expect(seen(walk)).toContain('scram-sha-256')
    })
  })

  describe('secret', () => {
    it('says whose the place is, what is tried, and why it does not work', () => {
      const walk = startWalk(size)
      walk.to('secret')
      expect(seen(walk)).toContain('The keychain of dba.')
      walk.press('enter')
      expect(seen(walk)).toContain('writing, reading back and deleting a trial entry')
      const { attempt } = walk.state().secret
      walk.tell({ kind: 'store-slow', attempt })
      expect(seen(walk)).toContain('still waiting')
      walk.tell({ kind: 'store-probed', attempt, problem: someProblem })
      expect(seen(walk)).toContain('✗ The server went away. Look at its log.')
    })
  })

  describe('review', () => {
    it('says that nothing was changed, and shows the first statement', () => {
      const walk = startWalk(size)
      walk.to('review')
      expect(seen(walk)).toContain('Nothing has been changed; r rehearses it.')
      expect(seen(walk)).toMatch(/1-\d+ of \d+/)
      if (size.rows === 16) walk.press('page-down')
      expect(seen(walk)).toContain('CREATE ROLE atlan_user_role NOLOGIN')
    })

    it('says that the rehearsal held, what it found, and the key for yes', () => {
      const walk = startWalk(size)
      walk.to('review')
      walk.press('r')
      walk.answer()
      expect(seen(walk)).toContain('The rehearsal held and was rolled back. y applies the plan.')
      expect(seen(walk)).toContain('shop: 1 chosen table readable, 3 others tried and refused.')
      expect(drawScreen(walk.state()).at(-1)).toMatch(/^y apply/)
    })

    it('says on its first page what is changed besides roles and grants, and above the yes on which server', () => {
      const walk = startWalk(size)
      walk.to('review')
      const { plan, attempt, obstacles } = walk.state().review
      if (plan === null) throw new Error('no plan')
      const host = 'warehouse.c9akciq32.eu-central-1.rds.amazonaws.com'
      const listen = {
        kind: 'listen-addresses',
        why: 'It listens on itself alone.',
        value: '*',
        former: null,
        inForce: 'localhost',
        dataDirectory: '/srv/pg',
      } as const
      const server = { ...plan.server, host }
      const facts = { databases: walk.state().facts.databases, roles: {} }
      walk.tell({ kind: 'planned', attempt, plan: { ...plan, server, listen }, obstacles, facts })
      expect(seen(walk)).toContain('listen_addresses, which needs a restart by you')
      walk.press('r')
      walk.answer()
      expect(seen(walk)).toContain('Not rehearsed: listen_addresses, which needs a restart by you.')
      const rows = drawScreen(walk.state())
      expect(rows.at(-1)).toMatch(/^y apply/)
      expect(rows.at(-2)).toMatch(new RegExp(`^y( changes|:) (dba@)?${host.replaceAll('.', '\\.')}:5432$`))
    })

    it('keeps the row that says where one is below a notice of several rows', () => {
      const walk = startWalk(size)
      walk.to('review')
      const path = `/home/dba/${'a-long-folder/'.repeat(5)}atlan.sql`
      walk.tell({ kind: 'saved', what: 'sql', path })
      expect(seen(walk)).toContain('a-long-folder/')
      expect(drawScreen(walk.state()).at(-3)).toMatch(/^1-\d+ of \d+$/)
    })

    it('says where a rehearsal failed, and offers no yes', () => {
      const walk = startWalk(size)
      walk.to('review')
      const change = walk.state().review.plan?.roles[0] ?? null
      walk.press('r')
      walk.tell({
        kind: 'rehearsed',
        attempt: walk.state().review.attempt,
        rehearsal: { outcome: 'failed', problem: someProblem, change, database: 'shop' },
      })
      const text = seen(walk)
      expect(text).toContain('Nothing has been changed')
      expect(text).toContain('The server went away. Look at its log.')
      expect(text).toContain('failed in database shop')
      expect(drawScreen(walk.state()).at(-1)).not.toContain('apply')
    })

    it('says why a plan cannot be applied from here, and that it can be saved', () => {
      const walk = startWalk({ ...size, server: { facts: { ...serverFacts, inRecovery: true } } })
      walk.to('review')
      const text = seen(walk)
      expect(text).toContain('it can be saved, not applied from here')
      expect(text).toContain('This server is a standby')
      const foot = drawScreen(walk.state()).at(-1)
      expect(foot).toContain('Ctrl-S save')
      expect(foot).not.toMatch(/rehearse|apply/)
    })

    it('says why there is no plan', () => {
      const walk = startWalk(size)
      walk.to('review')
      walk.tell({
        kind: 'plan-refused',
        attempt: walk.state().review.attempt,
        problems: [
          {
            code: 'schema-gone',
            message: 'There is no schema x in shop.',
            next: 'Choose one.',
            path: 'databases[0]',
          },
        ],
        facts: null,
      })
      expect(seen(walk)).toContain('There is no schema x in shop. (databases[0]) Choose one.')
    })
  })

  describe('apply and done', () => {
    const ended = (outcome: (walk: Walk) => Parameters<typeof appliedEvent>[2]) => {
      const walk = startWalk(size)
      walk.to('apply')
      const { plan } = walk.state().review
      const answers = answersOf(walk.state().draft)
      if (plan === null || answers === null) throw new Error('nothing to apply')
      for (const phase of ['knock', 'secret', 'roles', 'database', 'login', 'proof', 'end'] as const)
        walk.tell({ kind: 'engine', event: { kind: 'phase', phase, database: null } })
      walk.tell(appliedEvent(plan, answers, outcome(walk)))
      return walk
    }

    it('counts while it works', () => {
      const walk = startWalk(size)
      walk.to('apply')
      walk.tell({
        kind: 'engine',
        event: { kind: 'progress', phase: 'database', database: 'shop', done: 3, total: 12 },
      })
      expect(seen(walk)).toMatch(/3\/12/)
      walk.press('ctrl-c')
      expect(seen(walk)).toContain('cancelling: everything is rolled back')
      walk.press('ctrl-c')
      expect(seen(walk)).toContain('still rolling back: leave only if it does not answer.')
    })

    it('shows what is left after a failure, and how to undo it', () => {
      const walk = ended(() => ({
        outcome: 'failed-changed',
        problem: someProblem,
        change: null,
        left: ['The role atlan_user'],
        undo: ['DROP ROLE atlan_user;'],
      }))
      const text = seen(walk)
      for (const part of [
        'not everything could be taken back',
        'The server went away.',
        'The role atlan_user',
        'DROP ROLE atlan_user;',
      ])
        expect(text).toContain(part)
    })

    it('shows what went wrong where nothing is left', () => {
      const text = seen(ended(() => ({ outcome: 'failed-unchanged', problem: someProblem, change: null })))
      expect(text).toContain('nothing is changed')
      expect(text).toContain('The server went away.')
      expect(text).toContain('Look at its log.')
    })

    it('shows the proof, then the form in the vendor’s order with the password hidden until p', () => {
      const walk = ended(state => {
        const { plan } = state.state().review
        if (plan === null) throw new Error('no plan')
        return { outcome: 'done', ...appliedTo(plan) }
      })
      expect(seen(walk)).toContain('Done, and proved by logging in as the new user.')
      walk.press('enter')
      const text = seen(walk)
      expect(text).toMatch(
        /Host db\.internal Port 5432 Authentication Basic Username atlan_user Password \(hidden: p shows it\) Database shop/,
      )
      walk.press('p')
      walk.answer()
      expect(rowWith(walk, 'Password ')).toContain('Pa55word')
      walk.press('p')
      expect(seen(walk)).not.toContain('Pa55word')
      walk.press('end')
      expect(seen(walk)).toContain('/out/receipt.md')
    })

    it('says that the login is not provable from here, with the line', () => {
      const hbaLine = 'hostssl shop atlan_user 10.0.0.9/32 scram-sha-256'
      const walk = ended(state => {
        const { plan } = state.state().review
        if (plan === null) throw new Error('no plan')
        return {
          outcome: 'done-unproved',
          ...appliedTo(plan),
          unproved: [{ database: 'shop', problem: someProblem, hbaLine }],
        }
      })
      expect(seen(walk)).toContain('Login: not provable from here')
      expect(seen(walk)).toContain(hbaLine)
    })

    it('says of a key that it is a key that was sent', () => {
      const walk = startWalk(size)
      walk.to('aws')
      walk.tell({ kind: 'password-sent', sent: true, through: '' })
      expect(seen(walk)).toContain('Key sent; whether it was taken')
    })

    it('warns before a password that is kept nowhere is left unseen', () => {
      const walk = startWalk({ ...size, places: walkPlaces.slice(2) })
      walk.to('done')
      walk.press('enter')
      expect(seen(walk)).toContain('The password was not shown yet, and it is kept nowhere')
    })
  })

  describe('over a screen', () => {
    it('the help has every key of the screen', () => {
      const walk = startWalk(size)
      walk.to('tables')
      walk.press('?')
      let text = ''
      for (let page = 0; page < 6; page++) {
        text += drawScreen(walk.state()).join('\n')
        walk.press('page-down')
      }
      for (const key of ['Space', 'Enter', 'Ctrl-R', 'Ctrl-G', 'Shift-Tab', 'PgDn'])
        expect(text).toContain(key)
    })

    it('the steps that can be gone to are listed, and no others', () => {
      const walk = startWalk(size)
      walk.to('schemas')
      walk.press('ctrl-g')
      const text = seen(walk)
      expect(text).toContain('1 Tool 2 Connection 3 Address for the tool 4 Roles and sign-in ❯ 5 Schemas')
      expect(text).not.toContain('6 Tables')
    })

    it('leaving says what stays', () => {
      const walk = startWalk(size)
      walk.press('ctrl-c')
      expect(seen(walk)).toContain('Nothing has been changed on the server.')
      // The choice of a tool alone is not worth a question at the next start.
      expect(seen(walk)).not.toContain('Your answers are kept')
      const answered = startWalk(size)
      answered.to('schemas')
      answered.press('ctrl-c')
      expect(seen(answered)).toContain(
        'Your answers are kept, without a password: the next start of pg-usher offers them.',
      )
      expect(seen(answered)).toContain('d leaves and throws them away.')
      const done = startWalk(size)
      done.to('done')
      done.press('ctrl-c')
      expect(seen(done)).toContain('What was done stays.')
    })
  })
})

describe('many tables', () => {
  it('show those around the cursor', () => {
    const many = [
      database('shop', [
        schema(
          'public',
          Array.from({ length: 500 }, (_, n) => relation(`t${n + 100}`)),
        ),
      ]),
    ]
    const walk = startWalk({ columns: 60, rows: 16, server: { databases: many } })
    walk.to('tables')
    walk.press('end')
    expect(rowWith(walk, 't599')).toContain('❯')
  })
})
