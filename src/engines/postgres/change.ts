/** Changes columns of published tables in place, and makes views anew, while readers wait. */
import { ProblemError } from '../../problems.ts'
import { type RelationName, identifier, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import { about } from './about.ts'
import { belongingsOf, lostRight, refuseSecured, viewOptions, withOptions, type Belongings } from './carry.ts'
import { alterColumns } from './columns.ts'
import { dependentsOf, hangingOn, type Hanging } from './dependents.ts'
import { attempting, lockAlone, type Patience, type Session } from './locks.ts'
import { oidOf } from './names.ts'
import { goingOf, isChangedTable, isEmptied, keyOf, tell, type Plan } from './plan.ts'
import { classOf, makeAnew, takeAway, type Away } from './remake.ts'
import { rightsOn } from './rights.ts'
import { WarehouseError, type PublishNote, type StagedRelation } from '../warehouse.ts'

export interface Changed {
  readonly notes: readonly PublishNote[]
  /** What relations had that were made anew, by their full names. */
  readonly had: ReadonlyMap<string, Belongings>
  /** What of others was made anew. */
  readonly away: readonly Away[]
}

/**
 * Everything that readers wait for, within a moment.
 * @param found what hung on what goes, before anything was locked
 */
export async function changeRelations(
  session: Session,
  patience: Patience,
  plans: readonly Plan[],
  found: Hanging,
  isOwn: (view: RelationName) => boolean,
): Promise<Changed> {
  const changingWith = ({ own }: Hanging) =>
    plans.filter(({ relation, how, isSame }) => own.has(keyOf(relation)) || (how !== 'refill' && !isSame))
  const relations = [
    ...changingWith(found).flatMap(({ how, relation }) => (how === 'create' ? [] : [relation.published])),
    ...found.readers.flatMap(({ view }) => (view === null ? [] : [view])),
  ]
  return attempting(session, patience, relations, async (attempt) => {
    const notes: PublishNote[] = []
    const had = new Map<string, Belongings>()
    const drop = async (relation: RelationName) => {
      const name = relation.join('.')
      if (had.has(name)) return
      const belongings = await belongingsOf(session, relation)
      refuseSecured(belongings)
      had.set(name, belongings)
      // Without `cascade`: what somebody has made in the meantime is not to go.
      for (const { view } of await dependentsOf(session, relation)) if (view && isOwn(view)) await drop(view)
      await session.execute(toText(sql`drop ${trusted(belongings.kind)} ${identifier(...relation)}`))
    }
    const dropAll = async (names: ReadonlySet<string>) => {
      for (const { relation } of plans.filter((plan) => names.has(keyOf(plan.relation))))
        await drop(relation.published)
    }
    const { own: remade, readers } = await lockAndLook(session, plans, found, isOwn, attempt % 2 === 0)
    const changing = changingWith({ own: remade, readers })
    const sources = changing
      .filter(({ how, change }) => how !== 'create' && change.retyped.length > 0)
      .map(({ relation, change }) => ({ relation: relation.published, retyped: change.retyped }))
    const away = await takeAway(session, readers, sources)
    await dropAll(remade)
    await dropAll(
      new Set(plans.filter(({ how }) => how === 'replace').map(({ relation }) => keyOf(relation))),
    )
    for (const plan of changing.filter(({ relation }) => relation.kind === 'table'))
      notes.push(
        ...tell(plan, await about(plan.relation.published, undefined, () => changeTable(session, plan))),
      )
    for (const { relation, isSame } of plans.filter((plan) => plan.relation.kind === 'view')) {
      if (!had.has(keyOf(relation))) {
        if (isSame || (await redefined(session, relation))) continue
        // It has other columns, so it is made anew, with gwh's own views that read it.
        await lockViews(session, plans, await hangingOn(session, [{ relation: relation.published }], isOwn))
        await drop(relation.published)
      }
      const before = had.get(keyOf(relation))
      await session.execute(defineView(relation, before?.kind === 'view' ? before.options : []))
    }
    notes.push(...(await makeAnew(session, away)).map((text) => ({ text })))
    return { notes, had, away }
  })
}

/**
 * What hangs on what goes, when nobody can hang more on it or change that: others may have done so since the first look.
 * @param found what the first look has found
 * @param isFromTables whether tables are locked before views: some readers come from a view to its table, others the
 * other way round
 */
async function lockAndLook(
  session: Session,
  plans: readonly Plan[],
  found: Hanging,
  isOwn: (view: RelationName) => boolean,
  isFromTables: boolean,
): Promise<Hanging> {
  const going = plans.flatMap(goingOf)
  if (isFromTables) await lockTables(session, plans)
  const changed = plans.filter(({ how, isSame, relation: { kind } }) =>
    kind === 'view' ? how === 'redefine' && !isSame : how === 'replace',
  )
  const views = new Set(changed.map(({ relation }) => keyOf(relation)))
  await lockViews(session, plans, { own: new Set([...views, ...found.own]), readers: found.readers })
  if (!isFromTables) await lockTables(session, plans)
  if (going.length === 0) return found
  for (let locked = found; ;) {
    const now = await hangingOn(session, going, isOwn)
    const isLocked =
      [...now.own].every((name) => locked.own.has(name)) &&
      now.readers.every(({ catalog, oid }) =>
        locked.readers.some((reader) => reader.catalog === catalog && reader.oid === oid),
      )
    if (isLocked) return now
    await lockViews(session, plans, now)
    locked = now
  }
}

async function lockTables(session: Session, plans: readonly Plan[]): Promise<void> {
  for (const { relation } of plans.filter(isChangedTable))
    await session.execute(toText(sql`lock table only ${identifier(...relation.published)}`))
}

/** Views of gwh, and the relations that readers of others are or are on. */
async function lockViews(session: Session, plans: readonly Plan[], { own, readers }: Hanging): Promise<void> {
  const views = plans.filter(({ relation }) => own.has(keyOf(relation)))
  const oids = [...views.map(({ relation }) => oidOf(relation.published)), ...readers.map(classOf)]
  if (oids.length > 0) await lockAlone(session, oids)
}

const defineView = ({ published, definition }: StagedRelation, options: readonly string[]) =>
  toText(sql`
    create or replace view ${identifier(...published)}${withOptions(options)} as
    ${trusted(definition)}
  `)

/** @returns whether the view could take its new definition with the columns that it has */
async function redefined(session: Session, relation: StagedRelation): Promise<boolean> {
  await session.execute('savepoint redefining')
  try {
    await session.execute(defineView(relation, await viewOptions(session, relation.published)))
    await session.execute('release savepoint redefining')
    return true
  } catch (error) {
    // 42P16: a column would go, or have another name, place or type
    if (!(error instanceof WarehouseError) || error.code !== '42P16') throw error
    await session.execute('rollback to savepoint redefining')
    return false
  }
}

async function changeTable(
  session: Session,
  { relation, how, change, indexes, ...plan }: Plan,
): Promise<string[]> {
  const { published, staged } = relation
  const notes: string[] = []
  if (how === 'create' || how === 'replace') {
    const [schema = '', name = ''] = published
    const moved =
      staged[0] === schema ? sql`rename to ${identifier(name)}` : sql`set schema ${identifier(schema)}`
    await session.execute(toText(sql`alter table ${identifier(...staged)} ${moved}`))
  } else {
    const lost = (await rightsOn(session, published)).filter(({ column }) =>
      change.removed.includes(column ?? ''),
    )
    notes.push(...lost.map((right) => lostRight(published, right)))
    await dropOwn(session, indexes.drop)
    await alterColumns(session, published, change, isEmptied({ relation, how, change, indexes, ...plan }))
    if (change.added.length > 0) notes.push(...(await orderNote(session, relation)))
  }
  for (const statement of indexes.addKey) await session.execute(toText(statement))
  return notes
}

/** @throws ProblemError `dependents_in_the_way` where a key of gwh is what somebody's foreign key refers to */
async function dropOwn(session: Session, statements: readonly Sql[]): Promise<void> {
  for (const statement of statements) {
    try {
      await session.execute(toText(statement))
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.code !== '2BP01') throw error
      throw new ProblemError({
        code: 'dependents_in_the_way',
        message:
          'An index or a key that the project does not ask for any more cannot go, because of what hangs on it.',
        cause: error.message,
        fix: 'Drop that, or leave the setting as it was; nothing has been changed.',
      })
    }
  }
}

async function orderNote(session: Session, { staged, published }: StagedRelation): Promise<string[]> {
  const wanted = ((await session.columns(staged)) ?? []).map(({ name }) => name)
  const found = ((await session.columns(published)) ?? [])
    .map(({ name }) => name)
    .filter((n) => wanted.includes(n))
  if (found.join('\0') === wanted.join('\0')) return []
  return [
    `The new columns of \`${published.join('.')}\` come last in the table, and not where the model has them.`,
  ]
}
