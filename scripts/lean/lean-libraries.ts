import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'

/** Each is one UTF-16 unit, one column and one character of its own; a test holds them to that. */
export const simpleSigns = [...new Set(Object.values(UNICODE_GLYPHS).flat().join(''))]
  .filter(sign => sign > '~')
  .join('')

/** What makes Ink and its libraries load fast, for esbuild. */
export const leanOptions = {
  define: { 'Intl.Segmenter': 'LazySegmenter', SIMPLE_SIGNS: JSON.stringify(simpleSigns) },
  inject: [join(import.meta.dirname, 'lazy-segmenter.ts')],
} as const satisfies BuildOptions

/**
 * Ink and yoga wait at the top of their modules: for developer tools that are not wanted here, and for a
 * WebAssembly module fetched from a data URL. CommonJS cannot wait, and fetch() alone costs 20 to 35 ms.
 */
export const synchronousInk: Plugin = {
  name: 'synchronous-ink',
  setup(bundler) {
    bundler.onLoad({ filter: /ink[\\/]build[\\/]reconciler\.js$/ }, file => ({
      contents: replaced(file.path, [
        [/await import\('\.\/devtools\.js'\)/, () => 'undefined'],
        [/await loadPackageJson\(\)/, () => '{}'],
      ]),
    }))
    bundler.onLoad({ filter: /yoga-layout[\\/]dist[\\/]src[\\/]index\.js$/ }, file => ({
      resolveDir: dirname(file.path),
      contents: `
        import load, { wasm } from '../binaries/yoga-wasm-base64-esm.js'
        import wrapAssembly from './wrapAssembly.js'
        const assembly = {
          instantiateWasm(imports, receive) {
            const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(wasm, 'base64')), imports)
            receive(instance)
            return instance.exports
          },
        }
        load(assembly)
        export default wrapAssembly(assembly)
        export * from './generated/YGEnums.js'`,
    }))
    bundler.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, file => {
      const wasm = /"data:application\/octet-stream;base64,([^"]+)"/.exec(
        readFileSync(file.path, 'utf8'),
      )?.[1]
      if (wasm === undefined) throw new Error('yoga-layout has changed: its WebAssembly was not found')
      const rest = replaced(file.path, [
        [/"data:application\/octet-stream;base64,[^"]+"/, () => '""'],
        [/import\.meta\.url/, () => '""'],
      ])
      return { contents: `${rest}\nexport const wasm = ${JSON.stringify(wasm)}` }
    })
  },
}

/**
 * string-width's expression for emoji takes 15 ms to compile: it is compiled when the first text comes that is
 * not made of simple characters alone, and their width is their number.
 */
export const lazyStringWidth: Plugin = {
  name: 'lazy-string-width',
  setup(bundler) {
    bundler.onLoad({ filter: /string-width[\\/]index\.js$/ }, file => ({
      contents: replaced(file.path, [
        [
          /const rgiEmojiRegex = \/(.*)\/v;/,
          (_, source) =>
            `let compiled; const rgiEmojiRegex = { test: text => (compiled ??= new RegExp(${JSON.stringify(source)}, 'v')).test(text) };
             const simpleText = /^[\\x20-\\x7e${simpleSigns}]*$/;`,
        ],
        [/if \(\/\^\[\\u0020-\\u007E\]\*\$\/\.test\(string\)\)/, () => 'if (simpleText.test(string))'],
      ]),
    }))
  },
}

/** So many texts of frames before are remembered at most, each a few kilobytes as cells. */
const mostTexts = 500

/**
 * Ink takes every text of a frame apart into cells anew and makes rows of them, though from one frame to the next
 * almost all of them are the same: what was worked out is kept for the next frame, and a row whose texts were in
 * a row before is not made again. An empty cell is one object and not thousands.
 */
