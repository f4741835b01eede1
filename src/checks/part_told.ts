/** What other checks say already: a part that finds nothing for one of these reasons is not told of again. */
import type { Source } from '../graph/catalog.ts'
import type { ModelContext } from '../graph/model.ts'
import { sharedSql } from '../graph/shared_sql.ts'
import type { Ask, Part } from '../graph/report_parts.ts'
import type { Filter } from '../project/report_schema.ts'
import { join, literal, sql, type Sql } from '../sql/sql.ts'
import { askedBy, asksForValues, isLike, modelOf, plainOf, valueOf } from './asked_values.ts'
import { mappedKeys } from './health/absent_group_keys.ts'

/** A condition: what is asked is nowhere at all, and said to be; undefined where nobody says it. */
export const toldOfAsk = ({ filter }: Ask, { event }: Part, c: ModelContext): Sql | undefined =>
  filter === undefined ? undefined : toldOfFilter({ filter, event }, c)

interface Asked {
  readonly filter: Filter
  readonly event: string | undefined
}

const toldOfFilter = sharedSql(({ filter, event }: Asked, c) => {
  const told = [ofValue(filter, c), ofKey(filter, event, c)].filter((condition) => condition !== undefined)
  return told.length === 0
    ? undefined
    : sql`(${join(
        told.map((condition) => sql`(${condition})`),
        ' or ',
      )})`
})

/** Those that are asked for by what they are, or by being there; what is kept away is no loss where it is nowhere. */
export const asksForSome = ({ op }: Filter): boolean =>
  !['neq', 'not_in', 'not_contains', 'is_null'].includes(op)

function ofValue(filter: Filter, c: ModelContext): Sql | undefined {
  if (!asksForSome(filter)) return undefined
  const rows = c.ref(modelOf(filter, c.catalog))
  const hasAny = sql`exists (select 1 from ${rows} where ${valueOf(filter, c)} is not null)`
  // a column that gwh brings may be null everywhere, and no check says so
  const isNull = isNamed(filter, c) ? sql`not ${hasAny}` : sql`false`
  if (!asksForValues(filter)) return isNull
  const asked = askedBy(filter).map((one) => isLike(valueOf(one, c), plainOf(one, c), one, c))
  const isAbsent = sql`not exists (select 1 from ${rows} where ${join(asked, ' or ')})`
  return sql`${isNull} or ${hasAny} and ${isAbsent}`
}

/** `report_properties` or `null_properties` tells of a property that nothing has. */
const isNamed = ({ property, of }: Filter, { catalog }: ModelContext): boolean =>
  of === 'event' ||
  of === 'user' ||
  catalog
    .sourcesOf('group_table')
    .some(({ groupKey, properties }) => groupKey === of && properties.some(({ name }) => name === property))

/** Groups of events, by a key that no event carries. */
function ofKey({ of, through }: Filter, event: string | undefined, c: ModelContext): Sql | undefined {
  return of === 'event' || of === 'user' || through === 'user' ? undefined : toldOfGroups(of, event, c)
}

/** A condition: of each source with the event, `absent_group_keys` says that it lacks the key. */
export const toldOfGroups = (key: string, event: string | undefined, c: ModelContext): Sql =>
  toldOfKey({ key, event }, c)

interface Keyed {
  readonly key: string
  readonly event: string | undefined
}

const toldOfKey = sharedSql(({ key, event }: Keyed, { catalog, ref }) => {
  const named = catalog
    .sourcesOf('events')
    .filter((source: Source) => mappedKeys(source, { catalog }).some((mapped) => mapped.key === key))
  if (named.length === 0) return sql`false`
  const list = join(
    named.map((source) => literal(source.name)),
    ', ',
  )
  return sql`
    not exists (
      select 1
      from ${ref('events_daily')}
      where (
          source not in (${list})
          or source in (
            select source
            from ${ref('attribution_daily')}
            where group_key = ${literal(key)} and attributed + outside_registration > 0
          )
        )${event === undefined ? sql`` : sql` and event_name = ${literal(event)}`}
    )
  `
})
