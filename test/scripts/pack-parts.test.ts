import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { lazyBuiltins } from '../../scripts/lean/lazy-builtins.ts'
import { type Pack, packParts } from '../../scripts/lean/pack-parts.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Writes the parts as the build does; gives what loads one of them. */
function written(parts: Readonly<Record<string, string>>, packs: readonly Pack[]): (name: string) => unknown {
  const folder = mkdtempSync(join(tmpdir(), 'pack-parts-'))
  folders.push(folder)
  const files = Object.entries(parts).map(([name, code]) => ({ path: join(folder, 'parts', name), code }))
  mkdirSync(join(folder, 'parts'))
  for (const { path, code } of packParts(files, packs)) writeFileSync(path, code)
  const load = createRequire(join(folder, 'parts', 'test.cjs'))
  return name => load(`./${name}`)
}

const evaluated = 'globalThis.evaluated.push(__filename.split("/").at(-1));'

it('evaluates each part once, whether it is asked for in a pack or beside it', () => {
  const said: string[] = []
  Object.assign(globalThis, { evaluated: said })
  const load = written(
    {
      'first-AAAAAAAA.cjs': `${evaluated}exports.shared=require("./shared-BBBBBBBB.cjs");exports.later=()=>Promise.resolve().then(()=>require("./later-CCCCCCCC.cjs"))`,
      'second-DDDDDDDD.cjs': `${evaluated}exports.shared=require("./shared-BBBBBBBB.cjs")`,
      'shared-BBBBBBBB.cjs': `${evaluated}exports.value={}`,
      'later-CCCCCCCC.cjs': `${evaluated}exports.shared=require("./shared-BBBBBBBB.cjs")`,
    },
    [
      { name: 'one', entries: ['first'] },
      { name: 'two', entries: ['second'] },
    ],
  )
  const first = load('first-AAAAAAAA.cjs') as { shared: unknown }
  // What is imported later is in no pack, and is not there yet.
  expect(said).toEqual(['one.cjs', 'one.cjs'])
  const others = ['second-DDDDDDDD.cjs', 'later-CCCCCCCC.cjs'].map(load) as { shared: unknown }[]
  expect(others.map(({ shared }) => shared === first.shared)).toEqual([true, true])
  expect(load('shared-BBBBBBBB.cjs')).toBe(first.shared)
  expect(said).toEqual(['one.cjs', 'one.cjs', 'two.cjs', 'later-CCCCCCCC.cjs'])
})

it('says which entry is no part', () => {
  expect(() => packParts([], [{ name: 'one', entries: ['gone'] }])).toThrow('no part is called gone')
})

it("loads a slow module of Node's when it is used, and not before", () => {
  const code = lazyBuiltins(
    'var a=require("node:crypto"),b=require("node:path");exports.hash=()=>(0,a.createHash)("md5").update("").digest("hex");exports.join=b.join',
  )
  const asked: string[] = []
  const real = createRequire(import.meta.url)
  const exported: { hash?: () => string; join?: (...parts: string[]) => string } = {}
  new Function('require', 'exports', code)((name: string) => {
    asked.push(name)
    return real(name)
  }, exported)
  expect(asked).toEqual(['node:path'])
  expect(exported.hash?.()).toBe('d41d8cd98f00b204e9800998ecf8427e')
  expect(asked).toEqual(['node:path', 'node:crypto'])
})
