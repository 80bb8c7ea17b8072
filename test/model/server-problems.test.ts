import { describe, expect, it } from 'vitest'
import type { ServerFacts } from '../../src/model/server-facts.ts'
import { serverProblems } from '../../src/model/server-problems.ts'

const good: ServerFacts = {
  versionNumber: 140000,
  version: '14.0',
  provider: 'self-run',
  tls: true,
  tlsAvailable: true,
  inRecovery: false,
  readOnly: false,
  pooled: false,
  admin: { name: 'postgres', superuser: true, createRole: true, actsAs: ['postgres'] },
  network: {
    listenAddresses: '*',
    port: 5432,
    hbaFile: null,
    configFile: null,
    clientAddress: null,
    socketDirectories: null,
  },
  maxLocks: 6400,
}

const codes = (facts: Partial<ServerFacts>) =>
  serverProblems({ ...good, ...facts }).map(problem => problem.code)

describe('what keeps a server from being changed', () => {
  it('is nothing on a good one', () => {
    expect(codes({})).toEqual([])
  })

  it.each<[Partial<ServerFacts>, string[]]>([
    [{ versionNumber: 130023, version: '13.23' }, ['server-too-old']],
    // A standby is always read-only; that it is one is the reason.
    [{ inRecovery: true, readOnly: true }, ['standby']],
    [{ readOnly: true }, ['read-only-server']],
    [{ pooled: true }, ['transaction-pooler']],
    [
      { versionNumber: 90600, inRecovery: true, pooled: true },
      ['server-too-old', 'standby', 'transaction-pooler'],
    ],
  ])('%j: %j', (facts, expected) => {
    expect(codes(facts)).toEqual(expected)
  })

  it('comes with what to do', () => {
    for (const problem of serverProblems({ ...good, versionNumber: 1, inRecovery: true, pooled: true })) {
      expect(problem.next).toMatch(/\.$/)
    }
  })
})
