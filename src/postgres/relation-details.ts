import {
  type ColumnFacts,
  markPersonalData,
  mayBePersonalData,
  type PersonalDataMark,
} from '../model/personal-data.ts'
import { commentWords } from '../model/personal-data-rules.ts'
import { type RelationColumns, relationDetails } from '../model/relation-columns.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import { inSlices } from './in-slices.ts'
import { columnNamesSql, columnsCommentedSql, columnsNamedSql, commentsSql } from './queries/catalogue.ts'
import { unpacked } from './relations.ts'
import type { Session } from './session.ts'

/**
 * The same relations with their comments and their marks of personal data. 100,000 tables have a million
 * columns, which are not fetched: first the few thousand different names and types are looked at, then it is
 * asked which relations have one of those that the rules mark. Two round trips. @throws ProblemError
 */
export async function readDetails(
  session: Session,
  relations: ReadonlyMap<string, RelationColumns>,
): Promise<Map<string, RelationColumns>> {
  const schemas = [...relations.keys()]
  const [comments, names, commented] = await session.queryEach<
    [CommentRow[], ColumnNameRow[], CommentedColumnRow[]]
  >([commentsSql(schemas), columnNamesSql(schemas), columnsCommentedSql(schemas, commentWords.source)])
  const suspects = await inSlices(suspectsOf(names))
  const holders =
    suspects.length === 0
      ? []
      : await session.query<{ at: number; oids: string }>(columnsNamedSql(schemas, suspects))
  const candidates = await inSlices(columnsByRelation(suspects, holders, commented))
  return inSlices(withDetails(relations, comments, candidates))
}

interface CommentRow {
  readonly oid: number
  readonly comment: string
}

interface ColumnNameRow {
  readonly name: string
  readonly typeOid: number
  readonly type: string
}

type CommentedColumnRow = ColumnFacts & { readonly oid: number }

function* suspectsOf(names: readonly ColumnNameRow[]): Sliced<ColumnNameRow[]> {
  const suspects: ColumnNameRow[] = []
  for (const each of names) {
    if (mayBePersonalData(each)) suspects.push(each)
    yield
  }
  return suspects
}

/** What is known of the columns of relations, which are found by their number. */
interface Candidates {
  readonly suspects: readonly ColumnNameRow[]
  /** Numbers of the suspects that a relation has. */
  suspectsOf(oid: number): readonly number[]
  /** Its columns whose comment may say something. */
  commentedOf(oid: number): readonly ColumnFacts[]
}

function* columnsByRelation(
  suspects: readonly ColumnNameRow[],
  holders: readonly { readonly at: number; readonly oids: string }[],
  commented: readonly CommentedColumnRow[],
): Sliced<Candidates> {
  const hits = holders.map(({ at, oids }) => ({ at, oids: new Uint32Array(unpacked(oids)) }))
  // One after the other, those of each relation together: a list of its own for each would be ten times as large.
  const counts = new Map<number, number>()
  for (const { oids } of hits) {
    yield* eachOf(oids, oid => counts.set(oid, (counts.get(oid) ?? 0) + 1))
    yield
  }
  const starts = new Map<number, number>()
  let end = 0
  yield* eachOf(counts, ([oid, count]) => {
    starts.set(oid, end)
    end += count
  })
  const numbers = new Uint32Array(end)
  const next = new Map<number, number>()
  for (const { at, oids } of hits) {
    yield* eachOf(oids, oid => {
      const place = next.get(oid) ?? starts.get(oid) ?? 0
      numbers[place] = at
      next.set(oid, place + 1)
    })
    yield
  }
  const spoken = new Map<number, ColumnFacts[]>()
  yield* eachOf(commented, ({ oid, name, type, comment }) => {
    const known = spoken.get(oid) ?? []
    known.push({ name, type, comment })
    spoken.set(oid, known)
  })
  return {
    suspects,
    suspectsOf: oid => [...numbers.subarray(starts.get(oid) ?? 0, next.get(oid) ?? 0)],
    commentedOf: oid => spoken.get(oid) ?? [],
  }
}

/** So many relations are looked at before others have their turn: most of them have columns as another has. */
const sliceSize = 128

function* withDetails(
  relations: ReadonlyMap<string, RelationColumns>,
  comments: readonly CommentRow[],
  candidates: Candidates,
): Sliced<Map<string, RelationColumns>> {
  const commentOf = new Map<number, string>()
  yield* eachOf(comments, ({ oid, comment }) => commentOf.set(oid, comment))
  const marksOf = remembering(candidates)
  const found = new Map<string, RelationColumns>()
  for (const [schema, columns] of relations) {
    const its = new Map<number, string>()
    const marks = new Map<number, readonly PersonalDataMark[]>()
    for (const [row, oid] of columns.oids.entries()) {
      const comment = commentOf.get(oid)
      if (comment !== undefined) its.set(row, comment)
      const marked = marksOf(oid)
      if (marked.length > 0) marks.set(row, marked)
      if (row % sliceSize === 0) yield
    }
    found.set(schema, { ...columns, details: relationDetails(columns.length, its, marks) })
    yield
  }
  return found
}

/** The marks of a relation; relations with the same columns share one answer. */
function remembering({
  suspects,
  suspectsOf,
  commentedOf,
}: Candidates): (oid: number) => readonly PersonalDataMark[] {
  const known = new Map<string, readonly PersonalDataMark[]>()
  const marksOf = (named: readonly number[], commented: readonly ColumnFacts[]) => {
    const spoken = new Set(commented.map(({ name }) => name))
    const unspoken = named
      .flatMap(at => suspects[at] ?? [])
      .filter(({ name }) => !spoken.has(name))
      .map(({ name, type }) => ({ name, type, comment: null }))
    return markPersonalData([...commented, ...unspoken])
  }
  return oid => {
    const named = suspectsOf(oid).toSorted((a, b) => a - b)
    const commented = commentedOf(oid)
    if (commented.length > 0) return marksOf(named, commented)
    const key = named.join(' ')
    const marks = known.get(key) ?? marksOf(named, [])
    known.set(key, marks)
    return marks
  }
}
