import type { ShapeName } from './shapes.ts'

/** A figure that is promised: what is measured, against what, and its goal. */
export interface Figure {
  readonly title: (count: Counts) => string
  /** What stands beside it in the same run; for a count or a time nothing does. */
  readonly against?: string
  /** `x` is a ratio of two times or sizes of one run. */
  readonly unit: 'x' | 'trips' | 'bytes' | 'ms' | 'MB'
  readonly atMost?: number
  readonly atLeast?: number
}

/** Numbers of tables, written out: of all, of a tenth and of a hundredth. */
export interface Counts {
  readonly all: string
  readonly tenth: string
  readonly hundredth: string
}

const emptyNode = 'node -e 0'
const listing = 'psql listing all of it'
const oneByOne = 'psql -f, one GRANT a table'
const fastest = 'the fastest known form'

/** Every figure, in the order of the table. What a run does not give of them is shown as not measured. */
export const figures = {
  'start.first-frame': { title: () => 'start to first frame', against: emptyNode, unit: 'x', atMost: 3 },
  'start.first-frame-pgcli': {
    title: () => 'start to first frame',
    against: 'pgcli to its prompt',
    unit: 'x',
    atMost: 0.3,
  },
  'start.very-first': { title: () => 'the very first start', against: emptyNode, unit: 'x' },
  'start.help': { title: () => '--help', against: emptyNode, unit: 'x', atMost: 2.5 },
  'start.version': { title: () => '--version', against: emptyNode, unit: 'x', atMost: 2.5 },

  'catalogue.tree-on-screen': {
    title: ({ all }) => `tree of ${all} tables on the screen, start and all screens before it included`,
    against: listing,
    unit: 'x',
    atMost: 1,
  },
  'catalogue.tree': {
    title: ({ all }) => `tree of ${all} tables, start included, without screens`,
    against: listing,
    unit: 'x',
    atMost: 1,
  },
  'catalogue.in-memory': {
    title: ({ all }) => `catalogue of ${all} tables in memory, start included`,
    against: listing,
    unit: 'x',
    atMost: 1.5,
  },
  'catalogue.record': {
    title: () => 'memory of a relation, with its search copy',
    against: '42 bytes: name and fields',
    unit: 'x',
    atMost: 3,
  },

  'trips.connecting': {
    title: () => 'connecting (TLS, SCRAM, first query): round trips fewer',
    against: 'psql',
    unit: 'trips',
    atLeast: 0.9,
  },
  'trips.tree': { title: () => 'connected to tree', unit: 'trips', atMost: 3 },
  'trips.committed': { title: () => 'yes to committed', unit: 'trips', atMost: 8 },
  'trips.proof': { title: () => 'the proof after its own handshake', unit: 'trips', atMost: 4 },

  'drawing.move': { title: () => 'a move in the list, 120x40', unit: 'bytes', atMost: 28 },
  'drawing.scroll': { title: () => 'a scroll step of the list, 120x40', unit: 'bytes', atMost: 150 },
  'drawing.move-said': {
    title: () => 'a move, with what is told of the row below the list',
    unit: 'bytes',
    atMost: 28,
  },
  'drawing.scroll-said': {
    title: () => 'a scroll step, with what is told of the row below the list',
    unit: 'bytes',
    atMost: 150,
  },
  'drawing.idle': { title: () => 'idle for 3 seconds', unit: 'bytes', atMost: 0 },
  'drawing.cpu': { title: () => 'processor time of a key', unit: 'ms', atMost: 6 },
  'drawing.paint': { title: ({ all }) => `key to paint at ${all} rows, p95`, unit: 'ms', atMost: 16 },
  'drawing.paint-growth': {
    title: ({ all }) => `key to paint at ${all} rows, median`,
    against: 'the same at a hundredth of them',
    unit: 'x',
    atMost: 1.3,
  },
  'filter.key': { title: ({ all }) => `key in the filter at ${all} names, median`, unit: 'ms', atMost: 5 },
  'filter.paint': {
    title: ({ all }) => `key in the filter to paint at ${all} names, median`,
    unit: 'ms',
    atMost: 16,
  },
  'filter.p95': {
    title: ({ all }) => `key in the filter to paint at ${all} names, p95`,
    unit: 'ms',
    atMost: 30,
  },
  'filter.naive': {
    title: ({ all }) => `key in the filter at ${all} names`,
    against: 'one name after the other',
    unit: 'x',
    atMost: 0.5,
  },
  'filter.paste': {
    title: () => 'a paste of 1 MB',
    against: 'a quarter of it',
    unit: 'x',
    atMost: 10,
  },

  ...granting(16),
  ...granting(18),
  'granting.far': {
    title: ({ hundredth }) => `granting ${hundredth} tables at 100 ms delay: psql -1 -f takes as long as`,
    against: 'so many of ours',
    unit: 'x',
    atLeast: 500,
  },
  'cancel.far': {
    title: ({ hundredth }) => `cancel while ${hundredth} tables are granted at 100 ms delay: to rolled back`,
    unit: 'ms',
    atMost: 1000,
  },
  'undo.all': {
    title: ({ all }) => `undo of ${all} tables`,
    against: 'DROP OWNED BY in psql',
    unit: 'x',
    atMost: 1.3,
  },

  'memory.wizard': {
    title: ({ all }) => `peak memory of the wizard, ${all} tables loaded and chosen`,
    unit: 'MB',
    atMost: 200,
  },
  'memory.wizard-node': {
    title: ({ all }) => `peak memory of the wizard, ${all} tables loaded and chosen`,
    against: emptyNode,
    unit: 'x',
  },
  'memory.plan': { title: ({ all }) => `peak memory of plan, ${all} tables`, unit: 'MB', atMost: 200 },

  ...shape('many-schemas', 'in 1,000 schemas'),
  ...shape('one-schema', 'in one schema'),

  ...growth('read-time', 'time of reading the catalogue'),
  ...growth('read-memory', 'memory of the catalogue'),
  ...growth('wizard-time', 'start of the wizard to all tables on the screen'),
  ...growth('wizard-memory', 'peak memory of the wizard'),
  ...growth('filter', 'time of a key in the filter'),
  ...growth('plan-time', 'time of plan'),
  ...growth('plan-memory', 'peak memory of plan'),
  ...growth('granting', 'time of granting'),
  ...growth('rehearsal', 'time of a rehearsal'),
  ...growth('proof', 'time of the proof'),
  ...growth('undo', 'time of an undo'),
} as const satisfies Readonly<Record<string, Figure>>

