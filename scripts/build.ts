/**
 * Bundles the program into dist/: one CommonJS file a command, so that `--help` loads neither Ink nor pg and
 * the wizard starts fast (a bundled Ink in CommonJS starts in about half the time of an unbundled one).
 *
 *   node scripts/build.ts
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const commands = readdirSync(join(root, 'src/commands')).filter(name => /\.tsx?$/.test(name))

/** Each command is a bundle of its own; the command line imports it by name when it is asked for. */
const commandBundles: Plugin = {
  name: 'command-bundles',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/commands\/[a-z-]+\.tsx?$/ }, request =>
      request.kind === 'dynamic-import'
        ? { path: request.path.replace(/\.tsx?$/, '.cjs'), external: true }
        : undefined,
    )
  },
}

/**
 * Modules that must be one in the process: a secret is read only by the module that wrapped it, and a problem
 * that one bundle throws is caught in another. They are files of their own that every bundle requires.
 */
const shared = { secret: 'src/model/secret.ts', problem: 'src/model/problem.ts' }

/** The SDK of AWS is a bundle of its own too: loaded, and even read from the disk, only by who asks AWS. */
const awsBundle: Plugin = {
  name: 'aws-bundle',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/sdk\.ts$/ }, request =>
      request.kind === 'dynamic-import' ? { path: '../aws-sdk.cjs', external: true } : undefined,
    )
  },
}

/** @param folder where the shared files are, seen from the bundle */
function sharedModules(folder: string): Plugin {
  return {
    name: 'shared-modules',
    setup(bundler) {
      bundler.onResolve({ filter: /\/(secret|problem)\.ts$/ }, request => {
        const path = relative(root, join(request.resolveDir, request.path)).replaceAll('\\', '/')
        const name = Object.entries(shared).find(([, source]) => source === path)?.[0]
        return name === undefined ? undefined : { path: `${folder}/${name}.cjs`, external: true }
      })
    },
  }
}

/**
 * Ink and yoga wait at the top of their modules: for developer tools that are not wanted here, and for a
 * WebAssembly module fetched from a data URL. CommonJS cannot wait, and fetch() alone costs 20 to 35 ms.
 */
const synchronousInk: Plugin = {
  name: 'synchronous-ink',
  setup(bundler) {
    bundler.onLoad({ filter: /ink[\\/]build[\\/]reconciler\.js$/ }, file => ({
      contents: replaced(file.path, [
        [/await import\('\.\/devtools\.js'\)/, 'undefined'],
        [/await loadPackageJson\(\)/, '{}'],
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
        [/"data:application\/octet-stream;base64,[^"]+"/, '""'],
        [/import\.meta\.url/, '""'],
      ])
      return { contents: `${rest}\nexport const wasm = ${JSON.stringify(wasm)}` }
    })
  },
}

function replaced(path: string, replacements: readonly (readonly [RegExp, string])[]): string {
  let text = readFileSync(path, 'utf8')
  for (const [pattern, replacement] of replacements) {
    if (!pattern.test(text)) throw new Error(`${path} has changed: ${pattern} was not found`)
    text = text.replace(pattern, replacement)
  }
  return text
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // The entry must parse on an old Node to be able to say which one is needed.
  target: 'node20',
  outExtension: { '.js': '.cjs' },
  mainFields: ['module', 'main'] as string[],
  jsx: 'automatic',
  legalComments: 'none',
  minify: true,
  keepNames: true,
  sourcemap: false,
  external: ['pg-native', 'keytar'] as string[],
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    PG_USHER_VERSION: JSON.stringify(version),
    'import.meta.url': '__moduleUrl',
    'import.meta.resolve': 'undefined',
  },
  banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
} as const satisfies BuildOptions

rmSync(join(root, 'dist'), { recursive: true, force: true })
const plugins = (sharedFolder: string) => [
  commandBundles,
  awsBundle,
  synchronousInk,
  sharedModules(sharedFolder),
]
await Promise.all([
  build({ ...common, entryPoints: shared, outdir: 'dist/shared' }),
  build({
    ...common,
    entryPoints: { 'pg-usher': 'src/cli.ts' },
    outdir: 'dist',
    banner: { js: `#!/usr/bin/env node\n${common.banner.js}` },
    plugins: plugins('./shared'),
  }),
  build({
    ...common,
    entryPoints: { 'keychain-worker': 'src/secrets/keychain-worker.ts' },
    outdir: 'dist',
    plugins: plugins('./shared'),
  }),
  build({
    ...common,
    entryPoints: { 'aws-sdk': 'src/aws/sdk.ts' },
    outdir: 'dist',
    plugins: plugins('./shared'),
  }),
  build({
    ...common,
    entryPoints: commands.map(name => `src/commands/${name}`),
    outdir: 'dist/commands',
    plugins: plugins('../shared'),
  }),
])
