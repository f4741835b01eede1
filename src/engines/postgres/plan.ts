/** What publishing will do to each relation on PostgreSQL, and what keeps it from that. */
import { quotedList, ProblemError } from '../../problems.ts'
import { type RelationName, identifier, join, sql, toText } from '../../sql/sql.ts'
import { columnChange, isChange, type ColumnChange } from './columns.ts'
import type { Going } from './dependents.ts'
import { indexChange, type IndexChange } from './indexes.ts'
import { lockForRows, type Patience, type Session } from './locks.ts'
import { oidOf } from './names.ts'
import type { OwnParts } from './record.ts'
import { watchersOf, type Watchers } from './watchers.ts'
import type { PublishNote, RelationInfo, StagedRelation } from '../warehouse.ts'

/**
 * create: there is none of that name. refill: a table that stays as it is, but for its rows. alter: a table that
 * gets other columns or keys. replace: a table in the place of a view, or a view in that of a table. redefine: a view.
 */
type HowToPublish = 'create' | 'refill' | 'alter' | 'replace' | 'redefine'

export interface Plan {
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

export const keyOf = ({ published }: StagedRelation) => published.join('.')

/** A published table that gets other columns or keys, or goes. */
export const isChangedTable = ({ how, relation: { kind } }: Plan) =>
  how === 'alter' || (how === 'replace' && kind === 'view')

/** Nothing of others would notice, so all rows are written anew, which is fastest. */
export const isEmptied = ({ watchers, change }: Plan): boolean =>
  watchers === undefined ||
  watchers.foreignKeys.length + watchers.triggers.length + watchers.rules.length + change.foreign.length === 0

export const goingOf = ({ relation, how, change }: Plan): Going[] => {
  if (how === 'replace') return [{ relation: relation.published }]
  const { removed, retyped } = change
  if (how === 'redefine' && retyped.length > 0)
    return [{ relation: relation.published, isRetyped: removed.length === 0 }]
  if (how !== 'alter' || !isChange(change)) return []
  return [{ relation: relation.published, columns: { removed, retyped: retyped.map(({ name }) => name) } }]
}

export const tell = ({ relation: { name } }: Plan, texts: readonly string[]): PublishNote[] =>
  texts.map((text) => ({ relation: name, text }))

interface Found {
  readonly relation: StagedRelation
  /** What there is of that name. */
  readonly present: RelationInfo['kind'] | undefined
  readonly own: OwnParts | undefined
}

export async function planOf(
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
  if (present === 'table' && kind === 'view')
    refusePart(relation, await tablesAbove(session, published), 'all')
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
  if (isChange(change)) refusePart(relation, await tablesAbove(session, published), change)
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

/** A table of others that a published one is a part of. */
interface TableAbove {
  readonly name: string
  /** Else the published table inherits from it. */
  readonly isPartitioned: boolean
  /** Columns that the published one has from it. */
  readonly columns: readonly string[]
}

async function tablesAbove(session: Session, table: RelationName): Promise<TableAbove[]> {
  return session.query<TableAbove>(
    toText(sql`
      select
        n.nspname || '.' || c.relname as name,
        c.relkind = 'p' as "isPartitioned",
        cast(array(
          select attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        ) as text[]) as columns
      from pg_inherits as i
      join pg_class as c on c.oid = i.inhparent
      join pg_namespace as n on n.oid = c.relnamespace
      where i.inhrelid = ${oidOf(table)}
      order by 1
    `),
  )
}

/**
 * @param change of its columns; all go with the table
 * @throws ProblemError `dependents_in_the_way` where a table of others would lose a part, or keeps it from changing
 */
function refusePart(
  { published }: StagedRelation,
  above: readonly TableAbove[],
  change: ColumnChange | 'all',
): void {
  const table = published.join('.')
  for (const { name, isPartitioned, columns } of above) {
    const isFree =
      change !== 'all' &&
      !isPartitioned &&
      ![...change.removed, ...change.retyped.map((column) => column.name)].some((c) => columns.includes(c))
    if (isFree) continue
    const isPart = isPartitioned ? `is a partition of \`${name}\`` : `inherits from \`${name}\``
    const out = isPartitioned
      ? `alter table ${name} detach partition ${table}`
      : `alter table ${table} no inherit ${name}`
    throw new ProblemError({
      code: 'dependents_in_the_way',
      message:
        change === 'all'
          ? `\`${table}\` becomes a view, but it ${isPart}, which would lose its rows.`
          : `\`${table}\` gets other columns, but it ${isPart}, which keeps it from that.`,
      fix: `Take it out (\`${out}\`) and build again; nothing has been changed.`,
    })
  }
}