export const keptRows: Plugin = {
  name: 'kept-rows',
  setup(bundler) {
    bundler.onLoad({ filter: /ink[\\/]build[\\/]output\.js$/ }, file => ({
      resolveDir: dirname(file.path),
      contents: replaced(file.path, [
        [
          /class OutputCaches {/,
          head => `${head}\n    lines = new Map();\n    rows = new Map();\n    slices = new Map();`,
        ],
        [/caches = new OutputCaches\(\);/, () => 'caches = cachesForFrame();'],
        [
          /const characterLines = (\[\[\]\];[\s\S]*?)let lines = (characterLines\.map\(line => styledCharsToString\(line\)\));/,
          (_, made, asLines) =>
            `let lines = this.caches.lines.get(text);
             if (lines === undefined) {
               const characterLines = ${made}
               lines = ${asLines};
               this.caches.lines.set(text, lines);
             }`,
        ],
        [
          /return this\.sliceLineToColumns\(line, from, to\);/,
          () => 'return this.keptSlice(line, from, to);',
        ],
        // First it is only noted which texts a row has and where; rows do not depend on each other.
        [
          /const characters = (this\.caches\.getStyledChars\(line\);[\s\S]*?)continue;/,
          (_, characters) => `
            currentLine.push(x, line);
          }
        }
        writeText(currentLine, x, line) {
          {
            const characters = ${characters}return;`,
        ],
        [/const row = \[\];\s*for \(let x = 0;[\s\S]*?\n {12}}\n/, () => 'const row = [];'],
        [/\.map\(line => {(\s*\/\/ See )/, (_, see) => `.map(texts => this.keptRow(texts, line => {${see}`],
        [
          /(styledCharsToString\(lineWithoutEmptyItems\)\.trimEnd\(\);\s*})\)/,
          (_, returned) => `${returned}))`,
        ],
        [
          /write\(x, y, text, options\) {/,
          head => `keptSlice(line, from, to) {
            const key = from + '\\0' + to + '\\0' + line;
            let slice = this.caches.slices.get(key);
            if (slice === undefined) {
              slice = this.sliceLineToColumns(line, from, to);
              this.caches.slices.set(key, slice);
            }
            return slice;
          }
          keptRow(texts, textOf) {
            const key = this.width + '\\0' + texts.join('\\0');
            let row = this.caches.rows.get(key);
            if (row === undefined) {
              const line = new Array(Math.ceil(this.width)).fill(emptyCell);
              for (let at = 0; at < texts.length; at += 2) this.writeText(line, texts[at], texts[at + 1]);
              row = textOf(line);
              this.caches.rows.set(key, row);
            }
            return row;
          }
          ${head}`,
        ],
        [
          /export default class Output {/,
          head => `
            const emptyCell = Object.freeze({ type: 'char', value: ' ', fullWidth: false, styles: Object.freeze([]) });
            let caches = new OutputCaches();
            const cachesForFrame = () => {
              if (Math.max(caches.styledChars.size, caches.widths.size, caches.rows.size) > ${mostTexts}) caches = new OutputCaches();
              return caches;
            };
            ${head}`,
        ],
      ]),
    }))
  },
}

/**
 * commander loads child_process, and with it the network, for sub-commands that are programs of their own; here
 * there are none.
 */
export const noChildProcesses: Plugin = {
  name: 'no-child-processes',
  setup(bundler) {
    bundler.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, file => ({
      contents: replaced(file.path, [
        [/import childProcess from 'node:child_process';/, () => 'const childProcess = undefined;'],
      ]),
    }))
  },
}

/**
 * What is loaded when something of it is first used: ipaddr.js and stack-utils make their regular expressions at
 * once, and are for the last questions and for errors in the program itself. signal-exit only asserts that it is
 * called with a function.
 */
export const lazyLibraries: Plugin = {
  name: 'lazy-libraries',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:ipaddr\.js|stack-utils)$/ }, ({ kind, path, resolveDir }) =>
      kind === 'import-statement' ? { path, namespace: 'lazy', pluginData: resolveDir } : null,
    )
    bundler.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path, pluginData }) => ({
      resolveDir: pluginData as string,
      contents: `
        const library = () => require(${JSON.stringify(path)})
        export default new Proxy(function () {}, {
          get: (_, name) => library()[name],
          construct: (_, given) => new (library())(...given),
        })`,
    }))
    bundler.onLoad({ filter: /signal-exit[\\/]index\.js$/ }, file => ({
      contents: replaced(file.path, [
        [/var assert = require\('assert'\)/, () => 'var assert = { equal() {} }'],
      ]),
    }))
    bundler.onLoad({ filter: /ink[\\/]build[\\/]components[\\/]ErrorOverview\.js$/ }, file => ({
      contents: replaced(file.path, [
        [
          /const stackUtils = new StackUtils\(([^;]*)\);/,
          (_, options) =>
            `const stackUtils = { parseLine: line => new StackUtils(${options}).parseLine(line) };`,
        ],
      ]),
    }))
  },
}

/**
 * React's reconciler is one function of 130 kB in a CommonJS module, which V8 would look through, compile the
 * module and look through again before it compiles it: as an ES module, in brackets, it is compiled at once and
 * is in the compile cache.
 */
export const eagerReconciler: Plugin = {
  name: 'eager-reconciler',
  setup(bundler) {
    bundler.onLoad({ filter: /react-reconciler[\\/]index\.js$/ }, file => ({
      resolveDir: dirname(file.path),
      contents: replaced(join(dirname(file.path), 'cjs/react-reconciler.production.js'), [
        [/"use strict";\nmodule\.exports = function \(/, () => reconcilerHead],
        [/\n};\nmodule\.exports\.default = [\s\S]*$/, () => '\n});\nexport default createReconciler'],
      ]),
    }))
  },
}

const reconcilerHead = `
import React from 'react'
import Scheduler from 'scheduler'
const libraries = { react: React, scheduler: Scheduler }
const require = name => libraries[name]
const createReconciler = (function (`

type Replacement = readonly [RegExp, (match: string, ...groups: string[]) => string]

/** @throws Error where the library has changed and the place is not there any more */
function replaced(path: string, replacements: readonly Replacement[]): string {
  let text = readFileSync(path, 'utf8')
  for (const [pattern, replacement] of replacements) {
    if (!pattern.test(text)) throw new Error(`${path} has changed: ${pattern} was not found`)
    text = text.replace(pattern, replacement)
  }
  return text
}
