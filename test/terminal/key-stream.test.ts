import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Key } from '../../src/terminal/key.ts'
import { createKeyStdin } from '../../src/terminal/key-stream.ts'

function keyboard(options?: { escapeDelay: number }) {
  const source = new PassThrough()
  const stdin = createKeyStdin(source, options)
  const keys: Key[] = []
  const heard = new Set<() => void>()
  stdin.onKey(key => {
    keys.push(key)
    for (const listener of heard) listener()
    return true
  })
  stdin.open()
  const until = (name: string) =>
    new Promise<void>(resolve => {
      const check = () => {
        if (keys.some(key => key.name === name)) resolve()
      }
      heard.add(check)
      check()
    })
  return { source, stdin, keys, until }
}

describe('a keyboard', () => {
  it('puts characters together that a read cut in two', async () => {
    const { source, keys, until } = keyboard()
    for (const byte of Buffer.from('né字😀.')) {
      source.write(Buffer.of(byte))
      await turn()
    }
    await until('.')
    expect(keys.map(({ text }) => text)).toEqual(['n', 'é', '字', '😀', '.'])
  })

  it('puts an arrow key together that a slow line cut in two', async () => {
    const { source, keys, until } = keyboard()
    for (const piece of ['\x1b', '[', '1;', '5', 'C', '.']) {
      source.write(piece)
      await turn()
    }
    await until('.')
    expect(keys.map(({ name }) => name)).toEqual(['ctrl-right', '.'])
  })

  it('gives a paste of a megabyte as one key, whatever the size of its pieces', async () => {
    const text = 'SELECT 1; -- \n'.repeat(75_000)
    const bytes = Buffer.from(`\x1b[200~${text}\x1b[201~`)
    const { source, keys, until } = keyboard()
    // A pseudo-terminal gives 1 to 4 KB a read.
    for (let at = 0; at < bytes.length; at += 1024) source.write(bytes.subarray(at, at + 1024))
    await until('paste')
    expect(keys).toEqual([{ name: 'paste', text }])
  })

  it('waits for Escape no longer than it was told', async () => {
    const { source, keys, until } = keyboard({ escapeDelay: 5 })
    source.write('\x1b')
    await until('escape')
    expect(keys).toEqual([{ name: 'escape' }])
  })

  it('gives Ink a return for the newline of an Enter that was typed before raw mode was on', async () => {
    const { source, stdin } = keyboard()
    stdin.onKey(() => false)
    const given: unknown[] = []
    const both = new Promise<void>(resolve => {
      stdin.stdin.on('readable', () => {
        given.push(stdin.stdin.read())
        if (given.length === 2) resolve()
      })
    })
    source.write('\n\r')
    await both
    expect(given).toEqual(['\r', '\r'])
  })

  it('has one owner, the last one', async () => {
    const { source, stdin, keys } = keyboard()
    const mine: string[] = []
    const stop = stdin.onKey(key => mine.push(key.name) > 0)
    source.write('a')
    await turn()
    stop()
    source.write('b')
    await turn()
    expect(mine).toEqual(['a'])
    expect(keys).toEqual([])
  })

  it('says once that the terminal is gone, however it went', async () => {
    for (const go of [
      (source: PassThrough) => source.end(),
      (source: PassThrough) => source.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' })),
    ]) {
      const { source, stdin } = keyboard()
      let times = 0
      const gone = new Promise<void>(resolve => {
        stdin.onEnd(() => {
          times++
          resolve()
        })
      })
      go(source)
      await gone
      source.emit('end')
      expect(times).toBe(1)
    }
  })

  it('gives nothing after it was closed', async () => {
    const { source, stdin, keys } = keyboard()
    stdin.close()
    source.write('a')
    await turn()
    expect(keys).toEqual([])
  })
})

describe('a key that decides', () => {
  /** What the owner gets of a `y`, marked with an exclamation mark where it was hurried. */
  function deciding() {
    const source = new PassThrough()
    const stdin = createKeyStdin(source)
    const keys: string[] = []
    stdin.onKey(
      key => keys.push(key.hurried === true ? `${key.name}!` : key.name) > 0,
      key => key.name === 'y',
    )
    stdin.open()
    return { source, stdin, keys }
  }

  it('is given where it stays alone, and what comes after it too', async () => {
    const { source, keys } = deciding()
    source.write('y')
    await vi.waitFor(() => expect(keys).toEqual(['y']), { timeout: 60_000 })
    source.write('a')
    await turn()
    expect(keys).toEqual(['y', 'a'])
  })

  it.each([
    ['in front of others', 'ya', ['y!', 'a']],
    ['behind others', 'ay', ['a', 'y!']],
    ['over and over', 'yyy', ['y!', 'y!', 'y!']],
  ])('is hurried in one packet %s', async (_, text, given) => {
    const { source, keys } = deciding()
    source.write(text)
    await turn()
    expect(keys).toEqual(given)
  })

  it('is hurried where another packet comes at its heels, a piece of a sequence too', async () => {
    for (const [next, name] of [
      ['e', 'e'],
      ['\x1b[', ''],
    ] as const) {
      const { source, stdin, keys } = deciding()
      source.write('y')
      await turn()
      source.write(next)
      await turn()
      expect(keys).toEqual(['y!', name].filter(Boolean))
      stdin.close()
    }
  })

  it('is hurried wherever it stands in a long text that nothing marks as a paste', async () => {
    const { source, keys } = deciding()
    // Cut so that a packet begins with it, ends with it, and has nothing else in it.
    for (const piece of ['yes\ny', 'es\n', 'y', 'y\r\n', 'y']) {
      source.write(piece)
      await turn()
    }
    await turn()
    expect(keys.filter(name => name.startsWith('y'))).toEqual(Array(5).fill('y!'))
  })

  it('is not given any more where the keyboard was given back meanwhile', async () => {
    const { source, stdin, keys } = deciding()
    source.write('y')
    await turn()
    stdin.close()
    stdin.open()
    source.write('a')
    await vi.waitFor(() => expect(keys).toEqual(['a']), { timeout: 60_000 })
  })
})
