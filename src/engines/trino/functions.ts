/**
 * The functions of Trino. What takes values of any type, or pages of SQL, is a routine in gwh's own schema, which
 * is made of overloads: there is no `anyelement`. JSON is text, for tables have no column type for it.
 */
import { identifier, join, literal, sql, trusted, type Sql } from '../../sql/sql.ts'
import type { LookAhead, SqlFunctions, Unfolded } from '../functions.ts'
import { COMMON } from '../lib/common_functions.ts'
import { ISO_WEEKDAY, MICROSECONDS, NUMBER } from '../lib/patterns.ts'
import { coalesced, newMembers } from '../lib/renaming.ts'

const array = (values: readonly Sql[]): Sql => sql`array[${join(values, ', ')}]`

/** Nulls are left out: the functions `least` and `greatest` are null where one of their values is. */
const known = (values: readonly Sql[]): Sql => sql`filter(${array(values)}, x -> x is not null)`

const path = (property: string): Sql =>
  literal(`$["${property.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"]`)

const unit = (name: string): Sql => literal(name)

/** Rows that become several: a list stands in `from`. */
function unfolded(
  { rows, keep = [], as, where = [], distinct = false }: Partial<Unfolded> & Pick<Unfolded, 'as'>,
  list: Sql,
): Sql {
  const unnested = sql`unnest(${list}) as unfolded(${as})`
  return sql`
    select ${distinct ? sql`distinct ` : sql``}${join([...keep, as], ', ')}
    from ${rows ? sql`${rows} cross join ${unnested}` : unnested}
    ${where.length > 0 ? sql`where ${join(where, '\n  and ')}` : sql``}
  `
}

/** Both relations in one, sorted once: what a join on time would be. */
function nextAt({ rows, keep, from, events, where, keys, at, strictly, as, found }: LookAhead): Sql {
  const isKey = new Set(keys)
  const padded = keep.map((column) => (isKey.has(column) ? column : sql`null`))
  return sql`
    select ${join([...keep, sql`next_at as ${as}`], ', ')}
    from (
      select
        ${join([...keep, sql`is_row`], ', ')},
        min(event_at) over (
          partition by ${join(keys, ', ')}
          order by looked_from desc
          range between unbounded preceding and ${strictly ? sql`1 preceding` : sql`current row`}
        ) as next_at
      from (
        select ${join(keep, ', ')}, ${from} as looked_from, cast(null as bigint) as event_at, true as is_row
        from ${rows}
        union all
        select ${join(padded, ', ')}, ${at}, ${at}, false
        from ${events}
        ${where ? sql`where ${where}` : sql``}
      ) as rows_and_events
    ) as looked_ahead
    where is_row${found ? sql` and next_at is not null` : sql``}
  `
}

