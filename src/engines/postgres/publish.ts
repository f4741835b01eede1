/** Puts what was built in its place on PostgreSQL, so that what hangs on a relation stays or is named. */
import { quotedList } from '../../problems.ts'
import { type RelationName, identifier, sql, toText } from '../../sql/sql.ts'
import { about } from './about.ts'
import { carryOver, type Belongings } from './carry.ts'
import { changeRelations } from './change.ts'
import { hangingOn } from './dependents.ts'
import { lockForChange, Patience, writing, type Session } from './locks.ts'
import { goingOf, isChangedTable, isEmptied, keyOf, planOf, tell, type Plan } from './plan.ts'
import { ownParts, recordParts, type OwnParts } from './record.ts'
import { changeRows, emptyTable, fillTable } from './refill.ts'
import { refreshAway } from './remake.ts'
import { renamePublished, restoreRights } from './renamed.ts'
import { Identities } from './replica_identity.ts'
import { grant, grantDefaults, revoke, rightsOf, rightsOn, type Right } from './rights.ts'
import { kindsIn, type PublishNote, type StagedRelation } from '../warehouse.ts'

/**
 * Tables are changed in place and refilled: readers are not blocked by that, and whatever hangs on them stays.
 * Where columns change, or a view has to be made anew, readers wait, so that comes last.
 * @param waitSeconds how long publishing may wait for others in all
 */
export async function publish(
  session: Session,
  relations: readonly StagedRelation[],
  waitSeconds: number,
): Promise<PublishNote[]> {
  const patience = new Patience(waitSeconds)
  // What is deferred would be told of at the end, when nobody asks any more who it was.
  await session.execute('set constraints all immediate')
  const recorded = await ownParts(session, relations[0]?.published[0] ?? '')
  const renamings = await renamePublished(session, patience, relations, recorded)
  const { own } = renamings
  const present = await kindsIn(session, relations)
  const plans: Plan[] = []
  for (const relation of relations) {
    const kind = present.get(relation.published.join('.'))
    plans.push(await planOf(session, patience, { relation, present: kind, own: own.get(relation.name) }))
  }
  const isOwn = (view: RelationName) => plans.some(({ relation }) => keyOf(relation) === view.join('.'))
  // Before anything is looked for, since nobody can make an index, statistics or a child of them from here on.
  for (const plan of plans.filter(isChangedTable))
    await lockForChange(session, patience, plan.relation.published)
  const hanging = await hangingOn(session, plans.flatMap(goingOf), isOwn)

  // Staged views read staged tables, which are about to go.
  for (const { relation } of plans.filter(({ relation }) => relation.kind === 'view').reverse())
    await session.execute(toText(sql`drop view ${identifier(...relation.staged)}`))
  const notes = plans.flatMap((plan) => tell(plan, unrecordedNote(plan, own.get(plan.relation.name))))
  const identities = new Identities()
  for (const plan of plans.filter(({ how }) => how === 'refill')) {
    if (isEmptied(plan)) await empty(session, patience, plan, identities)
    notes.push(...tell(plan, await fill(session, patience, plan, identities)))
  }
  for (const plan of plans.filter((p) => p.how === 'alter' && isEmptied(p)))
    await empty(session, patience, plan, identities)
  const changed = await changeRelations(session, patience, plans, hanging, isOwn)
  notes.push(...changed.notes)
  for (const plan of plans.filter(({ how }) => how === 'alter'))
    notes.push(...tell(plan, await fill(session, patience, plan, identities)))
  notes.push(...identities.notes())
  for (const plan of plans) {
    const key = keyOf(plan.relation)
    const before = changed.had.get(key) ?? renamings.had.get(key)
    const made = own.get(plan.relation.name)
    notes.push(...tell(plan, await settleRelation(session, patience, plan, before, made)))
    await restoreRights(session, plan.relation.published, renamings.rights.get(key) ?? [])
  }
  await refreshAway(session, changed.away)
  return notes
}

/** Of columns that a gwh without such a record has left, or that others have made: nobody knows which. */
function unrecordedNote(
  { relation: { published }, change: { foreign } }: Plan,
  own: OwnParts | undefined,
): string[] {
  if (own !== undefined || foreign.length === 0) return []
  const table = published.join('.')
  return [
    `\`${table}\` has columns that the model does not have, and there is no record of who made them, so they are kept as they are: ${quotedList(foreign)}. Drop those that nobody needs.`,
  ]
}

async function empty(
  session: Session,
  patience: Patience,
  { relation: { published } }: Plan,
  identities: Identities,
): Promise<void> {
  await about(published, undefined, () =>
    writing(session, patience, published, async () => {
      await identities.give(session, published)
      await emptyTable(session, published)
    }),
  )
}

async function fill(
  session: Session,
  patience: Patience,
  plan: Plan,
  identities: Identities,
): Promise<string[]> {
  const { relation, watchers, change } = plan
  let notes: string[] = []
  const write = async () => {
    if (isEmptied(plan) || watchers === undefined) return fillTable(session, relation)
    // Here too, for its key may have gone.
    await identities.give(session, relation.published)
    notes = await changeRows(session, { relation, watchers, foreignColumns: change.foreign })
  }
  await about(relation.published, watchers, () => writing(session, patience, relation.published, write))
  await session.execute(toText(sql`drop table ${identifier(...relation.staged)}`))
  return notes
}

/** What comes after the rows: indexes, rights, and the record of what gwh has made. */
async function settleRelation(
  session: Session,
  patience: Patience,
  { relation, how, indexes, columns: columnsMade }: Plan,
  before: Belongings | undefined,
  own: OwnParts | undefined,
): Promise<string[]> {
  const { published, kind, settings } = relation
  const columns = kind === 'view' ? new Set<string>() : new Set(columnsMade)
  if (indexes.create.length > 0) {
    await writing(session, patience, published, async () => {
      for (const statement of indexes.create) await session.execute(toText(statement))
    })
  }
  const notes = before === undefined ? [] : await carryOver(session, before, kind)
  if (how === 'create' && kind === 'table') await grantDefaults(session, published)
  const grants = await settleGrants(session, relation, settings.grants, own?.grants ?? [])
  await recordParts(session, published, { columns, grants }, own)
  return notes
}

/** @returns the rights that are gwh's doing */
async function settleGrants(
  session: Session,
  { published }: StagedRelation,
  wanted: Readonly<Record<string, readonly string[]>> | undefined,
  own: readonly Right[],
): Promise<Right[]> {
  const rights = rightsOf(wanted ?? {})
  if (rights.length + own.length === 0) return []
  const same = (a: Right) => (b: Right) =>
    a.role === b.role && a.privilege === b.privilege && b.column === null
  const present = await rightsOn(session, published)
  for (const right of own.filter((r) => !rights.some(same(r)) && present.some(same(r))))
    await revoke(session, published, right)
  const missing = rights.filter((right) => !present.some(same(right)))
  for (const right of missing) await grant(session, published, right)
  return rights.filter((right) => missing.includes(right) || own.some(same(right)))
}
