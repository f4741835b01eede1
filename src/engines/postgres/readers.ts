/** Views, policies, rules and triggers of others that read changed columns, as statements that make them anew. */
import { type RelationName, identifier, literal, sql, toText, type Sql } from '../../sql/sql.ts'
import type { Column } from '../warehouse.ts'
import { belongingsOf, withOptions, type Belongings } from './carry.ts'
import type { Dependent, Reader } from './dependents.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'

/** Where a reader is, which its number does not say once it is made anew. */
interface Place {
  readonly catalog: string
  /** Of a policy, a rule or a trigger; null of a view. */
  readonly name: string | null
  /** The relation that it is on, or the view, as the server names it. */
  readonly relation: string
}

/** A reader as it is before anything changes. */
export interface Described {
  readonly reader: Reader
  readonly place: Place
  readonly drop: string
  readonly make: readonly string[]
  readonly view: DescribedView | undefined
  readonly calls: Calls
}

export interface DescribedView {
  readonly relation: RelationName
  readonly had: Belongings
  readonly columns: readonly Column[]
  readonly isMaterialized: boolean
  /** It has rows, and not only a definition. */
  readonly isFilled: boolean
}

/** What a definition calls whose result may depend on the session. */
export interface Calls {
  /** How often each such function is called, by its number. */
  readonly functions: ReadonlyMap<string, number>
  /** Values of any type are made texts, or handed to such a function: what becomes of them cannot be seen. */
  readonly isOpen: boolean
}

export async function describe(session: Session, reader: Reader): Promise<Described> {
  const { catalog, view } = reader
  if (view !== null) {
    const place = { catalog, name: null, relation: toText(identifier(...view)) }
    return { reader, place, calls: await callsOf(session, place), ...(await describeView(session, view)) }
  }
  const [row] = await session.query<{ drop: string; make: string[]; name: string; relation: string }>(
    toText(statementsOf(reader)),
  )
  const { drop = '', make = [], name = '', relation = '' } = row ?? {}
  const place = { catalog, name, relation }
  return { reader, place, calls: await callsOf(session, place), drop, make, view: undefined }
}

const numberOf = ({ oid }: Dependent): Sql => sql`cast(${literal(oid)} as oid)`

const statementsOf = (reader: Dependent): Sql => sql`
  select
    name,
    cast(place as text) as relation,
    format('drop %s %I on %s', kind, name, place) as drop,
    array_remove(
      array[
        definition,
        case when enabled <> 'O' then
          format(
            'alter table %s %s %s %I', place,
            case enabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, kind, name
          )
        end,
        format('comment on %s %I on %s is ', kind, name, place)
          || quote_literal(obj_description(${numberOf(reader)}, ${literal(reader.catalog)}))
      ],
      null
    ) as make
  from (${definitionOf(reader)}) as found
`

function definitionOf(reader: Dependent): Sql {
  const number = numberOf(reader)
  switch (reader.catalog) {
    case 'pg_policy':
      return sql`
        select
          'policy' as kind, polname as name, cast(polrelid as regclass) as place, 'O' as enabled,
          format(
            'create policy %I on %s as %s for %s to %s%s%s', polname, cast(polrelid as regclass),
            case when polpermissive then 'permissive' else 'restrictive' end,
            case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
            (
              select string_agg(case role when 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ')
              from unnest(polroles) as role
            ),
            ' using (' || pg_get_expr(polqual, polrelid) || ')',
            ' with check (' || pg_get_expr(polwithcheck, polrelid) || ')'
          ) as definition
        from pg_policy
        where oid = ${number}
      `
    case 'pg_trigger':
      return sql`
        select
          'trigger' as kind, tgname as name, cast(tgrelid as regclass) as place, cast(tgenabled as text) as enabled,
          pg_get_triggerdef(oid) as definition
        from pg_trigger
        where oid = ${number}
      `
    default:
      return sql`
        select
          'rule' as kind, rulename as name, cast(ev_class as regclass) as place, cast(ev_enabled as text) as enabled,
          rtrim(pg_get_ruledef(oid), ';') as definition
        from pg_rewrite
        where oid = ${number}
      `
  }
}

