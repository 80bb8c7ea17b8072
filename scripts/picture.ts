/**
 * Makes a picture of a program's screen, from the cells of a real terminal, for the README:
 *
 *   node scripts/picture.ts --out docs/tables.svg --cols 80 --rows 24 --title pg-usher \
 *     --do 'wait Which tool' --do 'press down enter' --do 'type music' -- node dist/pg-usher.cjs demo
 *
 * Each --do is one step, in order: `wait TEXT` until the screen shows it, `press KEY...`, `type TEXT`. The
 * picture is taken after the last one; the program's terminal is then closed.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type DrivenTerminal, openTerminal } from '../test/support/terminal.ts'
import type { KeyName } from '../test/support/terminal-keys.ts'
import { screenSvg } from './screen-svg.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    cols: { type: 'string', default: '80' },
    rows: { type: 'string', default: '24' },
    title: { type: 'string', default: 'pg-usher' },
    do: { type: 'string', multiple: true, default: [] },
  },
})
const [command, ...args] = positionals
if (values.out === undefined || command === undefined) {
  console.error(
    "usage: node scripts/picture.ts --out FILE.svg [--cols N] [--rows N] [--do 'wait TEXT']... -- COMMAND",
  )
  process.exit(2)
}

const size = { cols: Number(values.cols), rows: Number(values.rows) }
const terminal = openTerminal({ command, args, cwd: process.cwd(), env: { COLORTERM: 'truecolor' }, ...size })
try {
  for (const step of values.do) await carryOut(terminal, step)
  if (values.do.length === 0) await terminal.waitForExit()
  writeFileSync(values.out, screenSvg(terminal.styledScreen(), { ...size, title: values.title }))
} finally {
  await terminal.close()
}

async function carryOut(driven: DrivenTerminal, step: string): Promise<void> {
  const [, verb, rest = ''] = /^(\w+) (.*)$/s.exec(step) ?? []
  if (verb === 'wait') await driven.waitFor(rest, { timeout: 60_000 })
  else if (verb === 'press') driven.press(...(rest.split(' ') as KeyName[]))
  else if (verb === 'type') driven.type(rest)
  else throw new Error(`a step is "wait TEXT", "press KEY..." or "type TEXT", not "${step}"`)
}
