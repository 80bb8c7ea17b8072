import { describe, expect, it } from 'vitest'
import type { NetworkAnswer } from '../../../src/model/answers.ts'
import { addressNotes, addressProblems } from '../../../src/plan/firewall/plan.ts'
import { planInput } from '../../support/plan-input.ts'
import { shopAnswers } from '../../support/shop-answers.ts'

const inputOf = (network: NetworkAnswer) => planInput({ answers: { ...shopAnswers, network } })
const problemsOf = (network: NetworkAnswer) => addressProblems(inputOf(network)).map(({ code }) => code)
const notesOf = (network: NetworkAnswer) =>
  addressNotes(inputOf(network))
    .map(({ text }) => text)
    .join(' ')

describe('networks of all addresses in a document', () => {
  it.each([
    [['0.0.0.0/0']],
    [['::/0']],
    [['0.0.0.0/1', '128.0.0.0/1']],
    [['8000::/1', '52.215.192.224/28', '::/1']],
  ])('%j are refused unless they are agreed to', cidrs => {
    expect(problemsOf({ from: 'typed', cidrs })).toEqual(['network-everybody'])
    expect(problemsOf({ from: 'typed', cidrs, everybody: true })).toEqual([])
    expect(notesOf({ from: 'typed', cidrs, everybody: true })).toContain('lets the whole internet knock')
  })

  it('are not agreed to for later: an agreement to nothing is pointed out', () => {
    const cidrs = ['52.215.192.224/28']
    expect(notesOf({ from: 'typed', cidrs, everybody: true })).toContain('name no such network: take it out')
    expect(notesOf({ from: 'typed', cidrs })).toBe('')
  })
})

describe('private networks, and those set aside, in a document', () => {
  it('are noted', () => {
    const notes = notesOf({ from: 'typed', cidrs: ['10.0.0.0/24', '224.0.0.1/32'] })
    expect(notes).toContain('10.0.0.0/24 is not public')
    expect(notes).toContain('224.0.0.1/32 is set aside (multicast)')
  })
})
