/** Published tables that get another name, or columns of another name: they stay the same ones, with what hangs on them. */
import { ProblemError } from '../../problems.ts'
import { identifier, join, literal, sql, toText, type RelationName } from '../../sql/sql.ts'
import type { Renamed, StagedRelation } from '../warehouse.ts'
import { belongingsOf, type Belongings } from './carry.ts'
import { keepingRowsOf, refuse } from './dependents.ts'
import { attempting, type Patience, type Session } from './locks.ts'
import { recordParts, type OwnParts } from './record.ts'
import { grant, rightsOn, type Right } from './rights.ts'

export interface Renamings {
  /** What tables had that are called otherwise now, by their old full names. */
  readonly had: ReadonlyMap<string, Belongings>
  /** Rights on columns that are called otherwise now, under their old names, by the full name of the relation. */
  readonly rights: ReadonlyMap<string, readonly Right[]>
  /** What gwh has made of each relation, by its new name. */
  readonly own: ReadonlyMap<string, OwnParts>
}

interface Renaming extends Renamed {
  readonly relation: StagedRelation
  /** The table has its old name. */
  readonly isOld: boolean
}

/**
 * Renames tables and columns that were published under old names; those are made anew beside them afterwards.
 * @param own by name of a relation
 */
export async function renamePublished(
  session: Session,
  patience: Patience,
  relations: readonly StagedRelation[],
  own: ReadonlyMap<string, OwnParts>,
): Promise<Renamings> {
  const renamings = await pending(session, relations)
  const had = new Map<string, Belongings>()
  const rights = new Map<string, Right[]>()
  const known = new Map(own)
  if (renamings.length === 0) return { had, rights, own: known }
  const tableOf = ({ relation, from, isOld }: Renaming) => (isOld && from ? from : relation.published)
  await attempting(session, patience, renamings.map(tableOf), async () => {
    for (const renaming of renamings) {
      const { relation, columns, isOld } = renaming
      const table = tableOf(renaming)
      const name = relation.published.join('.')
      // What is looked at is what there is until the end.
      await session.execute(toText(sql`lock table only ${identifier(...table)}`))
      const before = await belongingsOf(session, table)
      if (isOld) {
        refuseToGetRound(before, relation)
        had.set(table.join('.'), before)
      }
      if (columns.length > 0) refuse(await keepingRowsOf(session, table))
      const old = columns.map(([column]) => column)
      rights.set(
        name,
        before.rights.filter(({ column }) => column !== null && old.includes(column)),
      )
      const parts = own.get(table.at(-1) ?? '')
      if (parts) {
        const now = new Map(columns)
        const renamed = {
          ...parts,
          columns: new Set([...parts.columns].map((column) => now.get(column) ?? column)),
        }
        await recordParts(session, relation.published, renamed, undefined)
        known.set(relation.name, renamed)
      }
      await rename(session, renaming)
    }
  })
  return { had, rights, own: known }
}

/**
 * The view of the old name reads as its owner, whom policies do not hold.
 * @throws ProblemError `dependents_in_the_way` where readers would see through it what the table keeps from them
 */
function refuseToGetRound({ relation: from, isSecured }: Belongings, { published }: StagedRelation): void {
  if (!isSecured) return
  const [old, now] = [from.join('.'), published.join('.')]
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `\`${old}\` is called \`${now}\` now, and the view of its old name cannot have the row-level security that is turned on for the table.`,
    fix: `Build with \`deprecated_names: false\`: \`${now}\` is made anew, for you to put policies on, and \`${old}\` stays as it is. Or turn row-level security off. Nothing has been changed.`,
  })
}

/** Tables that are there under an old name and not under the new one, and those with columns of which that is so. */
async function pending(session: Session, relations: readonly StagedRelation[]): Promise<Renaming[]> {
  const renamed = relations.flatMap((relation) =>
    relation.renamed && relation.kind === 'table' ? [{ relation, ...relation.renamed }] : [],
  )
  if (renamed.length === 0) return []
  const places = renamed.flatMap(({ relation, from }) => [relation.published, ...(from ? [from] : [])])
  const present = await columnsIn(session, places)
  return renamed.flatMap(({ relation, from, columns }): Renaming[] => {
    const isOld =
      from !== undefined && present.has(from.join('.')) && !present.has(relation.published.join('.'))
    const names = present.get((isOld ? from : relation.published).join('.'))
    const left = columns.filter(([old, now]) => names?.has(old) && !names.has(now))
    return isOld || left.length > 0 ? [{ relation, from, columns: left, isOld }] : []
  })
}

/** The columns of tables, by full name; views are not among them. */
async function columnsIn(
  session: Session,
  tables: readonly RelationName[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const asked = tables.map(([schema = '', name = '']) => sql`(${literal(schema)}, ${literal(name)})`)
  const rows = await session.query<{ relation: string; columns: string[] }>(
    toText(sql`
      select n.nspname || '.' || c.relname as relation, cast(array_agg(a.attname) as text[]) as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p') and (n.nspname, c.relname) in (${join(asked, ', ')})
      group by 1
    `),
  )
  return new Map(rows.map(({ relation, columns }) => [relation, new Set(columns)]))
}

async function rename(session: Session, { relation, from, columns, isOld }: Renaming): Promise<void> {
  const [schema = '', name = ''] = relation.published
  if (isOld && from) {
    const [oldSchema = '', oldName = ''] = from
    if (oldName !== name)
      await session.execute(toText(sql`alter table ${identifier(...from)} rename to ${identifier(name)}`))
    if (oldSchema !== schema)
      await session.execute(
        toText(sql`alter table ${identifier(oldSchema, name)} set schema ${identifier(schema)}`),
      )
  }
  for (const [old, now] of columns) {
    await session.execute(
      toText(
        sql`alter table ${identifier(schema, name)} rename column ${identifier(old)} to ${identifier(now)}`,
      ),
    )
  }
}

/** Gives columns of old names, which are made anew, what roles could do with them. */
export async function restoreRights(
  session: Session,
  relation: RelationName,
  rights: readonly Right[],
): Promise<void> {
  if (rights.length === 0) return
  const columns = new Set(((await session.columns(relation)) ?? []).map(({ name }) => name))
  const present = await rightsOn(session, relation)
  const isThere = (right: Right) =>
    present.some((p) => p.role === right.role && p.privilege === right.privilege && p.column === right.column)
  for (const right of rights)
    if (columns.has(right.column ?? '') && !isThere(right)) await grant(session, relation, right)
}
