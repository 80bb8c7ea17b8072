import type { FigureId } from './figures.ts'
import { type Group, type Measured, median, percentile95 } from './measure.ts'
import { startWarehouse } from './support/warehouse.ts'
import { type Session, workWizard } from './support/wizard-session.ts'

/** As many tables as ever, otherwise spread: over a thousand schemas, and all of them in one. */
const shapes = { 'many-schemas': 1000, 'one-schema': 1 } as const

export type ShapeName = keyof typeof shapes

/** The real wizard, worked once in each shape, against the same in the shape that all else is measured in. */
export const shaped: Group = {
  name: 'shapes',
  measure: async ({ warehouse, tables }) => {
    const usual = await warehouse(18)
    // The first start of all has nothing compiled yet.
    await workWizard(usual)
    const beside = await workWizard(usual)
    const measured: Measured[] = []
    for (const name of Object.keys(shapes) as ShapeName[]) {
      const made = await startWarehouse(18, tables, Math.min(shapes[name], tables))
      try {
        measured.push(...figuresOf(name, await workWizard(made), beside))
      } finally {
        await made.stop()
      }
    }
    return measured
  },
}

function figuresOf(name: ShapeName, session: Session, beside: Session): readonly Measured[] {
  const { loaded, peak, moves, scrolls } = session
  const keys = [...moves, ...scrolls].map(({ milliseconds }) => milliseconds)
  const id = <Part extends 'loaded' | 'memory' | 'paint'>(part: Part) =>
    `shape.${name}.${part}` as const satisfies FigureId
  return [
    {
      id: id('loaded'),
      value: loaded / beside.loaded,
      note: `${Math.round(loaded)} ms from the start, keys included`,
    },
    { id: id('memory'), value: peak, note: 'VmHWM; all loaded and chosen' },
    { id: id('paint'), value: percentile95(keys), note: `median ${median(keys).toFixed(1)} ms` },
  ]
}
