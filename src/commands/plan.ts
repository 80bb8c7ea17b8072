import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import { printable, printableName } from '../model/identifier.ts'
import { redacted } from '../model/redact.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { type WholeAws, wholeAws } from '../plan/aws/whole.ts'
import { fillForm } from '../plan/form.ts'
import { changesNothingFromHere } from '../plan/plan.ts'
import { renderAwsCli } from '../plan/render/aws-cli.ts'
import { renderCloudFormation } from '../plan/render/cloudformation.ts'
import type { PlanDocument } from '../plan/render/document.ts'
import { renderJson } from '../plan/render/json.ts'
import { renderMarkdown } from '../plan/render/markdown.ts'
import { noteParagraphs } from '../plan/render/paragraphs.ts'
import { renderSql } from '../plan/render/sql.ts'
import { renderTerraform } from '../plan/render/terraform.ts'
import { relationsPerTransaction } from '../plan/transaction-size.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { PlanOptions } from './support/command-line.ts'
import { commandStore } from './support/command-store.ts'
import { closeRun, type LoadedRun, loadRun } from './support/load-run.ts'
import { readAnswers } from './support/read-answers.ts'
import { readEarlier } from './support/read-receipt.ts'
import { Refusal, refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { stillToDo } from './support/still-to-do.ts'
import { tellBrokenOff } from './support/tell-broken-off.ts'
import { textOf } from './support/text/layout.ts'

/**
 * Prints what would be done: SQL for psql, the plan as JSON, or Markdown for a change request. It changes
 * nothing and needs only to read the catalogue: what this administrator may not grant is planned for another.
 */
export const run: RunCommand<PlanOptions> = async (options, io) => {
  let loaded: LoadedRun | null = null
  try {
    const answers = await readAnswers(options.answers, io)
    const earlier = await readEarlier(options.receipts ?? [], answers.server)
    // Nothing is shown, whatever the store.
    const store = await commandStore(answers.secret, io, { terminal: true })
    loaded = await loadRun(answers, io, { anyAdmin: true, store, earlier })
    await tellBrokenOff(loaded.admin.session, answers.server, io)
    const run = options.owner === undefined ? loaded : partOf(loaded, options.owner)
    return print(run, options.format, io)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    io.stderr.write(problemText(refusal.problems))
    return refusal.code
  } finally {
    await closeRun(loaded)
  }
}

/** Only what this role has to grant. @throws Refusal where there is nothing of the kind */
function partOf(run: LoadedRun, owner: string): LoadedRun {
  const part = run.ownersParts?.find(each => each.owner === owner)
  if (part !== undefined) return { ...run, plan: part.plan, obstacles: [] }
  const owners = (run.ownersParts ?? []).map(each => printableName(each.owner)).join(', ')
  throw new Refusal([
    {
      code: 'no-part-of-owner',
      message: `Nothing of this plan is for ${printableName(owner)} to grant.`,
      next:
        owners === ''
          ? 'No owner has to grant anything: leave --owner out.'
          : `These have something to grant: ${owners}.`,
    },
  ])
}

function print(run: LoadedRun, format: PlanOptions['format'], io: CommandIo): ExitCode {
  const { plan, obstacles } = run
  if (obstacles.length > 0) {
    io.stderr.write(
      `${problemText(obstacles)}Another administrator, who may do all of it, has to run this plan.\n`,
    )
    for (const { owner } of run.ownersParts ?? []) {
      io.stderr.write(
        `Or, once the roles are there, ${printableName(owner)} runs its own part: add --owner ${printable(shellQuote(owner))}.\n`,
      )
    }
  }
  if (changesNothingFromHere(plan)) io.stderr.write('Nothing to do: all of it is there already.\n')
  switch (format) {
    case 'json':
      io.stdout.write(redacted(renderJson(documentOf(run))))
      break
    case 'markdown':
      io.stdout.write(redacted(renderMarkdown(documentOf(run))))
      break
    case 'sql':
      io.stdout.write(redacted(renderSql(plan, relationsPerTransaction(run.facts))))
      for (const line of textOf(noteParagraphs(plan.notes))) io.stderr.write(`${line}\n`)
      break
    case 'aws-cli':
      io.stdout.write(redacted(renderAwsCli(awsOf(run))))
      break
    case 'cloudformation':
      io.stdout.write(redacted(renderCloudFormation(awsOf(run))))
      break
    case 'terraform':
      io.stdout.write(redacted(renderTerraform(awsOf(run))))
  }
  return exitCodes.done
}

/** What the exports for AWS say. @throws Refusal where the tool logs in without AWS */
function awsOf({ answers, connector, plan }: LoadedRun): WholeAws {
  const { authentication } = answers
  if (authentication.method === 'aws-iam' && plan.aws !== undefined)
    return wholeAws(answers, authentication.aws, connector.name, plan.aws)
  throw new Refusal([
    {
      code: 'no-aws-part',
      message: 'With these answers the tool logs in by a password: there is nothing of AWS to export.',
      next: 'Choose another format: sql, json or markdown.',
      path: 'authentication.method',
    },
  ])
}

function documentOf(run: LoadedRun): PlanDocument {
  const { hbaLines: hba, listen, ticket, roleTicket } = stillToDo(run)
  return {
    plan: run.plan,
    hba,
    ...(listen === null ? {} : { listen: listen.advice }),
    ticket,
    roleTicket,
    forms: fillForm(run.connector, run.answers, run.plan),
  }
}
