// Writes schema/answers.schema.json, which editors check an answers file with, from the schema that the
// program itself checks it with. A test compares the two.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answersJsonSchema } from '../src/model/answers-schema.ts'

const file = join(import.meta.dirname, '..', 'schema', 'answers.schema.json')
await writeFile(file, `${JSON.stringify(answersJsonSchema(), null, 2)}\n`)
