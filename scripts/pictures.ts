/**
 * Makes the pictures of the README from the real program: the wizard on the demo's server, driven in a terminal
 * from the first key to the proof. Port, folder and times are those of the run.
 *
 *   npm run pictures
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTerminal } from '../test/support/terminal.ts'
import type { KeyName } from '../test/support/terminal-keys.ts'
import { screenSvg } from './screen-svg.ts'

const root = join(import.meta.dirname, '..')
const size = { cols: 92, rows: 28 }
mkdirSync(join(root, 'docs'), { recursive: true })

const terminal = openTerminal({
  command: process.execPath,
  args: [join(root, 'dist', 'pg-usher.cjs'), 'demo'],
  env: { COLORTERM: 'truecolor' },
  ...size,
})
/** Waits for a text, then does what leads on from there. */
const at = async (text: string, ...then: (() => void)[]) => {
  await terminal.waitFor(text, { timeout: 60_000 })
  for (const step of then) step()
}
const press =
  (...keys: KeyName[]) =>
  () =>
    terminal.press(...keys)
const type = (text: string) => () => terminal.type(text)
const picture = (name: string, title: string) => () =>
  writeFileSync(join(root, 'docs', `${name}.svg`), screenSvg(terminal.styledScreen(), { ...size, title }))

try {
  await at('Which tool shall see the database?', press('enter'))
  await at('How do you reach the server', press('enter'))
  await at('Connected', press('enter'))
  // What the demo fills in is the loopback, which no vendor could reach.
  await at('Where will Atlan find this server?', press('ctrl-u'), type('db.example.com'), press('enter'))
  await at('atlan_user_role: free', press('enter'))
  // music_store.public and warehouse.stock
  await at('Which schemas may it see into?', press('space', 'end', 'space'), press('enter'))
  // All of them, but those with personal data.
  await at('Which tables?', type('a'))
  await at('16 tables', press('down', 'down', 'space', 'down', 'space', 'end', 'up', 'space'))
  await at('13 tables', press('home', 'down', 'down'), type('l'))
  await at('and tables made later by', picture('tables', 'pg-usher: which tables?'), press('enter'))
  await at('From which addresses does Atlan connect?', press('enter'))
  await at('Where is the new password kept?', press('enter'))
  await at('The plan. Nothing has been changed', type('r'))
  await at('The rehearsal held', picture('review', 'pg-usher: the plan, rehearsed'))
  await terminal.typeAlone('y')
  await at('Done, and proved', picture('proof', 'pg-usher: applied and proved'), press('enter'))
  await at('The connection form of Atlan', picture('form', "pg-usher: the vendor's form, filled in"))
  terminal.type('q')
  await terminal.waitForExit({ timeout: 60_000 })
} finally {
  await terminal.close()
}
