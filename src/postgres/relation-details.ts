import {
  type ColumnFacts,
  markPersonalData,
  mayBePersonalData,
  type PersonalDataMark,
} from '../model/personal-data.ts'
import { commentWords } from '../model/personal-data-rules.ts'
import { type RelationColumns, relationDetails } from '../model/relation-columns.ts'
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
  return inSlices(withDetails(relations, comments, columnsByRelation(suspects, holders, commented)))
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

function* suspectsOf(names: readonly ColumnNameRow[]): Generator<undefined, ColumnNameRow[]> {
  const suspects: ColumnNameRow[] = []
  for (const each of names) {
    if (mayBePersonalData(each)) suspects.push(each)
    yield
  }
  return suspects
}

/** What is known of a relation's columns: numbers of suspects, and the columns whose comment may say something. */
interface Candidates {
  readonly suspects: number[]
  readonly commented: ColumnFacts[]
}

interface CandidatesByRelation {
  readonly suspects: readonly ColumnNameRow[]
  readonly of: ReadonlyMap<number, Candidates>
}

function columnsByRelation(
  suspects: readonly ColumnNameRow[],
  holders: readonly { readonly at: number; readonly oids: string }[],
  commented: readonly CommentedColumnRow[],
): CandidatesByRelation {
  const of = new Map<number, Candidates>()
  const candidates = (oid: number): Candidates => {
    const known = of.get(oid) ?? { suspects: [], commented: [] }
    of.set(oid, known)
    return known
  }
  for (const { at, oids } of holders)
    for (const oid of new Uint32Array(unpacked(oids))) candidates(oid).suspects.push(at)
  for (const { oid, name, type, comment } of commented)
    candidates(oid).commented.push({ name, type, comment })
  return { suspects, of }
}

/** So many relations are looked at before others have their turn. */
const sliceSize = 1024

function* withDetails(
  relations: ReadonlyMap<string, RelationColumns>,
  comments: readonly CommentRow[],
  candidates: CandidatesByRelation,
): Generator<undefined, Map<string, RelationColumns>> {
  const commentOf = new Map(comments.map(({ oid, comment }) => [oid, comment]))
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
function remembering({ suspects, of }: CandidatesByRelation): (oid: number) => readonly PersonalDataMark[] {
  const none: readonly PersonalDataMark[] = []
  const known = new Map<string, readonly PersonalDataMark[]>()
  return oid => {
    const its = of.get(oid)
    if (its === undefined) return none
    const named = its.suspects.toSorted((a, b) => a - b)
    const key = its.commented.length === 0 ? named.join(' ') : null
    const answered = key === null ? undefined : known.get(key)
    if (answered !== undefined) return answered
    const spoken = new Set(its.commented.map(({ name }) => name))
    const columns: ColumnFacts[] = [
      ...its.commented,
      ...named.flatMap(at => {
        const suspect = suspects[at]
        return suspect === undefined || spoken.has(suspect.name) ? [] : [{ ...suspect, comment: null }]
      }),
    ]
    const marks = markPersonalData(columns.map(({ name, type, comment }) => ({ name, type, comment })))
    if (key !== null) known.set(key, marks)
    return marks
  }
}
