/** PostgreSQL 14 and later. Text is checked by regular expression before a cast, for there is no `try_cast`. */
import { identifier, join, literal, sql, toText, trusted, type Sql } from '../sql/sql.ts'
import type { Dialect, SqlFunctions } from './dialect.ts'
import {
  ASCII_SPACES,
  BARE_FRACTION,
  EPOCH_RANGE,
  HAS_OFFSET,
  INSTANT,
  ISO_WEEKDAY,
  JSON_LIST,
  LEADING_ZEROS,
  MICROSECONDS,
  MINUS_ZERO,
  NUMBER,
  OTHER_SPACES,
  PLAIN_NUMBER,
  TRAILING_ZEROS,
  utcText,
} from './patterns.ts'
import { objectDefinitions } from './postgres_objects.ts'

function definitions(schema: string): Sql[] {
  const name = (fn: string) => identifier(schema, fn)
  const isText = sql`pg_typeof(value) in ('text', 'varchar')`
  const define = (fn: string, parameters: string, returns: string, body: Sql) => sql`
    create or replace function ${name(fn)}(${trusted(parameters)}) returns ${trusted(returns)}
    language sql stable parallel safe
    as $$
      ${body}
    $$
  `
  return [
    define(
      'json_id',
      'value jsonb',
      'text',
      sql`
      -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
      select case jsonb_typeof(value)
        when 'string' then nullif(value #>> '{}', '')
        when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
        when 'boolean' then value #>> '{}'
      end
    `,
    ),
    define(
      'json_list',
      'value jsonb',
      'jsonb',
      sql`
      -- a JSON list from a JSON value: lists as they are, list-like texts read, a scalar as a list of one
      select case
        when jsonb_typeof(value) = 'array' then value
        when left(value #>> '{}', 1) <> '[' then jsonb_build_array(value)
        when value #>> '{}' ~ ${literal(JSON_LIST)} then cast(value #>> '{}' as jsonb)
        when right(value #>> '{}', 1) <> ']' then jsonb_build_array(value)
        when value #>> '{}' !~ '["{]'
          then to_jsonb(regexp_split_to_array(btrim(substr(value #>> '{}', 2, length(value #>> '{}') - 2)), '\\s*,\\s*'))
      end
    `,
    ),
    define(
      'id',
      'value anyelement',
      'text',
      sql`
      -- one user or insert id, from a value of any type
      select case
        when ${isText} then nullif(cast(value as text), '')
        else ${name('json_id')}(to_jsonb(value))
      end
    `,
    ),
    define(
      'json_ids',
      'value jsonb',
      'text[]',
      sql`
        -- distinct ids of a JSON value, sorted; apart from group_ids, which the planner can then write out in place
        select array(
          select distinct ${name('json_id')}(member) collate "C" as id
          from jsonb_array_elements(${name('json_list')}(value)) as member
          where ${name('json_id')}(member) <> ''
          order by id
        )
      `,
    ),
    define(
      'group_ids',
      'value anyelement',
      'text[]',
      sql`
      -- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
      select case
        -- mostly one id as plain text
        when ${isText} and left(cast(value as text), 1) <> '[' then array_remove(array[cast(value as text)], '')
        else ${name('json_ids')}(to_jsonb(value))
      end
    `,
    ),
    define(
      'is_instant',
      'value text',
      'boolean',
      sql`
      -- ISO 8601 dates and times that exist; 29 February only in leap years
      select value ~ ${literal(INSTANT)}
        and (
          substr(value, 6, 5) <> '02-29'
          or extract(day from cast(left(value, 4) || '-03-01' as date) - 1) = 29
        )
    `,
    ),
    define(
      'six_digits',
      'value text',
      'text',
      sql`
        -- a time to the microsecond: further digits are cut off, not rounded
        select regexp_replace(value, '(\\.[0-9]{6})[0-9]+', '\\1')
      `,
    ),
    define(
      'utc',
      'value anyelement, zone text',
      'timestamp',
      sql`
      -- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
      select nullif(nullif(
        case
          when ${isText} and not ${name('is_instant')}(cast(value as text)) then null
          when ${isText} and cast(value as text) ~ ${literal(`:.*${HAS_OFFSET}`)}
            then cast(${name('six_digits')}(cast(value as text)) as timestamptz) at time zone 'UTC'
          when pg_typeof(value) = 'timestamptz'::regtype then cast(value as timestamptz) at time zone 'UTC'
          when ${isText} and zone = 'UTC' then cast(${name('six_digits')}(cast(value as text)) as timestamp)
          when ${isText} then timezone('UTC', timezone(zone, cast(${name('six_digits')}(cast(value as text)) as timestamp)))
          when zone = 'UTC' then cast(value as timestamp)
          else timezone('UTC', timezone(zone, cast(value as timestamp)))
        end,
        'infinity'
      ), '-infinity')
    `,
    ),
    define(
      'utc_from_epoch',
      'value text, microseconds numeric',
      'timestamp',
      sql`
      -- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
      select case
        when value ~ ${literal(NUMBER)} then
          case
            when round(cast(value as numeric) * microseconds) between ${literal(EPOCH_RANGE.from)} and ${literal(EPOCH_RANGE.to)}
              then timestamp 'epoch' + cast(round(cast(value as numeric) * microseconds) as double precision) * interval '1 microsecond'
          end
      end
    `,
    ),
    define(
      'whole',
      'value numeric',
      'bigint',
      sql`
        select case when value between -9223372036854775808 and 9223372036854775807 then cast(value as bigint) end
      `,
    ),
    define(
      'ordered_text',
      'value jsonb',
      'text',
      sql`
        -- the members of an object in one text whose order is the same on every engine
        select string_agg(member.key || '=' || coalesce(member.value #>> '{}', ''), chr(31) order by member.key collate "C")
        from jsonb_each(value) as member
      `,
    ),
    ...objectDefinitions(define),
    sql`
      create or replace function ${name('fold_beyond_ascii')}(value text) returns text
      language plpgsql immutable parallel safe
      as $$
        begin
          -- the same on every server, whatever its locale; a final sigma is a sigma, a dotted capital I an i
          return replace(lower(replace(value, chr(304), 'i') collate "und-x-icu"), chr(962), chr(963));
        exception when others then
          -- a server without ICU, or a database whose encoding has not these letters
          return lower(value);
        end
      $$
    `,
    sql`
      create or replace function ${name('trim_beyond_ascii')}(value text) returns text
      language plpgsql immutable parallel safe
      as $$
        begin
          return btrim(value, ${join([...ASCII_SPACES, ...OTHER_SPACES].map(character), ' || ')});
        exception when others then
          -- a database whose encoding has not these characters
          return btrim(value, ${join(ASCII_SPACES.map(character), ' || ')});
        end
      $$
    `,
    define(
      'folded',
      'value text',
      'text',
      sql`
        -- in lower case, for comparing
        select case
          when octet_length(value) = length(value) then lower(value collate "C")
          else ${name('fold_beyond_ascii')}(value)
        end
      `,
    ),
    define(
      'trimmed',
      'value text',
      'text',
      sql`
        -- without white space at the ends, of any width or none
        select case
          when octet_length(value) = length(value) then btrim(value, ${join(ASCII_SPACES.map(character), ' || ')})
          else ${name('trim_beyond_ascii')}(value)
        end
      `,
    ),
    define(
      'composed',
      'value text',
      'text',
      sql`
        -- in Unicode's composed form, which databases of other encodings do not know
        select case
          when octet_length(value) = length(value) or getdatabaseencoding() <> 'UTF8' then value
          else normalize(value, nfc)
        end
      `,
    ),
    define(
      'plain_number',
      'value text',
      'text',
      sql`
        -- 0012 and 12.0 are 12, .5 is 0.5 and -0 is 0; text that is no number stays as it is
        select case
          when value ~ ${literal(PLAIN_NUMBER)}
            then regexp_replace(
              regexp_replace(
                regexp_replace(
                  regexp_replace(value, ${literal(BARE_FRACTION)}, '\\10.'), ${literal(LEADING_ZEROS)}, '\\1\\2'
                ), ${literal(TRAILING_ZEROS)}, '\\1'
              ), ${literal(MINUS_ZERO)}, '0'
            )
          else value
        end
      `,
    ),
    sql`
      create or replace function ${name('try_json')}(value text) returns jsonb
      language plpgsql immutable parallel safe
      as $$
        begin
          return cast(value as jsonb);
        exception when others then
          -- text that is not JSON
          return null;
        end
      $$
    `,
  ]
}

