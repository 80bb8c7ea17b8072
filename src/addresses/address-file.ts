import { open } from 'node:fs/promises'
import { parseCidrList } from '../model/cidr.ts'
import { printable } from '../model/identifier.ts'
import { problemOf, type Result } from '../model/problem.ts'

/** More than any list of addresses. Bytes. */
const longest = 1_000_000

/**
 * The networks of a file, as they are typed: however separated, `#` begins a comment; each once, as they
 * stand there. Never throws.
 */
export async function readAddressFile(path: string): Promise<Result<string>> {
  try {
    const file = await open(path, 'r')
    let text: string
    try {
      const { size } = await file.stat()
      if (size > longest) return refused(`${printable(path)} is too long for a list of addresses.`)
      text = await file.readFile('utf8')
    } finally {
      await file.close()
    }
    const { cidrs, problems } = parseCidrList(text)
    const [problem] = problems
    if (problem !== undefined) return { ok: false, problem }
    if (cidrs.length === 0) return refused(`${printable(path)} has no address.`)
    return { ok: true, value: cidrs.join(', ') }
  } catch (thrown) {
    return refused(`${printable(path)} cannot be read: ${problemOf(thrown).message}`)
  }
}

function refused(message: string): Result<string> {
  return {
    ok: false,
    problem: { code: 'address-file', message, next: 'Give another path, or paste the addresses.' },
  }
}