async function describeView(
  session: Session,
  relation: RelationName,
): Promise<Pick<Described, 'drop' | 'make' | 'view'>> {
  const oid = oidOf(relation)
  const [found] = await session.query<{
    definition: string
    materialized: boolean
    filled: boolean
    method: string | null
    tablespace: string | null
    also: string[]
  }>(
    toText(sql`
      select
        rtrim(pg_get_viewdef(c.oid), ';') as definition,
        c.relkind = 'm' as materialized,
        c.relispopulated as filled,
        ' using ' || quote_ident(m.amname) as method,
        ' tablespace ' || quote_ident(t.spcname) as tablespace,
        array(
          select statement
          from pg_index as x
          cross join lateral unnest(array[
            pg_get_indexdef(x.indexrelid),
            case when x.indisclustered then format('alter materialized view %s cluster on %I', cast(c.oid as regclass), (select relname from pg_class where oid = x.indexrelid)) end,
            format('comment on index %s is ', cast(x.indexrelid as regclass)) || quote_literal(obj_description(x.indexrelid, 'pg_class'))
          ]) as statement
          where x.indrelid = c.oid and statement is not null
        )
        || array(
          select format('alter materialized view %s alter column %I set statistics %s', cast(c.oid as regclass), a.attname, a.attstattarget)
          from pg_attribute as a
          where a.attrelid = c.oid and a.attnum > 0 and c.relkind = 'm' and coalesce(a.attstattarget, -1) >= 0
        )
        || array(
          select format('comment on materialized view %s is %L', cast(c.oid as regclass), obj_description(c.oid, 'pg_class'))
          where c.relkind = 'm' and obj_description(c.oid, 'pg_class') is not null
        ) as also
      from pg_class as c
      left join pg_am as m on m.oid = c.relam and m.amname <> 'heap'
      left join pg_tablespace as t on t.oid = c.reltablespace
      where c.oid = ${oid}
    `),
  )
  const belongings = await belongingsOf(session, relation)
  const isMaterialized = found?.materialized ?? false
  const kind = isMaterialized ? 'materialized view' : 'view'
  const name = toText(identifier(...relation))
  const options = toText(withOptions(belongings.options))
  const how = `${found?.method ?? ''}${options}${found?.tablespace ?? ''}`
  const rows = isMaterialized ? '\nwith no data' : ''
  return {
    drop: `drop ${kind} ${name}`,
    make: [`create ${kind} ${name}${how} as\n${found?.definition ?? ''}${rows}`, ...(found?.also ?? [])],
    view: {
      relation,
      isMaterialized,
      isFilled: found?.filled ?? false,
      columns: (await session.columns(relation)) ?? [],
      // Its own comment is written as that of a materialized view.
      had: isMaterialized
        ? { ...belongings, comments: belongings.comments.filter(({ column }) => column !== null) }
        : belongings,
    },
  }
}

/** The definition as the server keeps it, with all functions by their numbers. */
function treeOf({ catalog, name, relation }: Place): Sql {
  const place = sql`to_regclass(${literal(relation)})`
  switch (catalog) {
    case 'pg_policy':
      return sql`select concat(polqual, polwithcheck) as tree from pg_policy where polrelid = ${place} and polname = ${literal(name)}`
    case 'pg_trigger':
      return sql`select concat(tgqual) as tree from pg_trigger where tgrelid = ${place} and tgname = ${literal(name)}`
    default:
      return sql`select concat(ev_action, ev_qual) as tree from pg_rewrite where ev_class = ${place} and rulename = ${literal(name ?? '_RETURN')}`
  }
}

export async function callsOf(session: Session, place: Place): Promise<Calls> {
  const rows = await session.query<{ oid: string | null; calls: number; open: boolean }>(
    toText(sql`
      select
        cast(p.oid as text) as oid,
        cast(count(*) as integer) as calls,
        bool_or(
          d.tree ~ 'COERCEVIAIO|ARRAYCOERCE'
          or exists (select 1 from unnest(p.proargtypes) as a(type) join pg_type as t on t.oid = a.type where t.typtype = 'p')
        ) as open
      from (${treeOf(place)}) as d
      left join regexp_matches(d.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') as m(found) on true
      left join pg_proc as p on p.oid = cast(m.found[1] as oid) and p.provolatile <> 'i'
      group by p.oid
    `),
  )
  return {
    functions: new Map(rows.flatMap(({ oid, calls }) => (oid === null ? [] : [[oid, calls]]))),
    isOpen: rows.some(({ open }) => open),
  }
}
