/** Puts what was built in its place on PostgreSQL, so that what hangs on a relation stays or is named. */
import { quotedList, ProblemError } from '../../problems.ts'
import { type RelationName, identifier, join, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import {
  belongingsOf,
  carryOver,
  lostRight,
  refuseSecured,
  viewOptions,
  withOptions,
  type Belongings,
} from './carry.ts'
import { about } from './about.ts'
import { alterColumns, columnChange, isChange, type ColumnChange } from './columns.ts'
import { dependentsOf, hangingOn, type Going, type Hanging } from './dependents.ts'
import { indexChange, type IndexChange } from './indexes.ts'
import { attempting, lockForChange, lockForRows, Patience, writing, type Session } from './locks.ts'
import { ownParts, recordParts, type OwnParts } from './record.ts'
import { changeRows, emptyTable, fillTable } from './refill.ts'
import { makeAnew, refreshAway, takeAway, type Away } from './remake.ts'
import { Identities } from './replica_identity.ts'
import { renamePublished, restoreRights } from './renamed.ts'
import { grant, grantDefaults, revoke, rightsOf, rightsOn, type Right } from './rights.ts'
import { watchersOf, type Watchers } from './watchers.ts'
import {
  kindsIn,
  WarehouseError,
  type PublishNote,
  type RelationInfo,
  type StagedRelation,
} from '../warehouse.ts'

/**
 * create: there is none of that name. refill: a table that stays as it is, but for its rows. alter: a table that
 * gets other columns or keys. replace: a table in the place of a view, or a view in that of a table. redefine: a view.
 */
type HowToPublish = 'create' | 'refill' | 'alter' | 'replace' | 'redefine'

interface Plan {
  readonly relation: StagedRelation
  readonly how: HowToPublish
  readonly change: ColumnChange
  readonly indexes: IndexChange
  readonly watchers: Watchers | undefined
  /** The columns that gwh makes of it. */
  readonly columns: readonly string[]
  /** Nothing about it would change, but for the rows that it shows. */
  readonly isSame: boolean
}

const NO_CHANGE: ColumnChange = { added: [], removed: [], retyped: [], foreign: [], clashing: [] }
const NO_INDEXES: IndexChange = { drop: [], addKey: [], create: [] }

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
  const hanging = await hangingOn(session, plans.flatMap(goingOf), isOwn)

  // Staged views read staged tables, which are about to go.
  for (const { relation } of plans.filter(({ relation }) => relation.kind === 'view').reverse())
    await session.execute(toText(sql`drop view ${identifier(...relation.staged)}`))
  for (const plan of plans.filter(isChangedTable))
    await lockForChange(session, patience, plan.relation.published)
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

const tell = ({ relation: { name } }: Plan, texts: readonly string[]): PublishNote[] =>
  texts.map((text) => ({ relation: name, text }))

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

interface Found {
  readonly relation: StagedRelation
  /** What there is of that name. */
  readonly present: RelationInfo['kind'] | undefined
  readonly own: OwnParts | undefined
}

async function planOf(
  session: Session,
  patience: Patience,
  { relation, present, own }: Found,
): Promise<Plan> {
  const { published, staged, kind, settings } = relation
  const columns = ((await session.columns(staged)) ?? []).map((column) => column.name)
  const plan = {
    relation,
    columns,
    change: NO_CHANGE,
    indexes: NO_INDEXES,
    watchers: undefined,
    isSame: false,
  }
  const keyed = async () =>
    indexChange(session, published, settings.indexes ?? [], settings.key, await hasNulls(session, relation))
  if (!present) return { ...plan, how: 'create', indexes: kind === 'table' ? await keyed() : NO_INDEXES }
  if (present === 'table') await lockForRows(session, patience, published)
  if (present === 'table' && kind === 'view') await refuseLossOfColumns(session, relation, own)
  if (present !== kind)
    return { ...plan, how: 'replace', indexes: kind === 'table' ? await keyed() : NO_INDEXES }
  const change = await columnChange(session, published, staged, kind === 'view' ? 'all' : own?.columns)
  if (kind === 'view') {
    const isSame = relation.unchanged && !isChange(change)
    return {
      ...plan,
      how: 'redefine',
      isSame,
      change: { ...NO_CHANGE, removed: change.removed, retyped: change.retyped },
    }
  }
  // Without a change of the model its columns are those that gwh has published.
  if (own !== undefined || !relation.unchanged) refuseClash(relation, change, own)
  const watchers = await watchersOf(session, published)
  refuseWhatHides(relation, watchers)
  const indexes = await keyed()
  const isAltered = isChange(change) || indexes.drop.length + indexes.addKey.length > 0
  const isSame = relation.unchanged && !isAltered
  return { ...plan, how: isAltered ? 'alter' : 'refill', change, indexes, watchers, isSame }
}

/** @throws ProblemError `dependents_in_the_way` where a table becomes a view and others have added columns to it */
async function refuseLossOfColumns(
  session: Session,
  { published, staged }: StagedRelation,
  own: OwnParts | undefined,
): Promise<void> {
  const { foreign, clashing } = await columnChange(session, published, staged, own?.columns)
  const lost = [...foreign, ...clashing]
  if (lost.length === 0) return
  const whose = own === undefined ? 'of which there is no record who made them' : 'which gwh did not make'
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `\`${published.join('.')}\` becomes a view, and these columns of it, ${whose}, would be lost: ${quotedList(lost)}.`,
    fix: 'Let it be a table, or drop those columns; nothing has been changed.',
  })
}

