import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { benchDocument, benchResults } from '../scripts/documents/bench.ts'
import { keysDocument } from '../scripts/documents/keys.ts'
import { table, withSection } from '../scripts/documents/markdown.ts'
import { readmeDocument } from '../scripts/documents/readme.ts'
import { connectors } from '../src/connectors/connectors.ts'
import { answersFromText } from '../src/model/answers-schema.ts'
import { exitCodes } from '../src/model/exit-code.ts'
import { stepTitles } from '../src/steps/step.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/keys.md', 'bench/README.md']
const readme = read('README.md')

describe('written documents are current: npm run docs', () => {
  it('docs/keys.md', () => {
    expect(read('docs/keys.md')).toBe(keysDocument())
  })

  it('the sections of README.md', async () => {
    expect(readme).toBe(await readmeDocument(readme, await benchResults()))
  })

  it('the figures of bench/README.md', async () => {
    const before = read('bench/README.md')
    expect(before).toBe(benchDocument(before, await benchResults()))
  })
})

describe('README.md', () => {
  it('shows every mistake of the pages', () => {
    for (const { errata } of connectors) {
      for (const { instead } of errata) expect(readme).toContain(instead)
    }
  })

  it('has every exit code once, as the program has them', () => {
    const rows = [...readme.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code]) => Number(code))
    expect(rows).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b))
  })

  it('gives answers that the program takes, with the schema that is there', () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? []
    expect(answersFromText(json)).toMatchObject({ ok: true })
    expect(existsSync(join(root, JSON.parse(json).$schema))).toBe(true)
  })

  it('names the steps of the walk as the screens do, in their order', () => {
    const [, walk = ''] = /## A minute's walk\n([\s\S]*?)\n## /.exec(readme) ?? []
    const named = [...walk.matchAll(/^\d+\. \*\*(.+?)\.?\*\*/gm)].map(([, name]) => name)
    expect(named).toEqual(Object.values(stepTitles))
  })

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json'))
    for (const document of documents) {
      for (const [, script = ''] of read(document).matchAll(/npm run ([a-z]+)/g)) {
        expect(scripts, document).toHaveProperty(script)
      }
    }
  })
})

describe('links', () => {
  it.each(documents)('of %s lead to files that there are', document => {
    const links = [...read(document).matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, link = '']) => link)
      .filter(link => !link.includes('://'))
    expect(links.filter(link => !existsSync(join(root, dirname(document), link)))).toEqual([])
  })

  it('of ARCHITECTURE.md and CONTRIBUTING.md name paths that there are', () => {
    for (const document of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      const named = [...read(document).matchAll(/`((?:src|test|scripts|schema|docs)\/[\w./-]*)`/g)]
        .map(([, path = '']) => path)
        .filter(path => !path.includes('NAME'))
      expect(named.length).toBeGreaterThan(5)
      expect(
        named.filter(path => !existsSync(join(root, path))),
        document,
      ).toEqual([])
    }
  })
})

describe('the pictures', () => {
  it.each(['tables', 'proof', 'form', 'review'])('docs/%s.svg is XML and shows the wizard', name => {
    const svg = read(`docs/${name}.svg`)
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(svg).toContain('>pg-usher<')
    // No password is on a picture: it is 32 letters and digits.
    expect(svg).not.toMatch(/>[A-Za-z0-9]{32}</)
  })
})

describe('the package', () => {
  it('holds the program, the schema, README and LICENSE, and nothing else', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const paths: string[] = packed(JSON.parse(output)).map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'schema/answers.schema.json']),
    )
    expect(paths).toContain('dist/pg-usher.cjs')
    const others = paths.filter(
      path =>
        !/^(LICENSE|README\.md|package\.json|schema\/answers\.schema\.json|dist\/[\w./-]+\.cjs)$/.test(path),
    )
    expect(others).toEqual([])
  })
})

/** npm 11 gives a list of packages, later ones an object by name. */
function packed(output: unknown): readonly { readonly path: string }[] {
  const [first] = Object.values(output as Record<string, { files: { path: string }[] }>)
  return first?.files ?? []
}

describe('parts of documents', () => {
  it('a table takes any text', () => {
    expect(table(['A'], [['a|b <c> `<d>`']])).toEqual(['| A |', '| --- |', '| a\\|b &lt;c> `<d>` |'])
  })

  it('a section is replaced, and nothing around it', () => {
    const before = 'a\n<!-- x: by hand -->\nold\n<!-- end -->\nb\n'
    const after = withSection(before, 'x', ['$&', 'new'])
    expect(after).toBe('a\n<!-- x: by hand -->\n$&\nnew\n<!-- end -->\nb\n')
    expect(withSection(after, 'x', ['$&', 'new'])).toBe(after)
    expect(() => withSection(before, 'y', [])).toThrow('no section "y"')
  })
})
