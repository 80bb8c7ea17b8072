import { expect, it } from 'vitest'
import type { CommandIo } from '../../src/commands/support/command-io.ts'
import { createTeller } from '../../src/commands/support/teller.ts'
import { reveal, secret } from '../../src/model/secret.ts'

it.each([false, true])('tells nothing secret, whatever it is given to tell (json: %s)', json => {
  const value = 'Kx7pQ2mZ9rT4vW8yB3nC6dF1gH5jL0sA'
  reveal(secret(value))
  let told = ''
  const stream = {
    write: (text: string) => {
      told += text
      return true
    },
  }
  const teller = createTeller({ json }, { stdout: stream, stderr: stream } as unknown as CommandIo)
  teller.section([`a section with ${value}`])
  teller.begin(`a heading with ${value}`)
  teller.line(`a line with ${value}`)
  expect(told).toContain('a heading with [secret]')
  expect(told).toContain('a line with [secret]')
  expect(told.includes('a section with [secret]')).toBe(!json)
  expect(told).not.toContain(value)
})
