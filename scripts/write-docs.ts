// Writes what the documents say of the code: docs/keys.md, and the sections of README.md between comments. A
// test compares them.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keysDocument } from './documents/keys.ts'
import { readmeDocument } from './documents/readme.ts'

const root = join(import.meta.dirname, '..')
await mkdir(join(root, 'docs'), { recursive: true })
await writeFile(join(root, 'docs', 'keys.md'), keysDocument())
const readme = join(root, 'README.md')
await writeFile(readme, await readmeDocument(await readFile(readme, 'utf8')))
