import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'

/** One import, of types or of values, from one source file. */
export interface Import {
  /** Path of the importing file below the folder, with `/`. */
  readonly from: string
  /** Path of the imported file below the folder, or the name of a package or of a module of Node. */
  readonly to: string
  readonly local: boolean
  /** Gone before anything runs: `import type`, `export type … from`. */
  readonly types: boolean
}

/** The sources below a folder, by path with `/`. */
export async function readSources(folder: string): Promise<Map<string, string>> {
  const paths = (await readdir(folder, { recursive: true }))
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /\.tsx?$/.test(path))
    .toSorted()
  return new Map(
    await Promise.all(paths.map(async path => [path, await readFile(join(folder, path), 'utf8')] as const)),
  )
}

// As Biome formats them: a declaration begins a line, and a module's name is in single quotes. Types too:
// a type that comes from above is a dependency like any other.
const declared = /^(?:import|export)\b(?:[^'"`;]*?\bfrom\s*)?\s*'([^']+)'/gm
const dynamic = /\bimport\(\s*'([^']+)'/g

/** Every import of these sources. */
export function importsOf(sources: ReadonlyMap<string, string>): Import[] {
  return [...sources].flatMap(([from, text]) =>
    [...text.matchAll(declared), ...text.matchAll(dynamic)].map(([declaration, name = '']) => {
      const local = name.startsWith('.')
      const to = local ? posix.normalize(posix.join(posix.dirname(from), name)) : name
      return { from, to, local, types: /^(?:import|export) type\b/.test(declaration) }
    }),
  )
}

/** What a folder may import: folders beside it, and packages (`node:` stands for all of Node's modules). */
export interface Permission {
  readonly folders: readonly string[]
  readonly packages: readonly string[]
}

/** What is not allowed, a line each: an import upwards, a package where it does not belong, an unknown folder. */
export function violations(
  imports: readonly Import[],
  permissions: Readonly<Record<string, Permission>>,
): string[] {
  return imports.flatMap(({ from, to, local }) => {
    const folder = folderOf(from)
    const permission = permissions[folder]
    if (permission === undefined) return [`${from}: ${folder} is no part of the architecture`]
    if (local) {
      // What lies outside the folder, such as package.json, is nobody's part.
      if (to.startsWith('../') || folderOf(to) === folder) return []
      return permission.folders.includes(folderOf(to)) ? [] : [`${from}: imports ${to}`]
    }
    const name = to.startsWith('node:')
      ? 'node:'
      : to.startsWith('@')
        ? to.split('/', 2).join('/')
        : to.split('/')[0]
    return permission.packages.includes(name ?? to) ? [] : [`${from}: imports ${to}`]
  })
}

/**
 * Files that load each other in a circle, each circle once, as `a -> b -> a`. Types alone make none: nothing is
 * loaded for them, and between folders they go one way like everything else.
 */
export function circles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to, local, types } of imports) {
    if (local && !types) next.set(from, [...(next.get(from) ?? []), to])
  }
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) {
      found.push([...path.slice(at), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const each of next.get(file) ?? []) visit(each, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? path) : '.'
}
