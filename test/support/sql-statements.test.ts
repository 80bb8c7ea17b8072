import { expect, it } from 'vitest'
import { statementsIn } from './sql-statements.ts'

it.each([
  ['SELECT 1', ['SELECT 1']],
  ['BEGIN;\nSELECT 1;', ['BEGIN', '\nSELECT 1']],
  [`DO 'BEGIN x; RAISE ''a;b''; END'; SELECT "a;b"`, [`DO 'BEGIN x; RAISE ''a;b''; END'`, ' SELECT "a;b"']],
  [
    'SELECT 1 - 2 / 3 -- one; two\n; SELECT /* a;b */ 4',
    ['SELECT 1 - 2 / 3 -- one; two\n', ' SELECT /* a;b */ 4'],
  ],
])('takes %j apart', (sql, statements) => {
  expect(statementsIn(sql)).toEqual(statements)
})
