import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../../../src/demo/aws/stand-in.ts'
import { listOf } from '../../../src/demo/aws/xml.ts'
import { isCi } from '../requires.ts'
import { breachesOf, hasServiceModels } from './service-model.ts'

const call = (
  action: string,
  parameters: Record<string, string>,
  more: Partial<RecordedCall> = {},
): RecordedCall => ({
  service: 'iam',
  action,
  parameters: new Map(Object.entries({ Action: action, Version: '2010-05-08', ...parameters })),
  accessKeyId: 'AKIATESTCALLER000001',
  ...more,
})

describe('the models of AWS', () => {
  if (isCi() || hasServiceModels)
    it.each<[string, RecordedCall, RegExp]>([
      ['an action that there is not', call('MakeRole', {}), /iam has no MakeRole/],
      [
        'a parameter that there is not',
        call('GetRole', { RoleName: 'x', Colour: 'red' }),
        /Colour is no parameter/,
      ],
      ['a parameter that lacks', call('GetRole', {}), /RoleName is missing/],
      ['a name that is too long', call('GetRole', { RoleName: 'x'.repeat(65) }), /longer than 64/],
      ['a name with a space', call('GetRole', { RoleName: 'x y' }), /does not match/],
      [
        'a member of an answer that there is not',
        call('ListRolePolicies', { RoleName: 'x' }, { result: { PolicyNames: listOf([]), Pages: 1 } }),
        /has no Pages/,
      ],
      [
        'an error that the action does not give',
        call('GetRole', { RoleName: 'x' }, { error: { status: 409, code: 'DeleteConflict', message: '' } }),
        /does not give the error DeleteConflict/,
      ],
      [
        'another status than the error has',
        call('GetRole', { RoleName: 'x' }, { error: { status: 400, code: 'NoSuchEntity', message: '' } }),
        /with 404, not 400/,
      ],
    ])('find %s', (_what, recorded, breach) => {
      expect(breachesOf([recorded]).join('\n')).toMatch(breach)
    })

  it('let pass what is right', () => {
    expect(breachesOf([call('GetRole', { RoleName: 'x' })])).toEqual([])
  })
})
