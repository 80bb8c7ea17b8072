/** A program of its own that saves `count` passwords into a passfile: for tests of several at once. */
import { secret } from '../../src/model/secret.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'

const [path = '', name = '', count = '0'] = process.argv.slice(2)
const store = createPassfileStore({ path, platform: process.platform })
for (let at = 0; at < Number(count); at += 1) {
  const entry = { user: `${name}-${at}`, host: 'h', port: 5432, databases: ['d'] }
  await store.save(entry, secret(`password of ${name}-${at}`))
}
