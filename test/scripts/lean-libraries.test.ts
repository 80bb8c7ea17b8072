import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptRows, lazyStringWidth, leanOptions, simpleSigns } from '../../scripts/lean/lean-libraries.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'lean-libraries-'))
let leanWidth: (text: string) => number
let lazySegments: (text: string) => string[]
let lazyContaining: (text: string, index?: number) => { segment: string; index: number } | undefined

/** string-width and the segmenter as they are in the bundle. */
beforeAll(async () => {
  const outfile = join(folder, 'lean.mjs')
  await build({
    stdin: {
      contents: `export { default } from 'string-width'
        const segmenter = new Intl.Segmenter()
        export const segments = text => Array.from(segmenter.segment(text), ({ segment }) => segment)
        export const containing = (text, index) => segmenter.segment(text).containing(index)`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: leanOptions.define,
    inject: [...leanOptions.inject],
    plugins: [lazyStringWidth],
  })
  const lean = (await import(outfile)) as {
    default: typeof leanWidth
    segments: typeof lazySegments
    containing: typeof lazyContaining
  }
  leanWidth = lean.default
  lazySegments = lean.segments
  lazyContaining = lean.containing
})
afterAll(() => rmSync(folder, { recursive: true }))

const assigned = /^[\P{Cn}]$/v
const codePoints = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter(code => code < 0xd800 || code > 0xdfff)
  .map(code => String.fromCodePoint(code))
  .filter(character => assigned.test(character))

/** The emoji sequences of Unicode (UTS 51) that V8 knows: flags, keycaps, skin tones, families, professions. */
function emojiSequences(): readonly string[] {
  const known = /^\p{RGI_Emoji}$/v
  const emoji = codePoints.filter(character => /^\p{Emoji}$/v.test(character))
  const tones = ['', '\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}']
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCodePoint(0x1f1e6 + at))
  const people = codePoints.filter(character => /^\p{Emoji_Modifier_Base}$/v.test(character))
  const presented = emoji.flatMap(character => [character, `${character}\ufe0f`])
  /** What is joined to a person: a sign of sex, a tool of a profession, hair. */
  const joined = presented.filter(other => known.test(`👩\u200d${other}`) || known.test(`🏃\u200d${other}`))
  return [
    ...letters.flatMap(one => letters.map(other => one + other)),
    ...emoji.flatMap(character => [`${character}\ufe0f\u20e3`, `${character}\u20e3`]),
    ...presented,
    ...people.flatMap(person => tones.map(tone => person + tone)),
    ...people.flatMap(person => tones.flatMap(tone => joined.map(other => `${person}${tone}\u200d${other}`))),
    ...['👨', '👩'].flatMap(one =>
      ['👨', '👩', '👦', '👧'].flatMap(two =>
        ['👦', '👧'].flatMap(three =>
          ['', '\u200d👦', '\u200d👧'].map(four => `${one}\u200d${two}\u200d${three}${four}`),
        ),
      ),
    ),
    ...['🏳️\u200d🌈', '🏳️\u200d⚧️', '🏴\u200d☠️', '❤️\u200d🔥', '🐻\u200d❄️', '👁️\u200d🗨️'],
  ].filter(sequence => known.test(sequence))
}

describe('the width of text in the bundle', () => {
  it('is that of string-width for every assigned code point', () => {
    expect(codePoints.length).toBeGreaterThan(280_000)
    expect(codePoints.filter(character => leanWidth(character) !== stringWidth(character))).toEqual([])
  })

  it('is that of string-width for the emoji sequences of Unicode', () => {
    const sequences = emojiSequences()
    // Unicode 15.1 has 3,782 of them.
    expect(sequences.length).toBeGreaterThan(2_500)
    expect(sequences.filter(text => leanWidth(text) !== stringWidth(text))).toEqual([])
    expect(sequences.filter(text => leanWidth(`❯ ${text}字`) !== stringWidth(`❯ ${text}字`))).toEqual([])
  })

  it('is that of string-width for any text', () => {
    const part = fc.oneof(
      fc.constantFrom(...simpleSigns, '\u200d', '\ufe0f', '\u0301', '🏽', '\r', '\n', '\x1b[1m'),
      fc.string({ unit: 'binary' }),
    )
    const text = fc.array(part).map(parts => parts.join(''))
    fc.assert(
      fc.property(text, each => void expect(leanWidth(each)).toBe(stringWidth(each))),
      { numRuns: 2_000 },
    )
  })
})

/** Ink's frame, as far as it is used here; Ink has no types for it. */
interface InkOutput {
  write(x: number, y: number, text: string, options: { readonly transformers: readonly Transform[] }): void
  clip(clip: Readonly<Record<'x1' | 'x2' | 'y1' | 'y2', number | undefined>>): void
  unclip(): void
  get(): { readonly output: string; readonly height: number }
}
type Transform = (line: string, index: number) => string
type MakeOutput = new (size: { readonly width: number; readonly height: number }) => InkOutput

