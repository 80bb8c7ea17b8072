// Writes what the documents say of the code and of the last benchmark: docs/keys.md, and the sections between
// comments of README.md and bench/README.md. A test compares them.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchDocument, benchResults } from './documents/bench.ts'
import { keysDocument } from './documents/keys.ts'
import { readmeDocument } from './documents/readme.ts'

const root = join(import.meta.dirname, '..')
const results = await benchResults()
await mkdir(join(root, 'docs'), { recursive: true })
await writeFile(join(root, 'docs', 'keys.md'), keysDocument())
await rewrite('README.md', text => readmeDocument(text, results))
await rewrite('bench/README.md', text => benchDocument(text, results))

async function rewrite(path: string, anew: (text: string) => string | Promise<string>): Promise<void> {
  const file = join(root, path)
  await writeFile(file, await anew(await readFile(file, 'utf8')))
}
