import {
  type BenchContext,
  type Group,
  inTurns,
  type Measured,
  median,
  notMeasured,
  percentile95,
  timed,
} from './measure.ts'
import { peakOf } from './support/peak-memory.ts'
import { hasPsql, listing, psql } from './support/psql.ts'
import { type Press, type Session, timeToTree, workWizard } from './support/wizard-session.ts'

/** The real program on a terminal of 120x40, worked by keys, on catalogues of three sizes. */
export const wizard: Group = {
  name: 'wizard',
  measure: async context => {
    const { tables, rounds } = context
    const sessions = { all: [] as Session[], tenth: [] as Session[], hundredth: [] as Session[] }
    const warehouses = {
      all: await context.warehouse(18),
      tenth: await context.warehouse(18, Math.max(tables / 10, enoughToScroll)),
      hundredth: await context.warehouse(18, Math.max(tables / 100, enoughToScroll)),
    }
    // The first start of all has nothing compiled yet.
    await workWizard(warehouses.hundredth)
    for (let round = 0; round < rounds; round += 1) {
      for (const size of ['all', 'tenth', 'hundredth'] as const)
        sessions[size].push(await workWizard(warehouses[size]))
    }
    const { all, tenth, hundredth } = sessions
    const moved = all.flatMap(({ moves }) => moves)
    const scrolled = all.flatMap(({ scrolls }) => scrolls)
    const keys = (some: readonly Session[]) =>
      timesOf(some.flatMap(({ moves, scrolls }) => [...moves, ...scrolls]))
    const meanwhile = timesOf(all.flatMap(({ movesMeanwhile }) => movesMeanwhile))
    const filtered = (some: readonly Session[]) => timesOf(some.flatMap(({ filterKeys }) => filterKeys))
    const middle = (some: readonly Session[], what: (session: Session) => number) => median(some.map(what))
    const empty = await peakOf(process.execPath, ['-e', 'setTimeout(() => {}, 300)'])
    const peak = middle(all, session => session.peak)
    return [
      ...(await treeOnScreen(context)),
      { id: 'drawing.move', ...bytesOf(moved.filter(({ saysMore }) => !saysMore)) },
      { id: 'drawing.scroll', ...bytesOf(scrolled.filter(({ saysMore }) => !saysMore)) },
      { id: 'drawing.move-said', ...bytesOf(moved) },
      { id: 'drawing.scroll-said', ...bytesOf(scrolled) },
      { id: 'drawing.idle', value: middle(all, session => session.idleBytes) },
      {
        id: 'drawing.cpu',
        value: middle(all, session => session.cpuPerKey),
        note: 'of a scroll step; user and system',
      },
      {
        id: 'drawing.paint',
        value: percentile95(keys(all)),
        note: `median ${milliseconds(keys(all))}; at a hundredth of the rows ${milliseconds(keys(hundredth))}, p95 ${percentile95(keys(hundredth)).toFixed(1)} ms; while the rest is still read in the background ${milliseconds(meanwhile)}, p95 ${percentile95(meanwhile).toFixed(1)} ms`,
      },
      { id: 'drawing.paint-growth', value: median(keys(all)) / median(keys(hundredth)) },
      {
        id: 'filter.paint',
        value: median(filtered(all)),
        note: `at a hundredth of the names ${milliseconds(filtered(hundredth))}: most of it is drawing`,
      },
      { id: 'filter.p95', value: percentile95(filtered(all)) },
      {
        id: 'memory.wizard',
        value: peak,
        note: `VmHWM; ${Math.round(middle(all, session => session.peakAtEnd))} MB after some 200 keys and filters more`,
      },
      { id: 'memory.wizard-node', value: peak / empty, note: `node ${Math.round(empty)} MB` },
      {
        id: 'growth.wizard-time',
        value: middle(all, session => session.loaded) / middle(tenth, session => session.loaded),
        note: `${Math.round(middle(all, session => session.loaded))} ms, keys included`,
      },
      { id: 'growth.wizard-memory', value: peak / middle(tenth, session => session.peak) },
      { id: 'growth.filter', value: median(filtered(all)) / median(filtered(tenth)) },
    ]
  },
}

/** Then the largest schema has more rows than are scrolled through. */
const enoughToScroll = 1000

async function treeOnScreen(context: BenchContext): Promise<readonly Measured[]> {
  if (!hasPsql()) return notMeasured(['catalogue.tree-on-screen'], 'no psql')
  const warehouse = await context.warehouse(18)
  const medians = await inTurns(Math.min(context.shortRounds, 7), {
    ours: () => timeToTree(warehouse),
    psql: () => timed(() => psql(warehouse, ['-At', '-c', listing])),
  })
  return [
    {
      id: 'catalogue.tree-on-screen',
      value: medians.ours / medians.psql,
      note: `${Math.round(medians.ours)} ms with four Enters, each when its screen was there; psql ${Math.round(medians.psql)} ms`,
    },
  ]
}

const timesOf = (presses: readonly Press[]) => presses.map(({ milliseconds }) => milliseconds)

const bytesOf = (presses: readonly Press[]) => ({
  value: median(presses.map(({ bytes }) => bytes)),
  note: `of ${presses.length} keys`,
})

const milliseconds = (values: readonly number[]) => `${median(values).toFixed(1)} ms`