export function functions(schema: string): SqlFunctions {
  const call =
    (fn: string) =>
    (...values: readonly Sql[]): Sql =>
      sql`${identifier(schema, fn)}(${join(values, ', ')})`
  const local = (instant: Sql, zone: string) =>
    sql`at_timezone(with_timezone(${instant}, 'UTC'), ${literal(zone)})`
  const fn: SqlFunctions = {
    ...COMMON,
    text: (value) => sql`cast(${value} as varchar)`,
    id: call('id'),
    idList: call('group_ids'),
    isRounded: call('is_rounded'),
    isRoundedMember: (object, property) => fn.isRounded(fn.jsonField(fn.json(object), property)),
    hasIds: (list) => sql`cardinality(${list}) > 0`,
    idCount: (list) => sql`cardinality(${list})`,
    onlyId: (list) => sql`case when cardinality(${list}) = 1 then element_at(${list}, 1) end`,
    noIds: () => sql`cast(array[] as array(varchar))`,

    instant: (value, format, zone) =>
      format === 'timestamp'
        ? call('utc')(value, literal(zone))
        : call('utc_from_epoch')(fn.text(value), literal(MICROSECONDS[format])),
    now: () => sql`cast(current_timestamp at time zone 'UTC' as timestamp(6))`,
    localDay: (instant, zone) =>
      zone === 'UTC' ? sql`cast(${instant} as date)` : sql`cast(${local(instant, zone)} as date)`,
    // Intervals are whole milliseconds, so it is no difference of two times.
    hourStart(instant, zone) {
      if (zone === 'UTC') return sql`date_trunc('hour', ${instant})`
      const there = local(instant, zone)
      return sql`date_add('second', -(minute(${there}) * 60 + second(${there})), date_trunc('second', ${instant}))`
    },
    periodStart(day, period, weekStart) {
      if (period === 'day') return day
      if (period === 'month' || weekStart === 'monday') return sql`date_trunc(${literal(period)}, ${day})`
      return sql`date_add('day', -((day_of_week(${day}) + ${literal(7 - ISO_WEEKDAY[weekStart])}) % 7), ${day})`
    },
    microseconds: (instant) => sql`cast(round(to_unixtime(${instant}) * 1e6) as bigint)`,
    instantOf: (microseconds) =>
      sql`cast(from_unixtime_nanos(cast(${microseconds} as decimal(38, 0)) * 1000) at time zone 'UTC' as timestamp(6))`,
    stepwise(value, before, steps) {
      const passed = sql`width_bucket(cast(${value} as double), ${array(steps.map(([from]) => sql`cast(${literal(from)} as double)`))})`
      return sql`element_at(${array([before, ...steps.map(([, holds]) => holds)].map(literal))}, cast(${passed} as integer) + 1)`
    },
    eachMember: (of) => unfolded(of, of.list),
    eachInteger: (of) => unfolded(of, sql`sequence(${of.from}, ${of.to})`),
    leastOf: (values) => sql`array_min(${known(values)})`,
    greatestOf: (values) => sql`array_max(${known(values)})`,
    addDays: (day, days) => sql`date_add('day', ${typeof days === 'number' ? literal(days) : days}, ${day})`,
    daysBetween: (earlier, later) => sql`date_diff('day', ${earlier}, ${later})`,
    monthStart: (months) => sql`date_add('month', ${months} - 23640, date '1970-01-01')`,
    nextMonth: (day) => sql`date_add('month', 1, ${day})`,
    after: (instant, count, name) => sql`date_add(${unit(name)}, ${literal(count)}, ${instant})`,
    md5: (text) => sql`lower(to_hex(md5(to_utf8(${text}))))`,
    isNoneOf: (value, select) => sql`
      ${value} not in (
        ${select}
      )
    `,
    median(value) {
      const sorted = sql`array_sort(array_agg(${value}))`
      const at = (place: Sql) => sql`cast(element_at(${sorted}, nullif(${place}, 0)) as double)`
      return sql`(${at(sql`(count(${value}) + 1) / 2`)} + ${at(sql`count(${value}) / 2 + 1`)}) / 2`
    },
    firstBy(value, order, when) {
      const filtered = when ? sql` filter (where ${when})` : sql``
      return sql`element_at(array_agg(${value} order by ${join(order, ', ')})${filtered}, 1)`
    },
    latestBy: (value, number, when) => sql`max_by(${value}, ${number}) filter (where ${when})`,
    latestSoFar: (time, when, over) => sql`max(case when ${when} then ${time} end) over ${over}`,
    nextAt,

    json: call('json_object_of'),
    once: sql``,
    jsonField: (json, property) => sql`json_format(json_extract(${json}, ${path(property)}))`,
    jsonText: (json, property) => call('json_text')(json, path(property)),
    propertyText: (json, property) => call('property_text')(json, path(property)),
    valueText: call('value_text'),
    isPlain: call('is_plain'),
    jsonScalar: (json) => call('json_text')(json, literal('$')),
    members: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`property`, sql`json_format(member) as value`], ', ')}
      from ${rows}
      cross join unnest(
        if(substr(${json}, 1, 1) = '{', try_cast(json_parse(${json}) as map(varchar, json)))
      ) as members(property, member)
      ${where ? sql`where ${where}` : sql``}
    `,
    items: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`json_format(listed) as value`, sql`item`], ', ')}
      from ${rows}
      cross join unnest(
        case substr(${json}, 1, 1)
          when '[' then cast(json_parse(${json}) as array(json))
          when 'n' then cast(array[] as array(json))
          else array[json_parse(${json})]
        end
      ) with ordinality as read_items(listed, item)
      ${where ? sql`where ${where}` : sql``}
    `,
    valuesInside: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`value`], ', ')}
      from ${rows}
      cross join unnest(${call('values_inside')(json)}) as inside(value)
      ${where ? sql`where ${where}` : sql``}
    `,
    jsonKind: call('json_kind'),
    jsonBytes: call('json_bytes'),
    memberCount: (json) =>
      sql`coalesce(cardinality(map_keys(try_cast(json_parse(${json}) as map(varchar, json)))), 0)`,
    objectDepth: call('object_depth'),
    jsonExceeds: (json, bytes) => sql`length(${json}) > ${literal(bytes / 4)}`,
    jsonNests: (json, levels) => sql`${json} like ${literal(`${'%{'.repeat(levels + 1)}%`)}`,
    jsonObject(members) {
      if (members.length === 0) return literal('{}')
      const names = members.map(([name]) => literal(name))
      const values = members.map(([, value]) => call('as_json')(value))
      return sql`
        json_format(cast(map_filter(map(
          ${array(names)},
          ${array(values)}
        ), (k, v) -> v is not null) as json))
      `
    },
    jsonGathered: (name, value) => sql`json_format(cast(map_agg(${name}, json_parse(${value})) as json))`,
    jsonListed: (value, order) =>
      sql`json_format(cast(array_agg(json_parse(${value}) order by ${join(order, ', ')}) as json))`,
    jsonMerged: call('merged'),
    jsonRenamed: (json, renamed) =>
      call('renamed')(
        json,
        array(renamed.map(([from]) => literal(from))),
        sql`map(${array(newMembers(renamed).map(([to]) => literal(to)))}, ${array(
          newMembers(renamed).map(([, froms]) => coalesced(froms.map((from) => fn.jsonField(json, from)))),
        )})`,
      ),
    jsonWithout: (json, members) => call('renamed')(json, array(members.map(literal)), sql`map()`),
    typed(text, type, zone = 'UTC') {
      switch (type) {
        case 'text':
          return fn.text(text)
        case 'timestamp':
          return fn.instant(text, 'timestamp', zone)
        case 'date':
          return sql`cast(${fn.instant(text, 'timestamp', 'UTC')} as date)`
        case 'boolean':
          return sql`case when lower(${text}) in ('true', 'false', 't', 'f', '1', '0') then try_cast(${text} as boolean) end`
        case 'integer':
          return call('whole')(text)
        case 'number':
          return sql`case when ${fn.matches(text, NUMBER)} then try_cast(${text} as double) end`
        case 'json':
          return call('json_of_text')(text)
      }
    },
    isBeside: (text, symbol, number) =>
      sql`${call('number_order')(text)} ${trusted(symbol)} ${call('number_order')(literal(number))}`,

    byteCount: (text) => sql`length(to_utf8(${text}))`,
    hash: (values) =>
      sql`from_big_endian_64(xxhash64(to_utf8(json_format(cast(${array(values.map((v) => fn.text(v)))} as json)))))`,
    byBytes: (text) => text,
    folded: call('folded'),
    trimmed: call('trimmed'),
    composed: (text) => sql`normalize(${text}, NFC)`,
    plainNumber: call('plain_number'),
    sharedStart: call('shared_start'),
    joined: (text) => sql`translate(${text}, ' _-', '')`,
    snakeCase: (text) => sql`lower(regexp_replace(${text}, '([a-z0-9])([A-Z])', '$1_$2'))`,
    matches: (text, pattern) => sql`regexp_like(${text}, ${literal(String.raw`\A(${pattern})\z`)})`,
    rowJson: (alias) => call('row_json')(alias),
    jsonTextNamed: (json, property) => call('json_text_named')(json, property),
    orderedText: call('ordered_text'),
    type: (type) => TYPES[type],
  }
  return fn
}

const TYPES = {
  text: trusted('varchar'),
  'text[]': trusted('array(varchar)'),
  bigint: trusted('bigint'),
  integer: trusted('integer'),
  number: trusted('double'),
  boolean: trusted('boolean'),
  timestamp: trusted('timestamp(6)'),
  date: trusted('date'),
  json: trusted('varchar'),
}
