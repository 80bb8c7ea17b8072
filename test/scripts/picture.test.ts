import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { screenSvg } from '../../scripts/screen-svg.ts'
import { openTerminal } from '../support/terminal.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../../scripts/picture.ts')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'picture-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const pictureOf = async (output: string) => {
  const terminal = openTerminal({ command: 'printf', args: [output], cols: 20, rows: 4 })
  await terminal.waitForExit()
  const svg = screenSvg(terminal.styledScreen(), { cols: 20, rows: 4, title: 'A <title>' })
  await terminal.close()
  return svg
}

describe('a picture of a screen', () => {
  it('holds the text with its colours, each at its column', async () => {
    const svg = await pictureOf('ab \\033[1;38;5;196mred\\033[0m\\r\\n\\033[38;2;1;2;3mrgb')
    expect(svg).toMatch(/<text x="41" y="62" [^>]*fill="#ff0000" font-weight="bold">red</)
    expect(svg).toMatch(/<text x="14" y="80" textLength="27" [^>]*fill="#010203">rgb</)
  })

  it('swaps the colours of inverse text', async () => {
    expect(await pictureOf('\\033[7mcursor')).toMatch(
      /<rect x="14" y="48" width="54" height="18" fill="#d5d8de"\/>\n<text [^>]*fill="#16181d">cursor</,
    )
  })

  it('takes two columns for a wide character', async () => {
    expect(await pictureOf('表')).toMatch(/textLength="18" [^>]*>表</)
  })

  it('is XML, whatever the screen and the title say', async () => {
    const svg = await pictureOf('<a> & "b"')
    expect(svg).toContain('&lt;a&gt; &amp; &quot;b&quot;')
    expect(svg).toContain('<title>A &lt;title&gt;</title>')
  })
})

describe('scripts/picture.ts', () => {
  it('drives a program and writes its screen', async () => {
    const out = join(folder, 'picture.svg')
    const steps = [
      '--do',
      'wait ready',
      '--do',
      'type hello',
      '--do',
      'press enter',
      '--do',
      'wait you said hello',
    ]
    const program = 'stty -echo; echo ready; read -r line; echo "you said $line"; read -r line'
    await run(process.execPath, [
      script,
      '--out',
      out,
      '--cols',
      '40',
      '--rows',
      '6',
      ...steps,
      '--',
      'sh',
      '-c',
      program,
    ])
    expect(readFileSync(out, 'utf8')).toContain('>you said hello<')
  })

  it('says how it is used', async () => {
    await expect(run(process.execPath, [script, '--out', 'x.svg'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage:'),
    })
  })
})
