import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { LoadedRun } from '../../src/commands/support/load-run.ts'
import { isUndone, planUndo } from '../../src/engine/plan-undo.ts'
import { receiptOf } from '../../src/engine/receipt.ts'
import { type UndoOutcome, undo } from '../../src/engine/undo.ts'
import { receiptJson } from '../../src/engine/write-receipt.ts'
import type { UndoableReceipt } from '../../src/model/receipt-run.ts'
import { receiptFromText } from '../../src/model/receipt-schema.ts'
import { generationsOf } from '../../src/secrets/generations.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { applyHere, type Stage } from './stage.ts'

/** A receipt as it is read from its file on another day, and where that is. */
export interface OnFile {
  readonly receipt: UndoableReceipt
  readonly path: string
}

/** Applies, past the proxy, and writes the receipt. */
export async function applied(stage: Stage, run: LoadedRun): Promise<OnFile> {
  const { store, entry, folder } = stage
  const outcome = await applyHere(stage, run, { open: stage.open('direct') })
  if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome))
  const { plan, answers, facts: server } = run
  const text = receiptJson(receiptOf({ plan, answers, server, outcome, store, entry }))
  const read = receiptFromText(text)
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  const path = join(folder, `receipt-${randomUUID()}.json`)
  writeFileSync(path, text)
  return { receipt: read.value, path }
}

/**
 * Plans an undo and carries it out, in this process.
 * @param onPlanned called in between: a plan changes nothing, so what is to go wrong goes wrong after it
 */
export async function undoHere(
  stage: Stage,
  { receipt }: OnFile,
  way: 'proxy' | 'direct',
  onPlanned: () => void = () => {},
): Promise<UndoOutcome> {
  const request = { receipt, open: stage.open(way), store: stage.store, deadline: ampleDeadline }
  const plan = await planUndo(request)
  onPlanned()
  if (isUndone(plan)) return { outcome: 'done', notes: [] }
  return undo({ ...request, plan, endSessions: true })
}

/** Nothing of a login is stored, in no generation. */
export async function assertNothingStored({ store, entry }: Stage): Promise<void> {
  for (const each of generationsOf(entry)) expect(await store.has(each)).toBe(false)
}
