import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Answers } from '../../model/answers.ts'
import { answersFromText } from '../../model/answers-schema.ts'
import type { CommandIo } from './command-io.ts'
import { Refusal } from './refusal.ts'

/**
 * The answers of a file; `-` is standard input.
 * @throws Refusal with every fault, each with its path in the document
 */
export async function readAnswers(path: string, io: CommandIo): Promise<Answers> {
  const parsed = answersFromText(path === '-' ? await text(io.stdin) : await readText(path))
  if (!parsed.ok) throw new Refusal(parsed.problems)
  return parsed.answers
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Refusal([
      {
        code: 'answers-unreadable',
        message: `The answers file ${path} cannot be read: ${unreadable(error)}.`,
        next: 'The wizard saves one on its review screen; schema/answers.schema.json describes it.',
      },
    ])
  }
}

/** Why a file could not be read, for the end of a sentence. */
export function unreadable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? message
}