const character = (code: number) => sql`chr(${literal(code)})`

const wholeNumbers = (numbers: readonly number[]): Sql =>
  sql`cast(array[${join(numbers.map(literal), ', ')}] as bigint[])`

function functions(schema: string): SqlFunctions {
  const name = (fn: string) => identifier(schema, fn)
  const fn: SqlFunctions = {
    text: (value) => sql`cast(${value} as text)`,
    id: (value) => sql`${name('id')}(${value})`,
    idList: (value) => sql`${name('group_ids')}(${value})`,
    hasIds: (list) => sql`cardinality(${list}) > 0`,
    idCount: (list) => sql`cardinality(${list})`,
    noIds: () => sql`cast('{}' as text[])`,

    instant: (value, format, zone) =>
      format === 'timestamp'
        ? sql`${name('utc')}(${value}, ${literal(zone)})`
        : sql`${name('utc_from_epoch')}(cast(${value} as text), ${literal(MICROSECONDS[format])})`,

    now: () => sql`timezone('UTC', now())`,
    instantLiteral: (iso) => sql`timestamp ${literal(utcText(iso))}`,

    localDay: (instant, zone) =>
      zone === 'UTC'
        ? sql`cast(${instant} as date)`
        : sql`cast(timezone(${literal(zone)}, timezone('UTC', ${instant})) as date)`,

    periodStart(day, period, weekStart) {
      if (period === 'day') return day
      if (period === 'month' || weekStart === 'monday') {
        return sql`cast(date_trunc(${literal(period)}, cast(${day} as timestamp)) as date)`
      }
      return sql`${day} - (cast(extract(isodow from ${day}) as integer) + ${literal(7 - ISO_WEEKDAY[weekStart])}) % 7`
    },

    hourStart(instant, zone) {
      if (zone === 'UTC') return sql`date_trunc('hour', ${instant})`
      const local = sql`timezone(${literal(zone)}, timezone('UTC', ${instant}))`
      return sql`${instant} - (${local} - date_trunc('hour', ${local}))`
    },

    instantOf: (microseconds) => sql`timestamp 'epoch' + (${microseconds}) * interval '1 microsecond'`,
    stepwise(value, before, steps) {
      const passed = sql`width_bucket(cast(${value} as bigint), ${wholeNumbers(steps.map(([from]) => from))})`
      return sql`(${wholeNumbers([before, ...steps.map(([, holds]) => holds)])})[${passed} + 1]`
    },
    eachInteger: (from, to) => sql`generate_series(${from}, ${to})`,
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

    latestSoFar: (time, when, over) => sql`max(case when ${when} then ${time} end) over ${over}`,

    scansPerName: false,

    // Both relations in one, sorted once: what a join on time would be.
    nextAt({ rows, keep, from, events, where, keys, at, strictly, as, found }) {
      const named = new Set(keys.map(toText))
      const padded = keep.map((column) => (named.has(toText(column)) ? column : sql`null`))
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
    },

    microseconds: (instant) => sql`cast(extract(epoch from ${instant}) * 1000000 as bigint)`,
    json: (value) => sql`cast(${value} as jsonb)`,
    jsonField: (json, property) => sql`${json} -> ${literal(property)}`,
    jsonText: (json, property) => sql`${json} ->> ${literal(property)}`,

    jsonScalar: (json) => sql`${json} #>> '{}'`,

    members: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`member.key as property`, sql`member.value as value`], ', ')}
      from ${rows}
      cross join lateral jsonb_each(case when jsonb_typeof(${json}) = 'object' then ${json} end) as member
      ${where ? sql`where ${where}` : sql``}
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
      (pg_column_size(${json}) > ${literal(bytes)} or pg_column_compression(${json}) is not null)
    `,
    jsonNests: (json, levels) => sql`
      jsonb_path_exists(${json}, ${literal(`strict $.**{${levels} to last} ? (@.type() == "object")`)})
    `,

    jsonObject(members) {
      if (members.length === 0) return sql`cast('{}' as jsonb)`
      const pairs = members.map(([key, value]) => sql`${literal(key)}, ${value}`)
      return sql`
        jsonb_strip_nulls(jsonb_build_object(
          ${join(pairs, ',\n')}
        ))
      `
    },

    jsonMerged: (first, second) => sql`${name('merged')}(${first}, ${second})`,

    jsonRenamed: (json, renamed) =>
      renamed.reduce(
        (renaming, [from, to]) => sql`
          case
            when jsonb_exists(${json}, ${literal(from)})
              then (${renaming}) - ${literal(from)} || jsonb_strip_nulls(jsonb_build_object(${literal(to)}, ${json} -> ${literal(from)}))
            else ${renaming}
          end
        `,
        json,
      ),

    typed(text, type) {
      switch (type) {
        case 'text':
          return sql`cast(${text} as text)`
        case 'timestamp':
          return fn.instant(text, 'timestamp', 'UTC')
        case 'date':
          return sql`cast(${fn.instant(text, 'timestamp', 'UTC')} as date)`
        case 'json':
          return sql`${name('try_json')}(${text})`
        case 'boolean':
          return sql`case when lower(${text}) in ('true', 'false', 't', 'f', '1', '0') then cast(${text} as boolean) end`
        case 'integer':
          return sql`case when ${text} ~ ${literal(NUMBER)} then ${name('whole')}(round(cast(${text} as numeric))) end`
        case 'number':
          return sql`case when ${text} ~ ${literal(NUMBER)} then cast(${text} as double precision) end`
      }
    },

    byteCount: (text) => sql`octet_length(${text})`,
    hash: (values) => sql`hash_record_extended(row(${join(values, ', ')}), 0)`,
    byBytes: (text) => sql`${text} collate "C"`,
    folded: (text) => sql`${name('folded')}(${text})`,
    trimmed: (text) => sql`${name('trimmed')}(${text})`,
    composed: (text) => sql`${name('composed')}(${text})`,
    plainNumber: (text) => sql`${name('plain_number')}(${text})`,
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

const TYPES = {
  text: trusted('text'),
  'text[]': trusted('text[]'),
  bigint: trusted('bigint'),
  boolean: trusted('boolean'),
  timestamp: trusted('timestamp'),
  date: trusted('date'),
  json: trusted('jsonb'),
}

export const postgres: Dialect = { name: 'postgres', functions, definitions, readFiles: undefined }
