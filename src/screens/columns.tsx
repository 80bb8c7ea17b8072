import { createContext, type ReactNode, useContext } from 'react'

const ColumnsContext = createContext(80)

/** Gives the width of the screen to all components below. */
export function ColumnsProvider({ columns, children }: { columns: number; children: ReactNode }) {
  return <ColumnsContext value={columns}>{children}</ColumnsContext>
}

/** The columns that a row has. */
export function useColumns(): number {
  return useContext(ColumnsContext)
}
