/** A piece of the screen, in character cells. */
export interface Area {
  readonly columns: number
  readonly rows: number
}

/** Smaller than this nothing useful can be shown. */
export const SMALLEST: Area = { columns: 40, rows: 10 }

/** Whether a terminal is too small for any screen. */
export function isTooSmall({ columns, rows }: Area): boolean {
  return columns < SMALLEST.columns || rows < SMALLEST.rows
}
