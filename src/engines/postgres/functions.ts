/** The functions of PostgreSQL 14 and later. Text is checked by regular expression before a cast, for there is no `try_cast`. */
import { identifier, join, literal, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import type { SqlFunctions, TimeUnit } from '../functions.ts'
import { ISO_WEEKDAY, MICROSECONDS, NUMBER, SCIENTIFIC, utcText, WHOLE_NUMBER } from '../lib/patterns.ts'
import { COMMON } from '../lib/common_functions.ts'
import { coalesced, newMembers } from '../lib/renaming.ts'
import { unfolded } from '../lib/unfolded.ts'

const wholeNumbers = (numbers: readonly number[]): Sql =>
  sql`cast(array[${join(numbers.map(literal), ', ')}] as bigint[])`

export function functions(schema: string): SqlFunctions {
  const name = (fn: string) => identifier(schema, fn)
  const fn: SqlFunctions = {
    ...COMMON,
    text: (value) => sql`cast(${value} as text)`,
    id: (value) => sql`${name('id')}(${value})`,
    idList: (value) => sql`${name('group_ids')}(${value})`,
    isRounded: (value) => sql`${name('is_rounded')}(${value})`,
    isRoundedMember: (object, property) => sql`${name('is_rounded_member')}(${object}, ${literal(property)})`,
    hasIds: (list) => sql`cardinality(${list}) > 0`,
    idCount: (list) => sql`cardinality(${list})`,
    onlyId: (list) => sql`case when cardinality(${list}) = 1 then (${list})[1] end`,
    noIds: () => sql`cast('{}' as text[])`,

    instant: (value, format, zone) =>
      format === 'timestamp'
        ? sql`${name('instant')}(${value}, ${literal(zone)})`
        : sql`${name('instant_from_epoch')}(cast(${value} as text), ${literal(MICROSECONDS[format])})`,

    // Readers of views have time zones of their own: what has a calendar goes by way of UTC.
    now: () => sql`now()`,
    instantLiteral: (iso) => sql`timestamptz ${literal(`${utcText(iso)}+00`)}`,
    utcClock: (instant) => sql`timezone('UTC', ${instant})`,
    localDay: (instant, zone) => sql`cast(timezone(${literal(zone)}, ${instant}) as date)`,

    hourStart(instant, zone) {
      if (zone === 'UTC') return sql`date_trunc('hour', ${instant}, 'UTC')`
      const local = sql`timezone(${literal(zone)}, ${instant})`
      return sql`${instant} - (${local} - date_trunc('hour', ${local}))`
    },

    after(instant, count, unit) {
      const hours = HOURS[unit]
      if (hours !== undefined) return COMMON.after(instant, count * hours, 'hour')
      if (unit === 'second' || unit === 'minute' || unit === 'hour') return COMMON.after(instant, count, unit)
      return sql`timezone('UTC', ${COMMON.after(fn.utcClock(instant), count, unit)})`
    },

    periodStart(day, period, weekStart) {
      if (period === 'day') return day
      if (period === 'month' || weekStart === 'monday') {
        return sql`cast(date_trunc(${literal(period)}, cast(${day} as timestamp)) as date)`
      }
      return sql`${day} - (cast(extract(isodow from ${day}) as integer) + ${literal(7 - ISO_WEEKDAY[weekStart])}) % 7`
    },

    instantOf: (microseconds) => sql`${name('instant_of_microseconds')}(${microseconds})`,
    stepwise(value, before, steps) {
      const passed = sql`width_bucket(cast(${value} as bigint), ${wholeNumbers(steps.map(([from]) => from))})`
      return sql`(${wholeNumbers([before, ...steps.map(([, holds]) => holds)])})[${passed} + 1]`
    },
    eachInteger: (of) => unfolded(of, sql`generate_series(${of.from}, ${of.to})`),
    // `not in` looks through all of them for each value, once they are too many for memory
    isNoneOf: (value, select) => sql`
      not exists (
        select 1
        from (
          ${select}
        ) as among(id)
        where among.id = ${value}
      )
    `,
    median: (value) => sql`percentile_cont(0.5) within group (order by ${value})`,

    firstBy(value, order, when) {
      const filtered = when ? sql` filter (where ${when})` : sql``
      return sql`(array_agg(${value} order by ${join(order, ', ')})${filtered})[1]`
    },

    latestBy: (value, number, when) => fn.firstBy(value, [sql`${number} desc`], when),

    latestSoFar: (time, when, over) => sql`max(case when ${when} then ${time} end) over ${over}`,

    // Both relations in one, sorted once: what a join on time would be.
    nextAt({ rows, keep, from, events, where, keys, at, strictly, as, found }) {
      const named = new Set(keys.map(toText))
      // by default rows of one time see one another
      const frame = strictly ? sql` range between unbounded preceding and 1 preceding` : sql``
      const window = sql`partition by ${join(keys, ', ')} order by looked_from desc${frame}`
      const padded = keep.map((column) => (named.has(toText(column)) ? column : sql`null`))
      return sql`
        select ${join([...keep, sql`next_at as ${as}`], ', ')}
        from (
          select
            ${join([...keep, sql`is_row`], ', ')},
            min(event_at) over (${window}) as next_at
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
    },

    microseconds: (instant) => sql`cast(extract(epoch from ${instant}) * 1000000 as bigint)`,
    json: (value) => sql`${name('json_object_of')}(${value})`,
    // a subquery with an offset is not dissolved in the query around it
    once: sql`offset 0`,
    jsonField: (json, property) => sql`${json} -> ${literal(property)}`,
    jsonText: (json, property) => sql`${json} ->> ${literal(property)}`,
    propertyText: (json, property) => sql`${name('property_text')}(${json} -> ${literal(property)})`,
    valueText: (value) => sql`${name('value_text')}(${value})`,
    isPlain: (value) => sql`${name('is_plain')}(${value})`,

    jsonScalar: (json) => sql`${json} #>> '{}'`,

    members: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`member.key as property`, sql`member.value as value`], ', ')}
      from ${rows}
      cross join lateral jsonb_each(case when jsonb_typeof(${json}) = 'object' then ${json} end) as member
      ${where ? sql`where ${where}` : sql``}
    `,

    items: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`listed.value`, sql`listed.item`], ', ')}
      from ${rows}
      cross join lateral jsonb_array_elements(
        case jsonb_typeof(${json}) when 'array' then ${json} when 'null' then '[]' else jsonb_build_array(${json}) end
      ) with ordinality as listed(value, item)
      where ${json} is not null${where ? sql` and ${where}` : sql``}
    `,

    valuesInside: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`inside.found as value`], ', ')}
      from ${rows}
      cross join lateral jsonb_path_query(${json}, 'strict $.**') as inside(found)
      ${where ? sql`where ${where}` : sql``}
    `,

    jsonKind: (json) => sql`coalesce(jsonb_typeof(${json}), 'null')`,
    jsonBytes: (json) => sql`${name('json_bytes')}(${json})`,

    memberCount: (json) => sql`
      (select count(*) from jsonb_object_keys(case when jsonb_typeof(${json}) = 'object' then ${json} end) as member)
    `,
    objectDepth: (json) => sql`${name('object_depth')}(${json})`,
    // The size as it is stored, which is known without reading the value. A compressed value says nothing.
    jsonExceeds: (json, bytes) => sql`
      (
        pg_column_size(${json}) > ${literal(bytes)}
          or pg_column_compression(${json}) is not null
          -- a number has more zeros than bytes
          or octet_length(cast(${json} as text)) > ${literal(bytes)}
      )
    `,
    jsonNests: (json, levels) => sql`
      jsonb_path_exists(${json}, ${literal(`strict $.**{${levels} to last} ? (@.type() == "object")`)})
    `,

    jsonObject(members) {
      if (members.length === 0) return sql`cast('{}' as jsonb)`
      const pairs = members.map(
        ([key, value]) =>
          sql`${literal(`${JSON.stringify(key)}:`)} || nullif(cast(${name('as_json')}(${value}) as text), 'null')`,
      )
      // As text: what strips nulls does so at any depth. In an array: a function takes 100 arguments at the most.
      return sql`
        cast('{' || array_to_string(
          array[
            ${join(pairs, ',\n')}
          ],
          ','
        ) || '}' as jsonb)
      `
    },

    jsonWithout: (json, members) =>
      sql`case when jsonb_typeof(${json}) = 'object' then ${json} - array[${join(members.map(literal), ', ')}] else ${json} end`,

    jsonGathered: (name, value) => sql`jsonb_object_agg(${name}, ${value})`,
    jsonListed: (value, order) => sql`jsonb_agg(${value} order by ${join(order, ', ')})`,

    jsonMerged: (first, second) => sql`${name('merged')}(${first}, ${second})`,

    jsonRenamed(json, renamed) {
      const text = (from: string) => sql`nullif(cast(${json} -> ${literal(from)} as text), 'null')`
      const members = newMembers(renamed).map(
        ([to, froms]) => sql`${literal(`${JSON.stringify(to)}:`)} || ${coalesced(froms.map(text))}`,
      )
      const old = renamed.map(([from]) => literal(from))
      return sql`
        case
          when jsonb_exists_any(${json}, array[${join(old, ', ')}])
            then ${json} - array[${join(old, ', ')}] || cast('{' || array_to_string(
              array[
                ${join(members, ',\n')}
              ],
              ','
            ) || '}' as jsonb)
          else ${json}
        end
      `
    },

    typed(text, type, zone = 'UTC') {
      switch (type) {
        case 'text':
          return sql`cast(${text} as text)`
        case 'timestamp':
          return fn.instant(text, 'timestamp', zone)
        case 'date':
          return fn.localDay(fn.instant(text, 'timestamp', 'UTC'), 'UTC')
        case 'json':
          return sql`${name('try_json')}(${text})`
        case 'boolean':
          return sql`case when lower(${text}) in ('true', 'false', 't', 'f', '1', '0') then cast(${text} as boolean) end`
        case 'integer':
          // Rounding would make a whole number of what has a fraction.
          return sql`
            case
              when ${text} ~ ${literal(WHOLE_NUMBER)} then ${name('whole')}(cast(${text} as numeric))
              when ${text} ~ ${literal(SCIENTIFIC)} then
                case
                  when cast(${text} as double precision) = floor(cast(${text} as double precision))
                    then ${name('whole')}(round(cast(${text} as numeric)))
                end
            end
          `
        case 'number':
          return sql`case when ${text} ~ ${literal(NUMBER)} then cast(${text} as double precision) end`
      }
    },

    isBeside: (text, symbol, number) =>
      sql`case when ${text} ~ ${literal(NUMBER)} then cast(${text} as numeric) end ${trusted(symbol)} ${literal(number)}`,

    byteCount: (text) => sql`octet_length(${text})`,
    hash: (values) => sql`hash_record_extended(row(${join(values, ', ')}), 0)`,
    byBytes: (text) => sql`${text} collate "C"`,
    folded: (text) => sql`${name('folded')}(${text})`,
    trimmed: (text) => sql`${name('trimmed')}(${text})`,
    composed: (text) => sql`${name('composed')}(${text})`,
    plainNumber: (text) => sql`${name('plain_number')}(${text})`,
    sharedStart: (one, other) => sql`
      (
        select count(*)
        from generate_series(1, least(length(${one}), length(${other}))) as place
        where left(${one}, place) = left(${other}, place)
      )
    `,
    joined: (text) => sql`translate(${text}, ' _-', '')`,
    snakeCase: (text) => sql`lower(regexp_replace(${text}, '([a-z0-9])([A-Z])', '\\1_\\2', 'g') collate "C")`,
    matches: (text, pattern) => sql`${text} ~ ${literal(`^(${pattern})$`)}`,
    rowJson: (alias) => sql`to_jsonb(${alias})`,
    jsonTextNamed: (json, property) => sql`${json} ->> ${property}`,
    orderedText: (json) => sql`${name('ordered_text')}(${json}) collate "C"`,
    type: (type) => TYPES[type],
  }
  return fn
}

/** Units that are as long on every day of UTC. */
const HOURS: Partial<Record<TimeUnit, number>> = { day: 24, week: 168 }

const TYPES = {
  text: trusted('text'),
  'text[]': trusted('text[]'),
  bigint: trusted('bigint'),
  integer: trusted('integer'),
  number: trusted('double precision'),
  boolean: trusted('boolean'),
  timestamp: trusted('timestamptz'),
  date: trusted('date'),
  json: trusted('jsonb'),
}
