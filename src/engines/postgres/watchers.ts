/** Who would notice that a table is emptied and refilled: foreign keys, triggers, rules and columns of others. */
import { type RelationName, sql, toText } from '../../sql/sql.ts'
import type { Session } from './locks.ts'
import { oidOf } from './names.ts'

export interface ForeignKey {
  readonly name: string
  /** The table whose rows refer to those of gwh. */
  readonly table: RelationName
  readonly columns: readonly string[]
  /** Of the table of gwh. */
  readonly referenced: readonly string[]
  /** What becomes of those rows when the row goes that they refer to, in SQL's words. */
  readonly onDelete: string
  /** Whether all rows can be looked at. */
  readonly isReadable: boolean
}

export interface Trigger {
  readonly name: string
  readonly isForRows: boolean
  /** It runs for those rows only that its `when` lets through. */
  readonly hasCondition: boolean
  readonly events: readonly RowEvent[]
}

export interface Rule {
  readonly name: string
  readonly isInstead: boolean
  readonly event: RowEvent
}

export type RowEvent = 'delete' | 'update' | 'insert'

export interface Watchers {
  readonly foreignKeys: readonly ForeignKey[]
  readonly triggers: readonly Trigger[]
  readonly rules: readonly Rule[]
  /** Row-level security is forced on the owner too, so that not all rows are seen. */
  readonly isHidden: boolean
}

/** Bits of pg_trigger.tgtype. */
const BITS: readonly (readonly [bit: number, event: RowEvent])[] = [
  [4, 'insert'],
  [8, 'delete'],
  [16, 'update'],
]

const ACTIONS: Readonly<Record<string, string>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

export async function watchersOf(session: Session, table: RelationName): Promise<Watchers> {
  const oid = oidOf(table)
  const keys = await session.query<ForeignKey>(
    toText(sql`
      select
        (
          with recursive above as (
            select k.conname as name, k.conparentid as parent
            union all
            select up.conname, up.conparentid from pg_constraint as up join above on up.oid = above.parent
          )
          select name from above where parent = 0
        ) as name,
        cast(array[n.nspname, c.relname] as text[]) as table,
        cast(array(
          select a.attname
          from unnest(k.conkey) with ordinality as u(attnum, place)
          join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
          order by u.place
        ) as text[]) as columns,
        cast(array(
          select a.attname
          from unnest(k.confkey) with ordinality as u(attnum, place)
          join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
          order by u.place
        ) as text[]) as referenced,
        cast(k.confdeltype as text) as "onDelete",
        has_table_privilege(c.oid, 'select')
          and has_schema_privilege(n.oid, 'usage')
          and not row_security_active(c.oid) as "isReadable"
      from pg_constraint as k
      join pg_class as c on c.oid = k.conrelid
      join pg_namespace as n on n.oid = c.relnamespace
      left join pg_constraint as up on up.oid = k.conparentid
      where k.contype = 'f'
        and k.confrelid = ${oid}
        -- One on a partition of others is part of theirs; where this table is the partition, it is one of its own.
        and (k.conparentid = 0 or up.conrelid = k.conrelid)
      order by 1, 2
    `),
  )
  const triggers = await session.query<{ name: string; type: number; hasCondition: boolean }>(
    toText(sql`
      select tgname as name, tgtype as type, tgqual is not null as "hasCondition"
      from pg_trigger
      where tgrelid = ${oid}
        -- Before version 15 those of a table that this one is a partition of are internal, too.
        and (not tgisinternal or tgconstraint = 0)
        and tgenabled in ('O', 'A')
      order by 1
    `),
  )
  const rules = await session.query<Rule>(
    toText(sql`
      select
        rulename as name,
        is_instead as "isInstead",
        case ev_type when '2' then 'update' when '3' then 'insert' else 'delete' end as event
      from pg_rewrite
      where ev_class = ${oid} and rulename <> '_RETURN' and ev_enabled in ('O', 'A')
      order by 1
    `),
  )
  const [hidden] = await session.query<{ hidden: boolean }>(
    toText(sql`
      select row_security_active(${oid}) as hidden
    `),
  )
  return {
    foreignKeys: keys.map((key) => ({ ...key, onDelete: ACTIONS[key.onDelete] ?? key.onDelete })),
    triggers: triggers
      .map(({ name, type, hasCondition }) => ({
        name,
        hasCondition,
        isForRows: (type & 1) > 0,
        events: BITS.filter(([bit]) => (type & bit) > 0).map(([, event]) => event),
      }))
      .filter(({ events }) => events.length > 0),
    rules,
    isHidden: hidden?.hidden ?? false,
  }
}
