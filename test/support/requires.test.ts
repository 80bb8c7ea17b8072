import { isAbsolute } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProgram } from './requires.ts'

describe('a program of the operating system', () => {
  it('is found in PATH', () => {
    expect(isAbsolute(findProgram('sh') ?? '')).toBe(true)
  })

  it('is missed by name', () => {
    expect(findProgram('no-such-program-anywhere')).toBeNull()
  })
})
