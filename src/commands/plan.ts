import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import { fillForm } from '../plan/form.ts'
import type { PlanDocument } from '../plan/render/document.ts'
import { renderJson } from '../plan/render/json.ts'
import { renderMarkdown } from '../plan/render/markdown.ts'
import { renderSql } from '../plan/render/sql.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { PlanOptions } from './support/command-line.ts'
import { type LoadedRun, loadRun } from './support/load-run.ts'
import { readAnswers } from './support/read-answers.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { stillToDo } from './support/still-to-do.ts'
import { changesNothing, notesText } from './support/text/plan-text.ts'

/**
 * Prints what would be done: SQL for psql, the plan as JSON, or Markdown for a change request. It changes
 * nothing and needs only to read the catalogue: what this administrator may not grant is planned for another.
 */
export const run: RunCommand<PlanOptions> = async ({ answers: path, format }, io) => {
  let loaded: LoadedRun | null = null
  try {
    loaded = await loadRun(await readAnswers(path, io), io, { anyAdmin: true })
    return print(loaded, format, io)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    io.stderr.write(problemText(refusal.problems))
    return refusal.code
  } finally {
    await loaded?.admin.session.close().catch(() => {})
  }
}

function print(run: LoadedRun, format: PlanOptions['format'], io: CommandIo): ExitCode {
  const { plan, obstacles } = run
  if (obstacles.length > 0) {
    io.stderr.write(
      `${problemText(obstacles)}Another administrator, who may do all of it, has to run this plan.\n`,
    )
  }
  if (changesNothing(plan)) io.stderr.write('Nothing to do: all of it is there already.\n')
  switch (format) {
    case 'json':
      io.stdout.write(renderJson(documentOf(run)))
      break
    case 'markdown':
      io.stdout.write(renderMarkdown(documentOf(run)))
      break
    case 'sql':
      io.stdout.write(renderSql(plan))
      for (const line of notesText(plan, '')) io.stderr.write(`${line}\n`)
  }
  return exitCodes.done
}

function documentOf(run: LoadedRun): PlanDocument {
  const { hbaLines: hba, listen, ticket } = stillToDo(run)
  return { plan: run.plan, hba, listen, ticket, forms: fillForm(run.connector, run.answers, run.plan) }
}