describe('a frame in the bundle', () => {
  const inkOutput = join(import.meta.dirname, '../../node_modules/ink/build/output.js')

  it('is that of Ink, also where it was asked for before, and after another', async () => {
    const outfile = join(folder, 'output.mjs')
    await build({
      entryPoints: [inkOutput],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      plugins: [keptRows],
    })
    const { default: Lean } = (await import(outfile)) as { default: MakeOutput }
    const { default: Real } = (await import(inkOutput)) as { default: MakeOutput }

    const part = fc.constantFrom(
      'a',
      'table',
      ' ',
      '\n',
      '字',
      '👩\u200d🚀',
      'e\u0301',
      '\x1b[1m',
      '\x1b[31m',
      '\x1b[0m',
    )
    const text = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''))
    const at = fc.integer({ min: -4, max: 24 })
    const bound = fc.option(at, { nil: undefined })
    const dim: Transform = line => `\x1b[2m${line}\x1b[22m`
    const write = fc.tuple(at, at, text, fc.constantFrom<readonly Transform[]>([], [dim]))
    const frame = fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: write.map(
            ([x, y, line, transformers]) =>
              (to: InkOutput) =>
                to.write(x, y, line, { transformers }),
          ),
        },
        fc
          .record({ x1: bound, x2: bound, y1: bound, y2: bound })
          .map(clip => (to: InkOutput) => to.clip(clip)),
        fc.constant((to: InkOutput) => to.unclip()),
      ),
      { maxLength: 10 },
    )
    const drawn = (Output: MakeOutput, steps: readonly ((to: InkOutput) => void)[]) => {
      const output = new Output({ width: 20, height: 6 })
      for (const step of steps) step(output)
      return output.get()
    }
    fc.assert(
      fc.property(frame, steps => {
        const real = drawn(Real, steps)
        expect(drawn(Lean, steps)).toEqual(real)
        expect(drawn(Lean, steps)).toEqual(real)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the characters of text in the bundle', () => {
  it('are those of Intl.Segmenter', () => {
    const segmenter = new Intl.Segmenter()
    const real = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment)
    const part = fc.oneof(
      fc.constantFrom(
        ...simpleSigns,
        'a',
        ' ',
        '\n',
        '\r',
        '\x1b[1m',
        '\u200d',
        '\ufe0f',
        '\u0301',
        '🇩',
        '👩',
      ),
      fc.string(),
    )
    const text = fc.array(part).map(parts => parts.join(''))
    fc.assert(
      fc.property(text, each => void expect(lazySegments(each)).toEqual(real(each))),
      { numRuns: 2_000 },
    )
    // slice-ansi asks for the segment at a place.
    const whole = new Intl.Segmenter()
    fc.assert(
      fc.property(text, fc.nat({ max: 40 }), (each, index) => {
        const { segment, index: from } = whole.segment(each).containing(index) ?? {}
        const found = lazyContaining(each, index)
        expect([found?.segment, found?.index]).toEqual([segment, from])
      }),
      { numRuns: 2_000 },
    )
    for (const one of simpleSigns)
      for (const other of simpleSigns) expect(real(one + other)).toEqual([one, other])
  })
})

describe('the parts of the program', () => {
  const dist = join(import.meta.dirname, '../../dist')
  const all = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.cjs'))
    .map(file => join(dist, file))

  /** What of dist and of Node a run of the program had loaded when it ended. */
  async function loadedBy(args: readonly string[], end: (terminal: DrivenTerminal) => Promise<void>) {
    const list = join(folder, 'loaded')
    const hook = join(folder, 'hook.cjs')
    writeFileSync(
      hook,
      `process.on('exit', () =>
        require('node:fs').writeFileSync(${JSON.stringify(list)}, [
          ...Object.keys(require('node:module')._cache),
          ...process.moduleLoadList.filter(name => name.startsWith('NativeModule ')),
        ].join('\\n')))`,
    )
    const terminal = openTerminal({
      command: process.execPath,
      args: ['--require', hook, join(dist, 'pg-usher.cjs'), ...args],
    })
    try {
      await end(terminal)
      await terminal.waitForExit()
    } finally {
      await terminal.close()
    }
    const all = readFileSync(list, 'utf8').split('\n')
    return {
      loaded: all.filter(file => file.startsWith('/') && file !== hook),
      /** Those of Node's own modules that are no part of its start. */
      native: all.filter(file => file.startsWith('NativeModule ')).map(file => file.slice(13)),
    }
  }

  const holds = (files: readonly string[], words: string) =>
    files.some(file => readFileSync(file, 'utf8').includes(words))

  it('that the first screen needs have neither pg, nor zod, nor age, nor anything outside them, such as keytar', async () => {
    const { loaded, native } = await loadedBy([], async terminal => {
      await terminal.waitFor('Which tool shall see the database?')
      terminal.press('ctrl-c', 'ctrl-c')
    })
    expect(loaded.every(file => all.includes(file))).toBe(true)
    expect(holds(loaded, 'ink-root')).toBe(true)
    // A word that each of them has.
    for (const word of ['pg-native', 'invalid_union', 'age-encryption.org/v1']) {
      expect([word, holds(all, word)]).toEqual([word, true])
      expect([word, holds(loaded, word)]).toEqual([word, false])
    }
    // What the first screen is made of is in few files, and waits for no slow module of Node's.
    expect(loaded.length).toBeLessThan(8)
    expect(native).toContain('tty')
    for (const name of ['crypto', 'child_process', 'fs/promises', 'readline/promises', 'assert'])
      expect(native).not.toContain(name)
  })

  it('that the version needs are the command line alone', async () => {
    const { loaded } = await loadedBy(['--version'], async () => {})
    expect(loaded[0]).toBe(join(dist, 'pg-usher.cjs'))
    expect(holds(loaded, 'ink-root')).toBe(false)
  })
})
