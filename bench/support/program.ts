import { join } from 'node:path'

/** The built program, as it is published. */
export const program = join(import.meta.dirname, '..', '..', 'dist', 'pg-usher.cjs')
