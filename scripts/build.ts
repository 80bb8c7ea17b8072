/**
 * Bundles the program into dist/, in parts: what is imported dynamically is a file of its own that is read when
 * it is asked for, and what several files need is in a file that they share. So `--help` loads neither Ink nor
 * pg, and the first screen neither the engine nor AWS. The files are CommonJS, in which a bundled Ink starts in
 * about half the time of an unbundled one.
 *
 *   node scripts/build.ts
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { lazyBuiltins } from './lean/lazy-builtins.ts'
import {
  eagerReconciler,
  keptRows,
  lazyLibraries,
  lazyStringWidth,
  leanOptions,
  noChildProcesses,
  synchronousInk,
} from './lean/lean-libraries.ts'
import { packParts } from './lean/pack-parts.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** The entry must parse on an old Node to be able to say which one is needed. */
const target = 'node20'

// esbuild shares between files only as ES modules; each file is made CommonJS afterwards.
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { 'parts/cli': 'src/cli.ts', 'keychain-worker': 'src/secrets/keychain-worker.ts' },
  outdir: 'dist',
  chunkNames: 'parts/[name]-[hash]',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  splitting: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target,
  mainFields: ['module', 'main'],
  jsx: 'automatic',
  legalComments: 'none',
  minify: true,
  external: ['pg-native', 'keytar', '@cloud-copilot/iam-simulate'],
  inject: [...leanOptions.inject],
  define: {
    ...leanOptions.define,
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    PG_USHER_VERSION: JSON.stringify(version),
    'import.meta.url': '__moduleUrl',
    'import.meta.resolve': 'undefined',
  },
  logLevel: 'warning',
  plugins: [eagerReconciler, synchronousInk, lazyStringWidth, keptRows, lazyLibraries, noChildProcesses],
})

/** What every start needs, and what the first screen needs besides. */
const packs = [
  { name: 'command-line', entries: ['cli'] },
  { name: 'first-screen', entries: ['wizard', 'open-wizard'] },
] as const

const moduleUrl = "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;"

const parts = await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    const { code } = await transform(text.replace(/^#!.*\n/, ''), {
      format: 'cjs',
      platform: 'node',
      target,
      minify: true,
      // A file of ours is required: import() would look through it for its exports first.
      supported: { 'dynamic-import': false },
      banner: text.includes('__moduleUrl') ? moduleUrl : '',
    })
    return { path, code: lazyBuiltins(code) }
  }),
)

rmSync(join(root, 'dist'), { recursive: true, force: true })
mkdirSync(join(root, 'dist/parts'), { recursive: true })
for (const { path, code } of packParts(parts, packs)) writeFileSync(path, code)

// Alone in its file: what it does has to be done before any other is compiled.
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/pg-usher.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target,
  minify: true,
  banner: { js: '#!/usr/bin/env node' },
  define: { PG_USHER_VERSION: JSON.stringify(version) },
  supported: { 'dynamic-import': false },
  plugins: [
    {
      name: 'parts-are-built',
      setup: bundler =>
        bundler.onResolve({ filter: /\.\/cli\.ts$/ }, () => ({ path: './parts/cli.cjs', external: true })),
    },
  ],
})
