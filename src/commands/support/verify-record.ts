import type { Verification } from '../../engine/verify.ts'
import type { ExitCode } from '../../model/exit-code.ts'
import type { Problem } from '../../model/problem.ts'

/** The one document of `verify --json`. Instants are ISO 8601. It never holds the password. */
export interface VerifyRecord {
  /** `refused`: bad answers, or the server cannot be read. */
  readonly outcome: Verification['outcome'] | 'refused' | 'cancelled'
  /** 0 as chosen; 4 drift; 5 as chosen, but the login was not provable from here; 1, 2 and 130 as everywhere. */
  readonly exitCode: ExitCode
  readonly problems: readonly Problem[]
  /** null where it did not come so far. Only entries of `drift` whose level is `drift` make the outcome. */
  readonly result: Verification | null
}
