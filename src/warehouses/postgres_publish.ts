/** Puts what was built in its place on PostgreSQL, so that what hangs on a relation stays. */
import { identifier, join, sql, toText, trusted } from '../sql/sql.ts'
import { ownViewsOn } from './postgres_dependents.ts'
import { clearTheWay, type Session } from './postgres_locks.ts'
import type { StagedRelation } from './warehouse.ts'

/** A new relation, the rows of one with the same columns, or another relation in its place. */
type HowToPublish = 'create' | 'refill' | 'replace'

/**
 * A table whose columns stay the same is emptied and refilled: readers are not blocked, and views, grants
 * and indexes on it survive. One whose columns change is replaced, unless something of others hangs on it.
 */
export async function publish(session: Session, relations: readonly StagedRelation[]): Promise<void> {
  const plans: { relation: StagedRelation; how: HowToPublish }[] = []
  for (const relation of relations) plans.push({ relation, how: await howToPublish(session, relation) })
  const replaced = plans.filter(({ how }) => how === 'replace').map(({ relation }) => relation.published)
  const ownViews = await ownViewsOn(session, replaced, relations)
  // Staged views read staged tables, which are about to go.
  for (const { relation } of plans.filter(({ relation }) => relation.kind === 'view').reverse()) {
    await session.execute(toText(sql`drop view ${identifier(...relation.staged)}`))
  }
  const tables = plans.filter(({ relation }) => relation.kind === 'table')
  for (const { relation } of tables.filter(({ how }) => how === 'refill')) await refill(session, relation)
  // From here on readers wait, so this comes after what may take long.
  await clearTheWay(session, [...ownViews.values()], replaced)
  for (const { relation } of tables.filter(({ how }) => how !== 'refill')) {
    const schema = identifier(relation.published[0] ?? '')
    await session.execute(toText(sql`alter table ${identifier(...relation.staged)} set schema ${schema}`))
  }
  for (const { relation, how } of plans.filter(({ relation }) => relation.kind === 'view')) {
    if (how === 'refill' && relation.unchanged && !ownViews.has(relation.name)) continue
    await session.execute(
      toText(sql`
      create or replace view ${identifier(...relation.published)} as
      ${trusted(relation.definition)}
    `),
    )
  }
  for (const { relation, how } of plans) {
    if (relation.unchanged && how === 'refill' && !ownViews.has(relation.name)) continue
    for (const comment of relation.comments) await session.execute(comment)
  }
}

async function howToPublish(session: Session, relation: StagedRelation): Promise<HowToPublish> {
  const [schema = '', name = ''] = relation.published
  const present = (await session.relations(schema)).find((r) => r.name === name)
  if (!present) return 'create'
  if (present.kind !== relation.kind) return 'replace'
  const before = (await session.columns(relation.published)) ?? []
  const after = (await session.columns(relation.staged)) ?? []
  const same =
    before.length === after.length &&
    before.every((c, i) => c.name === after[i]?.name && c.type === after[i]?.type)
  return same ? 'refill' : 'replace'
}

async function refill(session: Session, { staged, published }: StagedRelation): Promise<void> {
  const [from, to] = [identifier(...staged), identifier(...published)]
  const columns = (await session.columns(published)) ?? []
  const names = join(
    columns.map((column) => identifier(column.name)),
    ', ',
  )
  await session.execute(toText(sql`delete from ${to}`))
  await session.execute(toText(sql`insert into ${to} (${names}) select ${names} from ${from}`))
  await session.execute(toText(sql`drop table ${from}`))
}
