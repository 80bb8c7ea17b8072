import { expect } from 'vitest'
import { doorOf } from '../../src/engine/door.ts'
import { planRotation, type RotationRequest } from '../../src/engine/plan-rotation.ts'
import { type RotationOutcome, rotate } from '../../src/engine/rotate.ts'
import { problemOf } from '../../src/model/problem.ts'
import { reveal, type Secret, secret } from '../../src/model/secret.ts'
import { knock } from '../../src/postgres/knock.ts'
import { generationsOf, nextOf, previousOf } from '../../src/secrets/generations.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import type { SecretStore } from '../../src/secrets/store.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { assertLogsIn, login, logsIn, makeExisting, oldPassword, type Stage } from './stage.ts'

/** The login that is rotated, with its password in the store. */
export async function prepare(stage: Stage, store: SecretStore): Promise<void> {
  await makeExisting(stage)
  for (const each of generationsOf(stage.entry)) await store.remove(each)
  await store.save(stage.entry, oldPassword)
}

/** Plans a rotation and carries it out, in this process. A plan that fails has changed nothing. */
export async function rotateHere(
  stage: Stage,
  store: SecretStore,
  way: 'proxy' | 'direct',
): Promise<RotationOutcome> {
  const { server } = stage.answers(way)
  const target = { ...server, password: secret(stage.server.adminPassword) }
  const request: RotationRequest = {
    login,
    home: 'postgres',
    databases: stage.entry.databases,
    open: stage.open(way),
    store,
    entry: stage.entry,
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target, user: login, database })),
    deadline: ampleDeadline,
  }
  try {
    return await rotate({ ...request, plan: await planRotation(request) })
  } catch (thrown) {
    return { outcome: 'failed-unchanged', problem: problemOf(thrown) }
  }
}

/** All is as it was: the old password is stored, alone, and logs in. */
export async function assertOld(stage: Stage, store: SecretStore): Promise<void> {
  const kept = await store.read(stage.entry)
  expect(kept === null ? null : reveal(kept)).toBe(reveal(oldPassword))
  await assertAlone(stage, store)
}

/** One password is stored and in force, and no other is. */
export async function assertAlone(stage: Stage, store: SecretStore): Promise<void> {
  await assertLogsIn(stage, await store.read(stage.entry))
  for (const each of [nextOf(stage.entry), previousOf(stage.entry)]) expect(await store.has(each)).toBe(false)
}

/** Whatever has happened, a password that is stored logs in; and another rotation leaves one, alone. */
export async function assertSettles(stage: Stage, store: SecretStore): Promise<void> {
  const stored: Secret[] = []
  for (const each of generationsOf(stage.entry)) {
    const found = await store.read(each)
    if (found !== null) stored.push(found)
  }
  const inForce = await Promise.all(stored.map(password => logsIn(stage, password)))
  expect(inForce).toContain(true)
  expect(await rotateHere(stage, store, 'direct')).toEqual({ outcome: 'done' })
  await assertAlone(stage, store)
}
