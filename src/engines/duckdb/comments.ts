/** Comments of relations that are made anew on DuckDB, and which would go with the old ones. */
import type { RelationComment, RelationInfo, StagedRelation, Warehouse } from '../warehouse.ts'

/**
 * The comments that each relation has before it is published, for its columns afterwards. A table that was called
 * otherwise, or had columns of other names, is this one.
 * @param kinds what is published now, by full name
 */
export async function commentsTakenOver(
  warehouse: Pick<Warehouse, 'comments' | 'columns'>,
  relations: readonly StagedRelation[],
  kinds: ReadonlyMap<string, RelationInfo['kind']>,
): Promise<ReadonlyMap<StagedRelation, readonly RelationComment[]>> {
  const schemas = new Set(relations.map(({ published: [schema = ''] }) => schema))
  const present = new Map<string, RelationComment[]>()
  for (const schema of schemas)
    for (const comment of await warehouse.comments(schema)) {
      const relation = `${schema}.${comment.relation}`
      present.set(relation, [...(present.get(relation) ?? []), comment])
    }
  const takenOver = new Map<StagedRelation, readonly RelationComment[]>()
  for (const relation of relations) {
    const { published, staged, renamed } = relation
    const from = renamed?.from
    const isOld =
      from !== undefined && !kinds.has(published.join('.')) && kinds.get(from.join('.')) === 'table'
    const before = isOld ? from : published
    const comments = present.get(before.join('.')) ?? []
    if (comments.length === 0) continue
    const names = new Set(((await warehouse.columns(before)) ?? []).map(({ name }) => name))
    const now = new Map(renamed?.columns.filter(([old, name]) => names.has(old) && !names.has(name)))
    const columns = new Set(((await warehouse.columns(staged)) ?? []).map(({ name }) => name))
    takenOver.set(
      relation,
      comments
        .map((comment) => ({ ...comment, column: now.get(comment.column ?? '') ?? comment.column }))
        .filter(({ column }) => column === null || columns.has(column)),
    )
  }
  return takenOver
}