/** @throws ProblemError `dependents_in_the_way` where values of others would be written over */
function refuseClash(
  { published }: StagedRelation,
  { clashing }: ColumnChange,
  own: OwnParts | undefined,
): void {
  if (clashing.length === 0) return
  const table = published.join('.')
  const rename = `\`alter table ${table} rename column …\``
  if (own === undefined)
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message: `\`${table}\` has columns that were added or changed after it was made, and there is no record of who did that. The model has them too, so that their values would be lost: ${quotedList(clashing)}.`,
      fix: `Rename those that are yours (${rename}), and drop those that gwh has made: it makes them again. Nothing has been changed.`,
    })
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `\`${table}\` has columns that gwh did not make and that the model now has too, so that their values would be lost: ${quotedList(clashing)}.`,
    fix: `Rename or drop them (${rename}), or give those of the model other names; nothing has been changed.`,
  })
}

/**
 * Whether there are nulls in the columns of the key.
 * @throws ProblemError `publish_failed` where the server has no key for such rows
 */
async function hasNulls(
  session: Session,
  { staged, published, settings: { key } }: StagedRelation,
): Promise<boolean> {
  if (key === undefined) return false
  const isNull = key.map((column) => sql`${identifier(column)} is null`)
  const [row] = await session.query<{ found: boolean }>(
    toText(
      sql`select exists (select 1 from ${identifier(...staged)} where ${join(isNull, ' or ')}) as found`,
    ),
  )
  if (!row?.found) return false
  const [server] = await session.query<{ version: number }>(
    "select cast(current_setting('server_version_num') as integer) as version",
  )
  if ((server?.version ?? 0) >= 150_000) return true
  throw new ProblemError({
    code: 'publish_failed',
    message: `\`${published.join('.')}\` has rows without a value in columns of its key, ${quotedList(key)}, and PostgreSQL has a key for such rows from version 15 on.`,
    fix: 'Name other columns in `primary_key`, or remove it; nothing has been changed.',
  })
}

/** @throws ProblemError `dependents_in_the_way` where rows could not be written as they are */
function refuseWhatHides({ published }: StagedRelation, { rules, isHidden }: Watchers): void {
  const table = published.join('.')
  const instead = rules.filter(({ isInstead }) => isInstead).map(({ name }) => name)
  if (instead.length > 0) {
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message: `\`${table}\` cannot be refilled: rules of yours do something else instead of writing to it: ${quotedList(instead)}.`,
      fix: 'Drop those rules, or let them be `do also`; nothing has been changed.',
    })
  }
  if (isHidden) {
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message: `\`${table}\` cannot be refilled: row-level security is forced on its owner too, so that not all of its rows are seen.`,
      fix: `Give the role that builds \`bypassrls\`, or say \`alter table ${table} no force row level security\`; nothing has been changed.`,
    })
  }
}

const goingOf = ({ relation, how, change }: Plan): Going[] => {
  if (how === 'replace') return [{ relation: relation.published }]
  const { removed, retyped } = change
  if (how === 'redefine' && retyped.length > 0)
    return [{ relation: relation.published, isRetyped: removed.length === 0 }]
  if (how !== 'alter' || !isChange(change)) return []
  return [{ relation: relation.published, columns: { removed, retyped: retyped.map(({ name }) => name) } }]
}

/** Nothing of others would notice, so all rows are written anew, which is fastest. */
const isEmptied = ({ watchers, change }: Plan): boolean =>
  watchers === undefined ||
  watchers.foreignKeys.length + watchers.triggers.length + watchers.rules.length + change.foreign.length === 0

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

/** Everything that readers wait for, within a moment. */
async function changeRelations(
  session: Session,
  patience: Patience,
  plans: readonly Plan[],
  { own: remade, readers }: Hanging,
  isOwn: (view: RelationName) => boolean,
): Promise<Changed> {
  const changing = plans.filter(
    ({ relation, how, isSame }) => remade.has(keyOf(relation)) || (how !== 'refill' && !isSame),
  )
  const present = changing.filter(({ how }) => how !== 'create')
  const relations = [
    ...present.map(({ relation }) => relation.published),
    ...readers.flatMap(({ view }) => (view === null ? [] : [view])),
  ]
  const sources = present
    .map(({ relation, change }) => ({ relation: relation.published, retyped: change.retyped }))
    .filter(({ retyped }) => retyped.length > 0)
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
    // Some readers come from a view to its table, others the other way round.
    if (attempt % 2 === 0) await lockTables(session, present)
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
        await hangingOn(session, [{ relation: relation.published }], isOwn)
        await drop(relation.published)
      }
      const before = had.get(keyOf(relation))
      await session.execute(defineView(relation, before?.kind === 'view' ? before.options : []))
    }
    notes.push(...(await makeAnew(session, away)).map((text) => ({ text })))
    return { notes, had, away }
  })
}

interface Changed {
  readonly notes: readonly PublishNote[]
  /** What relations had that were made anew, by their full names. */
  readonly had: ReadonlyMap<string, Belongings>
  /** What of others was made anew. */
  readonly away: readonly Away[]
}

const keyOf = ({ published }: StagedRelation) => published.join('.')

/** A published table that gets other columns or keys, or goes. */
const isChangedTable = ({ how, relation: { kind } }: Plan) =>
  how === 'alter' || (how === 'replace' && kind === 'view')

async function lockTables(session: Session, plans: readonly Plan[]): Promise<void> {
  for (const { relation } of plans.filter(isChangedTable))
    await session.execute(toText(sql`lock table only ${identifier(...relation.published)}`))
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
