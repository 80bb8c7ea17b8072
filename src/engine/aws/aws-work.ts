import { setTimeout as sleep } from 'node:timers/promises'
import type { AwsConnection } from '../../aws/connection.ts'
import { ProblemError } from '../../model/problem.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { AwsSubject } from './read-live.ts'

/** What carrying out the AWS part of a plan takes. */
export interface AwsWork {
  readonly connection: AwsConnection
  readonly subject: AwsSubject & { readonly store: SecretStore }
  /** Waits so many milliseconds, until the signal; a clock of its own when left out. */
  readonly pause?: ((milliseconds: number, signal?: AbortSignal) => Promise<void>) | undefined
}

/** Waits. @throws ProblemError `cancelled` where the signal comes */
export async function pauseFor(
  { pause }: Pick<AwsWork, 'pause'>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    if (pause !== undefined) await pause(milliseconds, signal)
    else await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (thrown) {
    if (!signal?.aborted) throw thrown
    throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' }, { cause: thrown })
  }
}

/** The pauses between attempts, in milliseconds, half a minute in all: longer than IAM takes to be seen everywhere. */
export const pauses: readonly number[] = [500, 1000, 2000, 4000, 8000, 8000, 8000]
