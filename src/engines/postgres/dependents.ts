/** What hangs on published relations of PostgreSQL, by the server's own catalog of dependencies. */
import { quotedList, ProblemError } from '../../problems.ts'
import { type RelationName, type Sql, literal, sql, toText } from '../../sql/sql.ts'
import { OWN_COMMENT } from './indexes.ts'
import type { Session } from './locks.ts'
import { isStaged } from './stage.ts'

export interface Dependent {
  /** What it hangs on. */
  readonly on: RelationName
  /** The column that it hangs on; null for the whole relation. */
  readonly column: string | null
  /** The catalog that it is in: pg_rewrite, pg_constraint, pg_policy, … */
  readonly catalog: string
  /** Its number in that catalog. */
  readonly oid: string
  /** In the server's words: `policy own_rows on table gwh.events`. */
  readonly what: string
  /** The view that it is. */
  readonly view: RelationName | null
}

/** Not `to_regclass`, which takes a right on the schema; the catalog is open to all. */
const oidIn = ([schema = '', name = '']: RelationName): Sql => sql`
  (
    select c.oid
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${literal(schema)} and c.relname = ${literal(name)}
  )
`

/** What hangs on a relation or on its columns, but for indexes and keys that gwh has made. */
export async function dependentsOf(session: Session, relation: RelationName): Promise<Dependent[]> {
  const oid = oidIn(relation)
  const rows = await session.query<Omit<Dependent, 'on'>>(
    toText(sql`
      select distinct
        a.attname as column,
        cast(cast(d.classid as regclass) as text) as catalog,
        cast(d.objid as text) as oid,
        case
          when v.oid is not null then
            case v.relkind when 'm' then 'materialized view ' else 'view ' end || n.nspname || '.' || v.relname
          else pg_describe_object(d.classid, d.objid, d.objsubid)
        end as what,
        case when v.oid is not null then cast(array[n.nspname, v.relname] as text[]) end as view
      from pg_depend as d
      left join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.attnum > 0
      left join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
      left join pg_class as v on v.oid = r.ev_class and r.rulename = '_RETURN'
      left join pg_namespace as n on n.oid = v.relnamespace
      where (
          (d.refclassid = 'pg_class'::regclass and d.refobjid = ${oid})
          or (
            d.refclassid = 'pg_type'::regclass
            and d.refobjid in (
              select unnest(array[t.oid, t.typarray]) from pg_type as t where t.typrelid = ${oid}
            )
          )
        )
        and d.deptype in ('n', 'a', 'P', 'S')
        and not (d.classid = 'pg_class'::regclass and d.objid = ${oid})
        and v.oid is distinct from ${oid}
        and coalesce(obj_description(d.objid, cast(cast(cast(d.classid as regclass) as text) as name)), '') <> ${literal(OWN_COMMENT)}
      order by what, 1
    `),
  )
  const schemas = { schema: relation[0] ?? '', single_schema: session.single_schema }
  return rows.filter(({ view }) => !view || !isStaged(schemas, view)).map((row) => ({ ...row, on: relation }))
}

/** A column whose type changes takes these along, where the new type has room for them. */
const FOLLOW_TYPES: readonly string[] = ['pg_class', 'pg_constraint', 'pg_attrdef', 'pg_statistic_ext']

export interface Going {
  readonly relation: RelationName
  /** Columns that go, and those that get another type; undefined where the whole relation goes. */
  readonly columns?: { readonly removed: readonly string[]; readonly retyped: readonly string[] }
  /** It is there again with the same columns, of which some have other types. */
  readonly isRetyped?: boolean
}

/** Of others, and made anew with nothing lost: a view, a policy, a rule or a trigger that reads what gets another type. */
export interface Reader extends Dependent {
  /** Relations that it reads and that are changed or made anew, by their full names. */
  readonly reads: ReadonlySet<string>
  /** Names of columns that it reads of them. */
  readonly columns: ReadonlySet<string>
}

export interface Hanging {
  /** gwh's own views, by their full names: they are made anew. */
  readonly own: ReadonlySet<string>
  /** What is to be made anew for others; each comes after the views that it reads. */
  readonly readers: readonly Reader[]
}

/**
 * What hangs on relations that go, or on their columns, and has to be made anew for that.
 * @throws ProblemError `dependents_in_the_way` with the names of everything of others that cannot be
 */
