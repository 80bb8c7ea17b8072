import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { circles, importsOf, type Permission, readSources, violations } from './support/imports.ts'

const src = join(import.meta.dirname, '..', 'src')

// Imports go one way: cli -> commands -> screens -> wizard -> engine -> postgres | aws | secrets -> model, and
// wizard -> steps -> plan -> connectors -> model. What stands in a pure folder cannot touch the world.
const pure = { packages: ['zod', 'ipaddr.js'] } as const
const permissions: Readonly<Record<string, Permission>> = {
  model: { folders: [], ...pure },
  connectors: { folders: ['model'], ...pure },
  plan: { folders: ['connectors', 'model'], ...pure },
  steps: { folders: ['plan', 'connectors', 'model'], ...pure },
  secrets: { folders: ['model'], packages: ['node:', 'keytar', 'age-encryption', 'zod'] },
  postgres: { folders: ['model'], packages: ['node:', 'pg', 'pg-connection-string'] },
  aws: {
    folders: ['model'],
    packages: [
      'node:',
      '@aws-sdk/client-iam',
      '@aws-sdk/client-rds',
      '@aws-sdk/client-sts',
      '@aws-sdk/credential-providers',
      '@aws-sdk/rds-signer',
    ],
  },
  addresses: { folders: ['connectors', 'model'], packages: ['node:'] },
  engine: { folders: ['plan', 'connectors', 'postgres', 'aws', 'secrets', 'model'], packages: ['node:'] },
  terminal: { folders: [], packages: ['node:', 'ink', 'ink-select-input', 'react', 'string-width'] },
  wizard: {
    folders: [
      'engine',
      'steps',
      'plan',
      'connectors',
      'addresses',
      'postgres',
      'aws',
      'secrets',
      'model',
      'terminal',
    ],
    packages: ['node:'],
  },
  screens: {
    folders: ['wizard', 'engine', 'steps', 'plan', 'connectors', 'model', 'terminal'],
    packages: ['node:', 'ink', 'ink-select-input', 'react', 'string-width'],
  },
  demo: {
    folders: ['postgres', 'connectors', 'model'],
    packages: ['node:', 'pg', '@cloud-copilot/iam-simulate'],
  },
  commands: {
    folders: [
      'demo',
      'screens',
      'wizard',
      'engine',
      'steps',
      'plan',
      'connectors',
      'postgres',
      'aws',
      'secrets',
      'model',
      'terminal',
      '.',
    ],
    packages: ['node:', 'commander', 'ink', 'react'],
  },
  // cli.ts and what it asks before anything is loaded.
  '.': { folders: ['commands', 'model'], packages: ['node:', 'commander'] },
}

describe('the architecture', () => {
  it('is kept by every import of every source file', async () => {
    const imports = importsOf(await readSources(src))
    expect(imports.length).toBeGreaterThan(100)
    expect(violations(imports, permissions)).toEqual([])
  })

  it('has no circles', async () => {
    expect(circles(importsOf(await readSources(src)))).toEqual([])
  })

  it('is looked at in full: the bundler sees no import that was not looked at', async () => {
    const sources = await readSources(src)
    const looked = new Set(importsOf(sources).map(({ from, to }) => `${from} ${to}`))
    const { metafile } = await build({
      entryPoints: [...sources.keys()].map(path => join(src, path)),
      absWorkingDir: src,
      outdir: 'nowhere',
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      jsx: 'preserve',
      logLevel: 'silent',
    })
    const missed = Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
      imports.map(({ path }) => `${from} ${path}`).filter(each => sources.has(from) && !looked.has(each)),
    )
    expect(missed).toEqual([])
  })
})

describe('the check of the architecture', () => {
  const check = (path: string, text: string) => violations(importsOf(new Map([[path, text]])), permissions)

  it.each([
    ['model/a.ts', "import { b } from '../plan/b.ts'"],
    ['model/a.ts', "import type { B } from '../plan/b.ts'"],
    ['model/a.ts', "export type { B } from '../plan/b.ts'"],
    ['model/a.ts', "export * from '../plan/b.ts'"],
    ['model/a.ts', "import '../plan/b.ts'"],
    ['model/a.ts', "const b = await import('../plan/b.ts')"],
    ['model/a.ts', "type B = import('../plan/b.ts').B"],
    ['model/a.ts', "import {\n  type B,\n  b,\n} from '../plan/b.ts'"],
    ['model/deep/a.ts', "import { b } from '../../plan/b.ts'"],
    ['plan/render/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['steps/a.ts', "import { Box } from 'ink'"],
    ['terminal/a.tsx', "import type { Plan } from '../plan/plan.ts'"],
    ['engine/a.ts', "import { Client } from 'pg'"],
    ['screens/a.tsx', "import { connect } from '../postgres/connect.ts'"],
    ['invented/a.ts', "import { b } from './b.ts'"],
  ])('finds in %s: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1)
  })

  it.each([
    ['plan/render/a.ts', "import { b } from '../b.ts'\nimport type { C } from '../../model/c.ts'"],
    ['model/a.ts', "import { z } from 'zod'"],
    ['postgres/a.ts', "import { Client } from 'pg'\nimport { join } from 'node:path'"],
  ])('lets pass in %s: %s', (path, text) => {
    expect(check(path, text)).toEqual([])
  })

  it('finds circles, through any number of files', () => {
    const sources = new Map([
      ['plan/a.ts', "import { b } from './b.ts'"],
      ['plan/b.ts', "import { c } from './c.ts'\nimport { d } from './d.ts'"],
      ['plan/c.ts', "import { type A, a } from './a.ts'"],
      ['plan/d.ts', ''],
    ])
    expect(circles(importsOf(sources))).toEqual(['plan/a.ts -> plan/b.ts -> plan/c.ts -> plan/a.ts'])
    sources.set('plan/c.ts', "import type { A } from './a.ts'")
    expect(circles(importsOf(sources))).toEqual([])
  })
})
