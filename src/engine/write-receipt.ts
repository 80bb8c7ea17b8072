import { mkdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { redacted, redactedJson, redactedJsonSliced } from '../model/redact.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { Receipt } from './receipt.ts'
import { receiptMarkdown } from './receipt-markdown.ts'

/** The receipt as JSON, with a line break at its end. */
export function receiptJson(receipt: Receipt): string {
  return `${redactedJson(receipt, 2)}\n`
}

/**
 * Writes the receipt as Markdown and, beside it, as JSON, both for their owner's eyes only (0600). Where the
 * name is taken it gets a number; nothing is overwritten.
 * @returns the path of the Markdown file
 * @throws the file system's error
 */
export async function writeReceipt(directory: string, receipt: Receipt): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const stamp = receipt.finishedAt.replaceAll(/[-:]|\.\d+/g, '')
  const name = `pg-usher-${fileNamePart(receipt.tool.id)}-${fileNamePart(receipt.login)}-${stamp}`
  for (let number = 1; ; number += 1) {
    const path = join(directory, number === 1 ? name : `${name}-${number}`)
    if (await writeNew(`${path}.md`, redacted(receiptMarkdown(receipt)))) {
      if (await writeNew(`${path}.json`, `${await inSlices(redactedJsonSliced(receipt, 2))}\n`))
        return `${path}.md`
      await unlink(`${path}.md`)
    }
  }
}

/** @returns false where the name is taken */
async function writeNew(path: string, contents: string): Promise<boolean> {
  try {
    await writeFile(path, contents, { flag: 'wx', mode: 0o600 })
    return true
  } catch (thrown) {
    if (isTaken(thrown)) return false
    throw thrown
  }
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'
}

/** What is safe in a file's name everywhere, and short: two logins may share it, the number tells them apart. */
function fileNamePart(text: string): string {
  const safe = text.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '')
  return safe === '' ? 'login' : safe.slice(0, 40)
}
