import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessName, stillRuns, thisProcess } from '../engine/this-process.ts'
import { redactedJson, redactedJsonSliced } from '../model/redact.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { Draft, StepId } from '../steps/step.ts'

/** Answers that were half given when the wizard was left or broke off. A draft has no place for a secret. */
export interface KeptDraft {
  readonly path: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** Where the person was. */
  readonly step: StepId
  /** The furthest step that was entered. */
  readonly reached: StepId
  readonly draft: Draft
  /** When an apply began that was cut off and is taken back, as the engine has seen to its end; ISO 8601, UTC. */
  readonly takenBack: string | null
}

/** What is kept of an open wizard. */
export type Keepable = Pick<KeptDraft, 'step' | 'reached' | 'draft'>

/** Keeps the answers of an open wizard. */
export interface DraftKeeper {
  /** To be called on every change: it writes when answers or step are others, some moments later. */
  keep(answers: Keepable): void
  /** Writes now what is not written yet. */
  flush(): void
  /** Notes that the apply that was begun then was cut off and is taken back. */
  noteTakenBack(begun: string): void
  /** They are needed no more. */
  forget(): void
}

/** Milliseconds that answers may be younger than the file. */
const debounce = 300

/**
 * Keeps answers in a file of this process's own, for its owner alone. Where that cannot be written the wizard
 * goes on all the same: nothing on a server depends on it.
 * @param continued the draft that this wizard goes on with: it goes when this one's own is on the disk, not before
 */
export function createDraftKeeper(folder: string, continued: KeptDraft | null = null): DraftKeeper {
  // Not by the process's number alone: in a container the next one has the same, and would write over what is kept.
  // Nor by node:crypto, which takes its time to load before the first screen.
  const path = join(folder, `draft-${Date.now()}${process.pid}.json`)
  let last: Keepable | null = null
  let former = continued
  let takenBack: string | null = null
  let timer: NodeJS.Timeout | undefined
  const document = (answers: Keepable | null) => ({
    version: 1,
    at: new Date().toISOString(),
    process: thisProcess(),
    ...(takenBack === null ? {} : { takenBack }),
    ...answers,
  })
  const replaceWith = (text: string) => {
    clearTimeout(timer)
    timer = undefined
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      rmSync(`${path}.new`, { force: true })
      writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
      renameSync(`${path}.new`, path)
    } catch {
      // Not kept: the answers stay in the wizard, and in the file that they came from.
      return
    }
    if (former !== null) forgetDraft(former)
    former = null
  }
  const flush = () => {
    if (timer !== undefined && last !== null) replaceWith(redactedJson(document(last)))
  }
  /** The same without keeping a key waiting: answers may name a hundred thousand tables. */
  const flushInSlices = async () => {
    const [answers, due] = [last, timer]
    const text = await inSlices(redactedJsonSliced(document(answers)))
    // Flushed or forgotten meanwhile, or answered anew: then there is another timer, or none.
    if (timer !== due) return
    if (last === answers) replaceWith(text)
    else timer = setTimeout(flushInSlices, debounce).unref()
  }
  return {
    keep: answers => {
      const { draft, step, reached } = answers
      if (last?.draft === draft && last.step === step && last.reached === reached) return
      last = { draft, step, reached }
      timer ??= setTimeout(flushInSlices, debounce).unref()
    },
    flush,
    noteTakenBack: begun => {
      takenBack = begun
      if (last !== null) replaceWith(redactedJson(document(last)))
    },
    forget: () => {
      clearTimeout(timer)
      timer = undefined
      rmSync(path, { force: true })
      if (former !== null) forgetDraft(former)
      former = null
    },
  }
}

/** Drafts of wizards that were left or broke off, youngest first. What others could have written is passed over. */
export async function keptDrafts(folder: string): Promise<readonly KeptDraft[]> {
  const names = namesIn(folder)
  if (names.length === 0) return []
  const { partOfAnswers } = await import('../model/answers-schema.ts')
  return names
    .flatMap(name => {
      const path = join(folder, name)
      const kept = readKept(path)
      if (kept === null || stillRuns(kept.process) !== false) return []
      const { at, step, reached = step, takenBack = null } = kept
      return [{ path, at, step, reached, takenBack, draft: partOfAnswers(kept.draft) }]
    })
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
}

/** Throws a draft away. Never throws. */
export function forgetDraft({ path }: KeptDraft): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // It will be offered again.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => /^draft-\d+\.json$/.test(name))
  } catch {
    return []
  }
}

function readKept(path: string): KeptFile | null {
  try {
    const { mode, uid } = statSync(path)
    if (process.platform !== 'win32' && ((mode & 0o022) !== 0 || uid !== process.geteuid?.())) return null
    const kept = JSON.parse(readFileSync(path, 'utf8'))
    return kept?.version === 1 ? kept : null
  } catch {
    return null
  }
}

interface KeptFile extends Pick<KeptDraft, 'at' | 'step'> {
  readonly process: ProcessName
  readonly draft: unknown
  readonly reached?: StepId
  readonly takenBack?: string
}