export type FigureId = keyof typeof figures

/** Every figure with its id. */
export const allFigures: readonly (Figure & { readonly id: FigureId })[] = Object.entries(figures).map(
  ([id, figure]) => ({ id: id as FigureId, ...figure }),
)

function granting<Major extends 16 | 18>(major: Major) {
  const of = (part: keyof Counts, against: string, atMost: number): Figure => ({
    title: counts => `granting ${counts[part]} tables, PostgreSQL ${major}`,
    against,
    unit: 'x',
    atMost,
  })
  return {
    [`granting.${major}.hundredth.psql`]: of('hundredth', oneByOne, 0.3),
    [`granting.${major}.hundredth.fastest`]: of('hundredth', fastest, 1.3),
    [`granting.${major}.tenth.psql`]: of('tenth', oneByOne, 0.3),
    [`granting.${major}.tenth.fastest`]: of('tenth', fastest, 1.3),
    [`granting.${major}.all.psql`]: of('all', oneByOne, 0.3),
    [`granting.${major}.all.fastest`]: of('all', fastest, 1.3),
  } as Readonly<Record<`granting.${Major}.${keyof Counts}.${'psql' | 'fastest'}`, Figure>>
}

function shape<Name extends ShapeName>(name: Name, where: string) {
  return {
    [`shape.${name}.loaded`]: {
      title: ({ all }: Counts) => `${all} tables ${where}: start of the wizard to all of them loaded`,
      against: 'the same in 200 schemas',
      unit: 'x',
      atMost: 1.5,
    },
    [`shape.${name}.memory`]: {
      title: ({ all }: Counts) => `${all} tables ${where}: peak memory of the wizard`,
      unit: 'MB',
      atMost: 200,
    },
    [`shape.${name}.paint`]: {
      title: ({ all }: Counts) => `${all} tables ${where}: key to paint, p95`,
      unit: 'ms',
      atMost: 16,
    },
  } as Readonly<Record<`shape.${Name}.${'loaded' | 'memory' | 'paint'}`, Figure>>
}

function growth<Name extends string>(name: Name, what: string) {
  const figure: Figure = {
    title: ({ tenth, all }) => `growth from ${tenth} to ${all} tables: ${what}`,
    unit: 'x',
    atMost: 12,
  }
  return { [`growth.${name}`]: figure } as Readonly<Record<`growth.${Name}`, Figure>>
}

/** The counts of a catalogue with so many tables. */
export function countsOf(tables: number): Counts {
  const written = (count: number) => Math.round(count).toLocaleString('en')
  return { all: written(tables), tenth: written(tables / 10), hundredth: written(tables / 100) }
}
