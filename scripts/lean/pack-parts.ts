import { basename, dirname, join } from 'node:path'

/** A file of dist, as CommonJS. */
export interface Part {
  readonly path: string
  readonly code: string
}

/** Files that are needed together, one after the other: all that these entries require, and are not in an earlier pack. */
export interface Pack {
  readonly name: string
  /** Names of parts, without what the bundler adds. */
  readonly entries: readonly string[]
}

/**
 * Puts parts that are always loaded together into one file each, because looking for a file, reading and
 * wrapping it costs about half a millisecond: of the sixty parts that the first screen is made of, as much as
 * all of Ink. A part that is in a pack stays as a file that hands on what the pack has, so that it is evaluated
 * once, whoever asks.
 * @throws Error where an entry is no part
 */
export function packParts(parts: readonly Part[], packs: readonly Pack[]): readonly Part[] {
  const byName = new Map(parts.map(part => [basename(part.path), part]))
  const packed = new Map<string, string>()
  const files: Part[] = []
  for (const { name, entries } of packs) {
    const members = new Set<string>()
    for (const entry of entries) {
      const found = [...byName.keys()].find(each => each.replace(/(?:-[A-Z0-9]{8})?\.cjs$/, '') === entry)
      if (found === undefined) throw new Error(`no part is called ${entry}`)
      collect(found, byName, each => packed.has(each), members)
    }
    for (const member of members) packed.set(member, name)
    const folder = dirname(byName.get([...members][0] ?? '')?.path ?? '')
    const code = packCode(
      [...members].map(each => byName.get(each)),
      packed,
      name,
    )
    files.push({ path: join(folder, `${name}.cjs`), code })
  }
  const rest = parts.map(part => {
    const pack = packed.get(basename(part.path))
    if (pack === undefined) return part
    return { ...part, code: `module.exports=${fromPack(pack, basename(part.path))}` }
  })
  return [...files, ...rest]
}

const requires = /(?<![\w$.])require\("\.\/(?:parts\/)?([\w-]+\.cjs)"\)/g
/** What is imported dynamically is required in a function of its own. */
const later = /Promise\.resolve\(\)\.then\(\(\)=>(?:[\w$]+\()?require\("\.\/(?:parts\/)?[\w-]+\.cjs"\)/g

function collect(
  name: string,
  byName: ReadonlyMap<string, Part>,
  isPacked: (name: string) => boolean,
  into: Set<string>,
): void {
  const part = byName.get(name)
  if (part === undefined || into.has(name) || isPacked(name)) return
  into.add(name)
  for (const [, needed = ''] of part.code.replaceAll(later, '').matchAll(requires))
    collect(needed, byName, isPacked, into)
}

function packCode(
  members: readonly (Part | undefined)[],
  packed: ReadonlyMap<string, string>,
  ours: string,
): string {
  const functions = members.map(part => {
    if (part === undefined) return ''
    // From a pack to itself and to others without the files in between.
    const code = part.code.replaceAll(requires, (_, name: string) => {
      const pack = packed.get(name)
      if (pack === undefined) return `require("./${name}")`
      return pack === ours ? `load("${name}")` : fromPack(pack, name)
    })
    // In brackets: V8 then compiles it at once, and need not look through it first.
    return `${JSON.stringify(basename(part.path))}:(function(module,exports){${code}\n})`
  })
  return `const parts={${functions.join(',\n')}},loaded=Object.create(null);
function load(name){let module=loaded[name];if(module===undefined){loaded[name]=module={exports:{}};parts[name](module,module.exports)}return module.exports}
module.exports=load`
}

function fromPack(pack: string, part: string): string {
  return `require("./${pack}.cjs")("${part}")`
}
