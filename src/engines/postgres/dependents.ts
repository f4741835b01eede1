/** What hangs on published relations of PostgreSQL, by the server's own catalog of dependencies. */
import { quotedList, ProblemError } from '../../problems.ts'
import { type RelationName, literal, sql, toText } from '../../sql/sql.ts'
import { OWN_COMMENT } from './indexes.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'
import { isStaged } from './stage.ts'

export interface Dependent {
  /** What it hangs on. */
  readonly on: RelationName
  /** The column that it hangs on; null for the whole relation. */
  readonly column: string | null
  /** The catalog that it is in: pg_rewrite, pg_constraint, pg_policy, … */
  readonly catalog: string
  /** In the server's words: `policy own_rows on table gwh.events`. */
  readonly what: string
  /** The view that it is. */
  readonly view: RelationName | null
}

/** What hangs on a relation or on its columns, but for indexes and keys that gwh has made. */
export async function dependentsOf(session: Session, relation: RelationName): Promise<Dependent[]> {
  const oid = oidOf(relation)
  const rows = await session.query<Omit<Dependent, 'on'>>(
    toText(sql`
      select distinct
        a.attname as column,
        cast(cast(d.classid as regclass) as text) as catalog,
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
}

/**
 * gwh's own views on what goes, by their full names: they are made anew, so what hangs on them is looked at too.
 * @throws ProblemError `dependents_in_the_way` with the names of everything of others
 */
export async function ownViewsOn(
  session: Session,
  going: readonly Going[],
  isOwn: (view: RelationName) => boolean,
): Promise<Set<string>> {
  const own = new Set<string>()
  const foreign: Dependent[] = []
  const left = [...going]
  for (let next = left.shift(); next; next = left.shift()) {
    for (const dependent of await dependentsOf(session, next.relation)) {
      if (!isInTheWay(dependent, next)) continue
      const { view } = dependent
      if (view === null || !isOwn(view)) foreign.push(dependent)
      else if (!own.has(view.join('.'))) {
        own.add(view.join('.'))
        left.push({ relation: view })
      }
    }
  }
  refuse(foreign)
  return own
}

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
