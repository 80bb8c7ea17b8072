import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsedAddress } from '../../../src/model/hba/address.ts'
import { withoutBlock } from '../../../src/model/hba/block.ts'
import { decide } from '../../../src/model/hba/decide.ts'
import type { HbaFiles } from '../../../src/model/hba/files.ts'
import { parseHba, rulesOf } from '../../../src/model/hba/parse.ts'
import { letsIn, placeHba } from '../../../src/model/hba/place.ts'
import { rangeText } from '../../../src/model/hba/range.ts'
import { type GeneratedHba, rightFiles } from '../../support/hba/generate.ts'
import { replayable } from '../../support/hba/seed.ts'
import { isCi } from '../../support/requires.ts'

const server = { versionNumber: 180000, ssl: true, missing: new Set<string>() }
const surroundings = { interfaces: [{ address: parsedAddress('127.0.0.1'), mask: 0xff00_0000n }] }
const path = '/data/pg_hba.conf'

function filesOf({ main, files }: GeneratedHba): HbaFiles {
  return {
    file: asked => {
      const text = asked === path ? main : files[asked.replace('/data/', '')]
      return text === undefined ? { found: 'missing' } : { found: 'text', text }
    },
    folder: asked => ({
      found: 'names',
      names: Object.keys(files).flatMap(name =>
        `/data/${name}`.startsWith(`${asked}/`) ? [name.slice(name.lastIndexOf('/') + 1)] : [],
      ),
    }),
  }
}

function placed(generated: GeneratedHba, tls = true, cidrs = ['127.0.0.0/9', '2001:db8::/40']) {
  const result = placeHba({
    path,
    files: filesOf(generated),
    server,
    surroundings,
    wanted: { databases: ['shop', 'all'], login: 'ann', cidrs, tls, versionNumber: 180000 },
    memberOf: new Set(['ann']),
  })
  if (!result.ok) throw new Error(result.problem.message)
  return result.value
}

const only = (main: string): GeneratedHba => ({ main, files: {} })

describe('the place of our lines', () => {
  it('lets the login in from all its addresses, changes nothing for anybody else, and goes again', async () => {
    await replayable(rightFiles(18), { numRuns: isCi() ? 500 : 60 }, async generated => {
      const { text, ways, above } = placed(generated)
      for (const { after, cidr } of ways) {
        for (const { verdict, first, last } of after) {
          expect(letsIn(verdict), `${cidr} ${rangeText({ first, last })}`).toBe(true)
          expect(verdict.by === 'rule' && verdict.rule.type).toBe('hostssl')
        }
        expect(after).toHaveLength(1)
      }
      if (above !== null) expect(text.split('\n')[above.at - 1]).toBe('# pg-usher: ann, begin')
      expect(withoutBlock(text, 'ann')).toEqual({ ok: true, value: generated.main })
      expect(placed({ ...generated, main: text }).text).toBe(text)
      const [old, now] = [generated.main, text].map(main =>
        rulesOf(parseHba(path, filesOf({ ...generated, main }), server)),
      )
      for (const user of ['ann', 'bob', 'all']) {
        for (const database of ['shop', 'postgres', 'ann']) {
          if (user === 'ann' && database === 'shop') continue
          for (const from of ['127.0.0.1', '127.200.0.1', '::1', '2001:db8::1']) {
            const connection = {
              database,
              user,
              memberOf: new Set([user]),
              address: parsedAddress(from),
              tls: true,
            }
            const said = [old, now].map(rules => decide(rules ?? [], connection, surroundings))
            expect(said[1]?.by).toBe(said[0]?.by)
            if (said[0]?.by === 'rule' && said[1]?.by === 'rule') {
              expect(said[1].rule.raw).toBe(said[0].rule.raw)
            }
          }
        }
      }
    })
  })

  it('is before the first line that decides about any of them, also in an included file', () => {
    const wide = placed(
      only('# head\nlocal all all peer\nhost all all 10.0.0.0/8 trust\nhost all all 127.1.0.0/16 reject\n'),
    )
    expect(wide.above?.raw).toBe('host all all 127.1.0.0/16 reject')
    expect(wide.text.split('\n').slice(0, 4)).toEqual([
      '# head',
      'local all all peer',
      'host all all 10.0.0.0/8 trust',
      '# pg-usher: ann, begin',
    ])
    const included = placed({
      main: 'local all all peer\ninclude part.conf\n',
      files: { 'part.conf': 'host all all all reject\n' },
    })
    expect(included.text.split('\n')[1]).toBe('# pg-usher: ann, begin')
    const nobody = placed(only('host all bob all reject\\\n'))
    expect(nobody.above).toBeNull()
    expect(nobody.text).toBe(`host all bob all reject\\\n\n${nobody.lines.join('\n')}\n`)
  })

  it('cuts a network where lines begin and end, and says who decides about each part', () => {
    const { ways } = placed(only('host all all 127.64.0.0/10 reject\nhost all all 127.0.0.0/9 md5\n'), true, [
      '127.0.0.0/8',
    ])
    const [way] = ways
    expect(
      way?.before.map(part => [
        rangeText(part),
        part.verdict.by === 'rule' ? part.verdict.rule.line : part.verdict.by,
      ]),
    ).toEqual([
      ['127.0.0.0/10', 2],
      ['127.64.0.0/10', 1],
      ['127.128.0.0/9', 'nobody'],
    ])
    expect(way?.withoutTls.map(part => part.verdict.by)).toEqual(['rule', 'rule', 'nobody'])
  })

  it('keeps the ends of the lines, and refuses marks that are not in pairs', () => {
    const { text } = placed(only('host all all all reject\r\n'))
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .every(line => line.endsWith('\r')),
    ).toBe(true)
    expect(withoutBlock(text, 'ann')).toEqual({ ok: true, value: 'host all all all reject\r\n' })
    for (const broken of ['# pg-usher: ann, begin\n', '# pg-usher: ann, end\n']) {
      expect(() => placed(only(broken))).toThrow('not in pairs')
    }
    expect(() => placed(only('host all all nonsense\n'))).toThrow('line 1')
  })

  it('speaks for every address of a network: each alone gets the same answer', async () => {
    await replayable(
      fc.tuple(rightFiles(18), fc.integer({ min: 0, max: 0xffffff })),
      { numRuns: isCi() ? 500 : 60 },
      async ([generated, low]) => {
        const rules = rulesOf(parseHba(path, filesOf(generated), server))
        const address = { bits: 32 as const, value: 0x7f00_0000n | BigInt(low) }
        const parts = placed(generated, true, ['127.0.0.0/8']).ways[0]?.before ?? []
        const part = parts.find(
          ({ first, last }) => first.value <= address.value && address.value <= last.value,
        )
        const alone = decide(
          rules,
          { database: 'shop', user: 'ann', memberOf: new Set(['ann']), address, tls: true },
          surroundings,
        )
        // A mask with gaps is said to be unknown for many at once.
        if (part === undefined || part.verdict.by === 'unknown') return
        expect(part.verdict.by).toBe(alone.by)
        if (part.verdict.by !== 'rule' || alone.by !== 'rule') return
        const [there, here] = [part.verdict.rule, alone.rule]
        expect([there.file, there.line]).toEqual([here.file, here.line])
      },
    )
  })
})
