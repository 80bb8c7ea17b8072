import { expect, it } from 'vitest'
import type { CommandIo } from '../../src/commands/support/command-io.ts'
import { checkCanAsk } from '../../src/commands/support/consent.ts'
import { Refusal } from '../../src/commands/support/refusal.ts'

it('without a terminal it is said what shows beforehand what would be done', () => {
  const io = {
    stdin: { isTTY: false },
    stderr: { isTTY: false },
  } as unknown as CommandIo
  expect(() => checkCanAsk(true, io, 'Look there.')).not.toThrow()
  const refused = () => checkCanAsk(false, io, 'Look there.')
  expect(refused).toThrow(Refusal)
  try {
    refused()
  } catch (thrown) {
    const [problem] = thrown instanceof Refusal ? thrown.problems : []
    expect(problem?.next).toBe('With --yes it does not ask. Look there.')
  }
})
