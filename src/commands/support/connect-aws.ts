import { type OpenedAws, openAws } from '../../engine/aws/open-aws.ts'
import type { Answers } from '../../model/answers.ts'
import { printable } from '../../model/identifier.ts'
import type { UndoableReceipt } from '../../model/receipt-run.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { CommandIo } from './command-io.ts'
import { connectorOf } from './connector-of.ts'
import { askLine, canAsk } from './prompt.ts'

/**
 * Asks AWS what there is, where the tool of these answers logs in by it, and says who asks; null where AWS has no part
 * in it, or is not to be asked. The caller closes `work.connection`.
 * @throws ProblemError
 */
export async function connectAwsFor(
  answers: Pick<Answers, 'authentication' | 'roles' | 'endpoint' | 'tool'>,
  store: SecretStore,
  io: CommandIo,
): Promise<OpenedAws | null> {
  const mfaCode = canAsk(io)
    ? (device: string) => askLine(io, `Code of the MFA device ${printable(device)}: `)
    : undefined
  const opened = await openAws(answers, connectorOf(answers), store, { mfaCode, signal: io.signal })
  if (opened !== null) {
    const { identity, target } = opened.live
    io.stderr.write(
      `AWS account ${identity.account}, region ${target.region}, asked as ${printable(identity.arn)}.\n`,
    )
  }
  return opened
}

/** The same for what a receipt says was made; null where nothing was made in AWS. @throws ProblemError */
export async function connectAwsForReceipt(
  { tool, endpoint, login, run }: UndoableReceipt,
  store: SecretStore,
  io: CommandIo,
): Promise<OpenedAws | null> {
  if (run.aws === undefined) return null
  const authentication = { method: 'aws-iam', aws: run.aws.answers } as const
  return connectAwsFor(
    { tool: tool.id, endpoint, roles: { layout: 'login', login }, authentication },
    store,
    io,
  )
}