export async function hangingOn(
  session: Session,
  going: readonly Going[],
  isOwn: (view: RelationName) => boolean,
): Promise<Hanging> {
  const own = new Map<string, { readonly isRetyped: boolean }>()
  const readers = new Map<string, Reader>()
  const foreign: Dependent[] = []
  for (const { relation, columns } of going)
    if (columns === undefined || columns.removed.length + columns.retyped.length > 0)
      foreign.push(...(await keepingRowsOf(session, relation)))
  const left = [...going]
  for (let next = left.shift(); next; next = left.shift()) {
    const place = next.relation.join('.')
    // Where an own view loses columns after all, nothing on it is carried.
    if (own.get(place)?.isRetyped === false && next.isRetyped === true) continue
    const reader = readers.get(place)
    for (const dependent of await dependentsOf(session, next.relation)) {
      if (!isInTheWay(dependent, next)) continue
      const { view, column } = dependent
      const isRetyped =
        next.columns === undefined ? next.isRetyped === true : !next.columns.removed.includes(column ?? '')
      if (view !== null && isOwn(view)) {
        // A relation of gwh that reads one of others would have to wait for that.
        if (reader) foreign.push(reader)
        const before = own.get(view.join('.'))
        if (before !== undefined && (isRetyped || !before.isRetyped)) continue
        own.set(view.join('.'), { isRetyped })
        left.push({ relation: view, isRetyped })
      } else if (reader && isPartOf(dependent)) {
        continue
      } else if (!isRetyped || !canBeMadeAnew(dependent)) foreign.push(dependent)
      else {
        const key = view === null ? `${dependent.catalog} ${dependent.oid}` : view.join('.')
        const before = readers.get(key)
        if (before === undefined && view !== null) left.push({ relation: view, isRetyped: true })
        readers.set(key, {
          ...(before ?? dependent),
          reads: new Set([...(before?.reads ?? []), place]),
          columns: new Set([...(before?.columns ?? []), ...(column === null ? [] : [column])]),
        })
      }
    }
  }
  refuse(foreign)
  return { own: new Set(own.keys()), readers: inOrder(readers) }
}

/** Columns of others that keep whole rows of a table: a row in there loses a column with the table. */
export async function keepingRowsOf(session: Session, relation: RelationName): Promise<Dependent[]> {
  const oid = oidIn(relation)
  const columns = await session.query<Pick<Dependent, 'oid' | 'what'>>(
    toText(sql`
      with recursive of_rows (type) as (
        select reltype from pg_class where oid = ${oid}
        union
        select made.type
        from of_rows
        cross join lateral (
          select oid as type from pg_type where of_rows.type in (typelem, typbasetype)
          union all
          select c.reltype
          from pg_attribute as a
          join pg_class as c on c.oid = a.attrelid
          where a.atttypid = of_rows.type and not a.attisdropped and c.reltype <> 0
          union all
          select unnest(array[rngtypid, rngmultitypid]) from pg_range where rngsubtype = of_rows.type
        ) as made
      )
      select cast(c.oid as text) as oid, pg_describe_object('pg_class'::regclass, c.oid, a.attnum) as what
      from of_rows
      join pg_attribute as a on a.atttypid = of_rows.type and not a.attisdropped
      join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm', 'f')
      order by what
    `),
  )
  return columns.map((found) => ({ ...found, on: relation, column: null, catalog: 'pg_class', view: null }))
}

/** Each after the views that it reads. */
function inOrder(readers: ReadonlyMap<string, Reader>): Reader[] {
  const ordered = new Set<Reader>()
  const add = (reader: Reader) => {
    if (ordered.has(reader)) return
    for (const name of reader.reads) {
      const read = readers.get(name)
      if (read) add(read)
    }
    ordered.add(reader)
  }
  for (const reader of readers.values()) add(reader)
  return [...ordered]
}

/** An index of a materialized view is made with it. */
const isPartOf = ({ catalog, what }: Dependent) => catalog === 'pg_class' && what.startsWith('index ')

const canBeMadeAnew = ({ catalog }: Dependent): boolean =>
  catalog === 'pg_policy' || catalog === 'pg_trigger' || catalog === 'pg_rewrite'

function isInTheWay({ column, catalog, what }: Dependent, { columns }: Going): boolean {
  if (columns === undefined) return true
  // A table that inherits would get other columns too.
  if (column === null) return catalog === 'pg_class' && what.startsWith('table ')
  if (columns.removed.includes(column)) return true
  if (!columns.retyped.includes(column)) return false
  // A value that is computed from the column is in the catalog like the default of another column.
  const isOfOther = catalog === 'pg_attrdef' && !what.includes(`column ${column} `)
  return !FOLLOW_TYPES.includes(catalog) || isOfOther
}

/** @throws ProblemError `dependents_in_the_way` where there are any */
export function refuse(dependents: readonly Dependent[], cause?: string): void {
  if (dependents.length === 0) return
  const relations = new Set(dependents.map(({ on }) => on.join('.')))
  const named = new Set(
    dependents.map(({ what, column }) =>
      column === null || what.includes(`column ${column} `) ? what : `${what} (column ${column})`,
    ),
  )
  const isOfSchema = dependents.every(({ view, on }) => view !== null && view[0] === on[0])
  throw new ProblemError({
    code: 'dependents_in_the_way',
    message: `${quotedList(relations)} cannot be published with other columns or as another kind of relation, because of what hangs on it: ${quotedList(named)}.`,
    cause,
    fix: isOfSchema
      ? 'Build those too, if they are models of yours (`--select name+`), or drop them; nothing has been changed.'
      : 'Drop those, build again and make them anew on what is published then; nothing has been changed.',
  })
}

/** What hangs on some columns of a relation. */
export async function dependentsOn(
  session: Session,
  relation: RelationName,
  columns: readonly string[],
): Promise<Dependent[]> {
  const all = await dependentsOf(session, relation)
  return all.filter(({ column }) => column !== null && columns.includes(column))
}
