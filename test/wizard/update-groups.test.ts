import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerFacts } from '../../src/model/server-facts.ts'
import { findGroups } from '../../src/wizard/aws-reading.ts'
import { bindingsFor } from '../../src/wizard/keymap.ts'
import { networkLines } from '../../src/wizard/lines/network.ts'
import { type AwsWorld, startAwsWorld } from '../support/aws/world.ts'
import { serverFacts } from '../support/plan-input.ts'
import { startWalk, type Walk } from '../support/wizard-walk.ts'

let world: AwsWorld
beforeEach(async () => {
  world = await startAwsWorld()
})
afterEach(() => world.close())

/** At the question about addresses of the stand-in's database. */
function atNetwork(provider: ServerFacts['provider'] = 'rds'): Walk {
  const walk = startWalk({ server: { facts: { ...serverFacts, provider } } })
  walk.to('endpoint')
  walk.press('ctrl-e', 'ctrl-u')
  walk.type(world.instance.host)
  walk.press('enter')
  walk.answer()
  walk.to('network')
  walk.press('right', 'down')
  walk.type('52.215.192.224/28')
  walk.take()
  return walk
}

const textOf = (walk: Walk) =>
  networkLines(walk.state())
    .map(({ text }) => text)
    .join(' ')
    .replace(/\s+/g, ' ')

/** Has the SDK ask the stand-in, as the worker does. */
const ask = (host: string) =>
  findGroups({ host }, { mfaCode: async () => '', signal: new AbortController().signal })

describe('the security groups, where the tool comes in with a password', () => {
  it('are asked for by a key alone, and then stand in the commands and in the plan', async () => {
    const walk = atNetwork()
    expect(walk.effects.map(({ kind }) => kind)).not.toContain('find-groups')
    expect(world.standIn.calls).toEqual([])
    expect(textOf(walk)).toContain('aws rds describe-db-instances')
    walk.press('ctrl-o')
    const { host } = world.instance
    expect(walk.take()).toEqual([{ kind: 'find-groups', attempt: 1, host }])
    // Not twice at once.
    walk.press('ctrl-o')
    expect(walk.take()).toEqual([])
    const value = await ask(host)
    walk.tell({ kind: 'groups-found', attempt: 7, result: { ok: true, value } })
    expect(walk.state().network.groups.status).toBe('asking')
    walk.tell({ kind: 'groups-found', attempt: 1, result: { ok: true, value } })
    expect(textOf(walk)).toContain('GROUP=sg-0123456789abcdef0')
    expect(textOf(walk)).not.toContain('describe-db-instances')
    walk.to('review')
    expect(walk.effects.findLast(({ kind }) => kind === 'make-plan')).toMatchObject({ rds: value })
  })

  it('change nothing where AWS denies it, which is said', async () => {
    world.standIn.faults.push({
      on: 'DescribeDBInstances',
      times: 9,
      with: { status: 403, code: 'AccessDenied', message: 'not authorized' },
    })
    const walk = atNetwork()
    walk.press('ctrl-o')
    const denied = await ask(world.instance.host).catch(thrown => thrown)
    walk.tell({ kind: 'groups-found', attempt: 1, result: { ok: false, problem: denied.problem } })
    const text = textOf(walk)
    expect(text).toContain(denied.problem.message.replace(/\s+/g, ' '))
    expect(text).toContain('the first command below asks for the group itself')
    expect(text).toContain('aws rds describe-db-instances')
    walk.press('enter')
    expect(walk.state().step).toBe('secret')
  })

  it.each(['self-run', 'cloud-sql'] as const)('are nothing to ask about at %s', provider => {
    const walk = atNetwork(provider)
    expect(bindingsFor(walk.state()).map(({ command }) => command)).not.toContain('look-up')
    walk.press('ctrl-o')
    expect(walk.take()).toEqual([])
  })
})
