import { readFile } from 'node:fs/promises'
import type { ServerAnswer } from '../../model/answers.ts'
import type { UndoableReceipt } from '../../model/receipt-run.ts'
import { receiptFromText } from '../../model/receipt-schema.ts'
import { unreadable } from './read-answers.ts'
import { Refusal } from './refusal.ts'

/** The receipt of a file, as an apply wrote it. @throws Refusal */
export async function readReceipt(path: string): Promise<UndoableReceipt> {
  // The one in Markdown is what a person has in front of them; the data is beside it.
  const file = path.replace(/\.md$/, '.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new Refusal([
      {
        code: 'receipt-unreadable',
        message: `The receipt ${file} cannot be read: ${unreadable(error)}.`,
        next: 'An apply writes it where it ran, or into the folder of --out: the file that ends in .json.',
      },
    ])
  }
  const receipt = receiptFromText(text)
  if (!receipt.ok) throw new Refusal([receipt.problem])
  return receipt.value
}

/**
 * The receipts of earlier runs on one server, which tell what of the grants there is ours to take away.
 * @throws Refusal, also for a receipt of another server: what it says is not true of this one
 */
export async function readEarlier(
  paths: readonly string[],
  { host, port }: Pick<ServerAnswer, 'host' | 'port'>,
): Promise<readonly UndoableReceipt[]> {
  const receipts: UndoableReceipt[] = []
  for (const path of paths) {
    const receipt = await readReceipt(path)
    const { server } = receipt.run
    if (server.host !== host || server.port !== port) {
      throw new Refusal([
        {
          code: 'receipt-of-another-server',
          message: `The receipt ${path} is of ${server.host} port ${server.port}, and the answers are for ${host} port ${port}.`,
          next: 'Leave it out, or name the server in the answers as it is in the receipt.',
        },
      ])
    }
    receipts.push(receipt)
  }
  return receipts
}
