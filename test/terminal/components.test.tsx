import { Text } from 'ink'
import { render } from 'ink-testing-library'
import type { ReactNode } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { CheckList, type CheckRow, checkRowParts } from '../../src/terminal/CheckList.tsx'
import { bodyArea, Frame } from '../../src/terminal/Frame.tsx'
import { ASCII_GLYPHS, glyphsFor, UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'
import { HelpOverlay } from '../../src/terminal/HelpOverlay.tsx'
import { KeyHints } from '../../src/terminal/KeyHints.tsx'
import type { Binding } from '../../src/terminal/keymap.ts'
import { LookProvider } from '../../src/terminal/look.tsx'
import { Menu } from '../../src/terminal/Menu.tsx'
import { ProgressLine } from '../../src/terminal/ProgressLine.tsx'
import { ScrollText } from '../../src/terminal/ScrollText.tsx'
import { Spinner } from '../../src/terminal/Spinner.tsx'
import { TextField, type TextFieldProps } from '../../src/terminal/TextField.tsx'
import { textField } from '../../src/terminal/text-field.ts'
import { themeFor } from '../../src/terminal/theme.ts'
import { displayWidth } from '../../src/terminal/truncate.ts'

const screens: { unmount(): void }[] = []

afterEach(() => {
  for (const screen of screens.splice(0)) screen.unmount()
})

function draw(node: ReactNode, { unicode = true } = {}) {
  const look = { glyphs: glyphsFor(unicode), theme: themeFor(false) }
  const screen = render(<LookProvider look={look}>{node}</LookProvider>)
  screens.push(screen)
  return screen
}

function rows(node: ReactNode, options?: { unicode: boolean }): readonly string[] {
  return (draw(node, options).lastFrame() ?? '').split('\n').map(row => row.trimEnd())
}

async function eventually(condition: () => boolean, what: () => string): Promise<void> {
  for (const end = performance.now() + 5_000; !condition(); ) {
    if (performance.now() > end) throw new Error(`Never came: ${what()}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('Frame', () => {
  const frame = (columns: number, terminalRows: number, lines: number) =>
    rows(
      <Frame
        terminal={{ columns, rows: terminalRows }}
        head={[<Text key="head">Head</Text>]}
        foot={[<Text key="rule">----</Text>, <Text key="foot">Foot</Text>]}
      >
        <ScrollText
          lines={Array.from({ length: lines }, (_, line) => `line ${line + 1}`)}
          top={0}
          height={lines}
        />
      </Frame>,
    )

  it('stands still: head, body and foot have their rows, whatever the body has', () => {
    for (const lines of [0, 3, 12, 50]) {
      const drawn = frame(60, 16, lines)
      expect(drawn).toHaveLength(15)
      expect(drawn[0]).toBe('Head')
      expect(drawn.slice(-2)).toEqual(['----', 'Foot'])
    }
    expect(frame(60, 16, 50).slice(1, 13)).toEqual(
      Array.from({ length: 12 }, (_, line) => `line ${line + 1}`),
    )
  })

  it('gives the body what is left', () => {
    expect(bodyArea({ columns: 60, rows: 16 }, 1, 2)).toEqual({ columns: 60, rows: 12 })
    expect(bodyArea({ columns: 60, rows: 2 }, 1, 2)).toEqual({ columns: 60, rows: 0 })
  })

  it.each([
    [39, 24],
    [80, 9],
    [20, 3],
  ])('says that %ix%i is too small, in one row', (columns, terminalRows) => {
    const drawn = frame(columns, terminalRows, 3)
    expect(drawn).toHaveLength(1)
    expect(drawn[0]).toContain('40x10')
    expect(drawn[0]).toContain(`${columns}x${terminalRows}`)
  })
})

describe('TextField', () => {
  const field = (props: Partial<TextFieldProps>) =>
    rows(<TextField label="Host" state={textField('db.example')} columns={60} focused {...props} />)

  it('shows label, value and cursor', () => {
    expect(field({})).toEqual(['❯ Host db.example❘'])
    expect(field({ state: { value: 'db.example', cursor: 2 } })).toEqual(['❯ Host db❘.example'])
    expect(field({ focused: false, labelWidth: 6 })).toEqual(['  Host   db.example'])
  })

  it('says where the value came from and what is wrong with it', () => {
    expect(field({ source: 'PGHOST', problem: 'No such host.' })).toEqual([
      '❯ Host db.example❘  PGHOST',
      '  ✗ No such host.',
    ])
  })

  it('never shows what is masked', () => {
    const [row = ''] = field({ label: 'Password', state: textField('s3cr3t'), masked: true })
    expect(row).toBe('❯ Password ∙∙∙∙∙∙❘')
  })

  it('shows what may be typed while there is nothing', () => {
    expect(field({ state: textField(), placeholder: 'localhost' })).toEqual(['❯ Host ❘(localhost)'])
  })

  it('shows the part around the cursor of what is too long', () => {
    const value = '0123456789'.repeat(10)
    expect(field({ state: textField(value), columns: 30 })[0]).toMatch(/^❯ Host …[0-9]+9❘$/u)
    expect(field({ state: { value, cursor: 0 }, columns: 30 })[0]).toMatch(/^❯ Host ❘01[0-9]+…$/u)
    expect(field({ state: textField(value), columns: 30, focused: false })[0]).toMatch(
      /^ {2}Host 01[0-9]+…$/u,
    )
  })

  it('keeps to its columns, one row for the value and one for the problem', () => {
    const texts = ['', 'short', 'long '.repeat(30), '字'.repeat(60), 'a\nb\x1b[2Jc'.repeat(10)]
    for (const text of texts)
      for (const columns of [30, 40, 60])
        for (const focused of [true, false]) {
          const drawn = field({ state: textField(text), source: text, problem: text, columns, focused })
          expect(drawn).toHaveLength(2)
          for (const row of drawn) expect(displayWidth(row)).toBeLessThanOrEqual(columns)
        }
  })
})

describe('CheckList', () => {
  const list: readonly CheckRow[] = [
    { id: 'public', label: 'public', check: 'partly', fold: 'open', detail: '11 tables' },
    { id: 'album', label: 'album', check: 'checked', depth: 1, detail: '347', note: 'One a record.' },
    { id: 'customer', label: 'customer', check: 'unchecked', depth: 1, detail: '59', mark: 'email?' },
    { id: 'secret', label: 'secret', check: 'disabled', depth: 1, note: 'owned by another role' },
    { id: 'more', label: 'and 7 more', check: 'none', depth: 1 },
  ]

  it('draws a tree with boxes, and figures at the right edge', () => {
    expect(rows(<CheckList rows={list} cursor={1} columns={44} />)).toEqual([
      '  ▾ ◒ public                       11 tables',
      '❯   ◉ album  One a record.               347',
      '    ◌ customer  ! email?                  59',
      '    ∙ secret  owned by another role',
      '    and 7 more',
    ])
  })

  it('draws it in ASCII', () => {
    expect(rows(<CheckList rows={list} cursor={0} columns={44} />, { unicode: false }).slice(0, 2)).toEqual([
      '> v [-] public                     11 tables',
      '    [x] album  One a record.             347',
    ])
  })

  it('shows a hostile name on its own row and acts on nothing', () => {
    const hostile = { id: '1', label: 'a\n\x1b[31mb\u202e', check: 'checked' } as const
    expect(rows(<CheckList rows={[hostile]} cursor={-1} columns={60} />)).toEqual([
      '  ◉ a\\n<U+001B>[31mb<U+202E>',
    ])
  })

  it('shares a row that is too narrow: the name before what is said of it', () => {
    const row = { ...list[1], id: '1', check: 'checked', label: 'invoice_line_archive_2026_11' } as const
    const parts = (columns: number) => {
      const { head, mark, note, detail } = checkRowParts(row, columns, UNICODE_GLYPHS)
      return head + mark + note + detail
    }
    expect(parts(60)).toBe('   ◉ invoice_line_archive_2026_11  One a record.         347')
    expect(parts(40)).toBe('   ◉ invoice_line_archive_2026_11    347')
    expect(parts(28)).toBe('   ◉ invoice_l…_2026_11  347')
    expect(parts(16)).toBe('   ◉ invoi…26_11')
  })

  it('is never wider than the screen', () => {
    for (const glyphs of [UNICODE_GLYPHS, ASCII_GLYPHS])
      for (let columns = 10; columns < 90; columns++)
        for (const row of list) {
          const { head, mark, note, detail } = checkRowParts(row, columns, glyphs)
          const width = displayWidth(head + mark + note + detail)
          expect(width).toBeLessThanOrEqual(columns)
          if (detail !== '') expect(width).toBe(columns)
        }
  })
})

describe('ScrollText', () => {
  it('shows its lines from the first visible one on, empty ones too', () => {
    expect(rows(<ScrollText lines={['a', 'b', '', 'd', 'e']} top={1} height={3} />)).toEqual(['b', '', 'd'])
  })

  it('makes lines safe that nobody wrapped', () => {
    expect(rows(<ScrollText lines={['a\x1b[2Jb']} top={0} height={1} />)).toEqual(['a<U+001B>[2Jb'])
  })
})

describe('the keys that work', () => {
  const bindings: readonly Binding[] = [
    { command: 'next', keys: ['enter'], label: 'next', help: 'Goes on.' },
    {
      command: 'back',
      keys: ['escape', 'shift-tab'],
      label: 'back',
      help: 'Goes back; what was typed stays.',
    },
  ]

  it('stand in the foot', () => {
    expect(rows(<KeyHints bindings={bindings} columns={60} />)).toEqual(['Enter next  Esc back'])
    expect(rows(<KeyHints bindings={bindings} columns={12} />)).toEqual(['Enter next'])
  })

  it('stand in the help', () => {
    const sections = [
      { title: 'Here', bindings },
      {
        title: 'Everywhere',
        bindings: [{ command: 'help', keys: ['?'], label: 'help', help: 'Shows this.' }],
      },
    ]
    expect(rows(<HelpOverlay sections={sections} columns={60} rows={10} top={0} />)).toEqual([
      'Here',
      '  Enter           Goes on.',
      '  Esc, Shift-Tab  Goes back; what was typed stays.',
      '',
      'Everywhere',
      '  ?               Shows this.',
    ])
    expect(rows(<HelpOverlay sections={sections} columns={60} rows={2} top={4} />)[0]).toBe('Everywhere')
  })
})

describe('Menu', () => {
  const items = [
    { value: 'atlan', label: 'Atlan', note: 'a data catalogue' },
    { value: 'analytics', label: 'Atlassian Analytics', note: 'dashboards' },
    { value: 'other', label: 'Other' },
  ] as const

  it('shows its items, the pointer on the one to begin with', () => {
    expect(rows(<Menu items={items} columns={60} initial="analytics" onSelect={() => {}} />)).toEqual([
      '  Atlan                a data catalogue',
      '❯ Atlassian Analytics  dashboards',
      '  Other',
    ])
    expect(rows(<Menu items={items} columns={20} onSelect={() => {}} />)).toEqual(
      ['❯ Atlan             …', '  Atlassian Analytic…', '  Other'].map(row =>
        displayWidth(row) > 20 ? expect.stringMatching(/^.{19}…$/u) : row,
      ),
    )
  })

  it('selects what the pointer is on', async () => {
    const selected: string[] = []
    const highlighted: string[] = []
    const screen = draw(
      <Menu
        items={items}
        columns={60}
        onSelect={value => selected.push(value)}
        onHighlight={value => highlighted.push(value)}
      />,
    )
    await eventually(
      () => {
        // Before its listeners are there, Ink drops what is typed.
        if (highlighted.length === 0) screen.stdin.write('\x1b[B')
        return screen.lastFrame()?.includes('❯ Atlassian') === true
      },
      () => screen.lastFrame() ?? '',
    )
    screen.stdin.write('\r')
    await eventually(
      () => selected.length > 0,
      () => 'a selection',
    )
    expect(selected).toEqual(['analytics'])
    expect(highlighted).toEqual(['analytics'])
  })
})

describe('ProgressLine', () => {
  it.each([
    [0, 40, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱  0/40  GRANT'],
    [10, 40, '▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱ 10/40  GRANT'],
    // Full only when all is done.
    [39, 40, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▱ 39/40  GRANT'],
    [40, 40, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰ 40/40  GRANT'],
    [0, 0, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰ 0/0  GRANT'],
  ])('shows %i of %i', (done, total, expected) => {
    expect(rows(<ProgressLine done={done} total={total} label="GRANT" columns={60} />)).toEqual([expected])
  })

  it('cuts what is done to the columns there are', () => {
    const [row = ''] = rows(<ProgressLine done={1} total={9} label={'x'.repeat(80)} columns={40} />)
    expect(displayWidth(row)).toBe(40)
  })
})

describe('Spinner', () => {
  it('turns', async () => {
    const screen = draw(<Spinner label="Connecting" />)
    const seen = () => new Set(screen.frames)
    await eventually(
      () => seen().has('⠋ Connecting') && seen().has('⠹ Connecting'),
      () => screen.lastFrame() ?? '',
    )
  })
})
