import { describe, expect, it } from 'vitest'
import { reveal } from '../../src/model/secret.ts'
import { generatePassword } from '../../src/secrets/password.ts'

const many = Array.from({ length: 20_000 }, () => reveal(generatePassword()))

describe('generatePassword', () => {
  it('gives 32 letters and digits: a letter first, each kind at least once', () => {
    for (const password of many) {
      expect(password).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z][A-Za-z0-9]{31}$/)
    }
  })

  it('never gives the same one twice', () => {
    expect(new Set(many).size).toBe(many.length)
  })

  it('prefers no character', () => {
    const counts = new Map<string, number>()
    for (const character of many.flatMap(password => [...password.slice(1)])) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect(counts.size).toBe(62)
    // 620,000 draws, 10,000 expected of each: a deviation of 100, so 7 of them are not reached by chance.
    // Asking for a digit makes digits a little likelier (about 1 in 300 passwords has none): 30 more.
    for (const [character, count] of counts) {
      expect(Math.abs(count - 10_000), character).toBeLessThan(750)
    }
  })

  it('is not printed by accident', () => {
    const password = generatePassword()
    expect(`${password} ${JSON.stringify({ password })}`).toBe('[secret] {"password":"[secret]"}')
  })
})
