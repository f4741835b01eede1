/** DuckDB: reads files in place, has native lists and `try_cast`. */
import { identifier, join, literal, sql, trusted, type Sql } from '../sql/sql.ts'
import type { Dialect, SqlFunctions } from './dialect.ts'
import { fileDefinitions, readFiles } from './duckdb_files.ts'
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

const path = (property: string) => literal(`$."${property.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)

function definitions(schema: string): Sql[] {
  const name = (fn: string) => identifier(schema, fn)
  return [
    sql`
      -- a JSON value; timestamps become ISO 8601 text with a T
      create or replace macro ${name('as_json')}(value) as
        case typeof(value)
          when 'TIMESTAMP' then to_json(replace(cast(value as varchar), ' ', 'T'))
          when 'TIMESTAMP WITH TIME ZONE'
            then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
          -- JSON has no NaN and no infinity
          when 'DOUBLE' then case when cast(value as varchar) not in ('nan', '-nan', 'inf', '-inf') then to_json(value) end
          when 'FLOAT' then case when cast(value as varchar) not in ('nan', '-nan', 'inf', '-inf') then to_json(value) end
          else to_json(value)
        end
    `,
    sql`
      -- a double as the id that it stands for: 12.0 is 12, 1e6 is 1000000
      create or replace macro ${name('number_text')}(value) as
        case
          when abs(value) < 1e37 and value = trunc(value) then cast(cast(value as hugeint) as varchar)
          else cast(value as varchar)
        end
    `,
    sql`
      -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
      create or replace macro ${name('json_id')}(value) as
        case json_type(value)
          when 'VARCHAR' then nullif(value ->> '$', '')
          when 'DOUBLE' then ${name('number_text')}(cast(value as double))
          when 'OBJECT' then null
          when 'ARRAY' then null
          else value ->> '$'
        end
    `,
    sql`
      -- a JSON list from a JSON value: lists as they are, list-like texts read, a scalar as a list of one
      create or replace macro ${name('json_list')}(value) as
        case
          when json_type(value) = 'ARRAY' then value
          when not starts_with(value ->> '$', '[') then json_array(value)
          when regexp_matches(value ->> '$', ${literal(JSON_LIST)}) then cast(value ->> '$' as json)
          when not ends_with(value ->> '$', ']') then json_array(value)
          when not regexp_matches(value ->> '$', '["{]')
            then to_json(string_split_regex(trim(substring(value ->> '$', 2, length(value ->> '$') - 2)), '\\s*,\\s*'))
        end
    `,
    sql`
      -- one user or insert id, from a value of any type
      create or replace macro ${name('id')}(value) as
        case
          when typeof(value) = 'JSON' then ${name('json_id')}(to_json(value))
          when typeof(value) in ('DOUBLE', 'FLOAT') then ${name('json_id')}(${name('as_json')}(value))
          when typeof(value) like 'DECIMAL%'
            then regexp_replace(cast(value as varchar), '(\\.[0-9]*[1-9])0+$|\\.0*$', '\\1')
          when typeof(value) like 'TIMESTAMP%' then ${name('as_json')}(value) ->> '$'
          else nullif(cast(value as varchar), '')
        end
    `,
    sql`
      -- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
      create or replace macro ${name('group_ids')}(value) as
        case
          -- mostly one id as plain text
          when typeof(value) = 'VARCHAR' and not starts_with(cast(value as varchar), '[')
            then [id for id in [cast(value as varchar)] if id <> '']
          when typeof(value) like 'DECIMAL%' or typeof(value) in ('BIGINT', 'HUGEINT', 'UHUGEINT', 'UBIGINT')
            then [id for id in [${name('id')}(value)] if id <> '']
          else coalesce(
            list_sort(list_distinct([
              id
              for id in [
                ${name('json_id')}(member) for member in cast(${name('json_list')}(${name('as_json')}(value)) as json[])
              ]
              if id <> ''
            ])),
            []
          )
        end
    `,
    sql`
      -- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
      create or replace macro ${name('utc')}(value, zone) as
        nullif(nullif(
          case
            when typeof(value) = 'VARCHAR' and not regexp_matches(cast(value as varchar), ${literal(INSTANT)}) then null
            -- text with an offset is only read right by way of timestamptz, and without UTC and spaces
            when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), ${literal(`:.*${HAS_OFFSET}`)})
              then timezone('UTC', try_cast(regexp_replace(
                regexp_replace(cast(value as varchar), ' ?(Z|UTC)$', '+00'), ' ([+-])', '\\1'
              ) as timestamptz))
            when typeof(value) = 'TIMESTAMP WITH TIME ZONE' then timezone('UTC', try_cast(value as timestamptz))
            when zone = 'UTC' then try_cast(value as timestamp)
            else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
          end,
          timestamp 'infinity'
        ), timestamp '-infinity')
    `,
    sql`
      -- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
      create or replace macro ${name('utc_from_epoch')}(value, microseconds) as
        make_timestamp(
          case
            when try_cast(round(try_cast(value as decimal(30, 6)) * microseconds) as bigint)
              between ${literal(EPOCH_RANGE.from)} and ${literal(EPOCH_RANGE.to)}
              then try_cast(round(try_cast(value as decimal(30, 6)) * microseconds) as bigint)
          end
        )
    `,
    sql`
      -- the { and } of a value, without those in texts
      create or replace macro ${name('braces')}(value) as
        regexp_replace(regexp_replace(cast(value as varchar), '"([^"\\\\]|\\\\.)*"', '', 'g'), '[^{}]', '', 'g')
    `,
    sql`
      -- how many objects lie inside of each other: the most that are open at one place
      create or replace macro ${name('object_depth')}(value) as
        coalesce(list_max([
          2 * length(replace(left(${name('braces')}(value), place), '}', '')) - place
          for place in range(1, length(${name('braces')}(value)) + 1)
        ]), 0)
    `,
    sql`
      -- the members of an object in one text whose order is the same on every engine
      create or replace macro ${name('ordered_text')}(value) as
        array_to_string([
          name || '=' || coalesce(json_extract_string(value, '$."' || replace(name, '"', '\\"') || '"'), '')
          for name in list_sort(json_keys(value))
        ], chr(31))
    `,
    sql`
      -- in lower case, for comparing; a final sigma is a sigma
      create or replace macro ${name('folded')}(value) as replace(lower(value), chr(962), chr(963))
    `,
    sql`
      -- without white space at the ends, of any width or none
      create or replace macro ${name('trimmed')}(value) as
        regexp_replace(value, ${literal(`^${SPACES}+|${SPACES}+$`)}, '', 'g')
    `,
    sql`
      -- 0012 and 12.0 are 12, .5 is 0.5 and -0 is 0; text that is no number stays as it is
      create or replace macro ${name('plain_number')}(value) as
        case
          when regexp_matches(value, ${literal(PLAIN_NUMBER)})
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
    ...fileDefinitions(schema),
  ]
}

/** White space as a set of a regular expression; one literal is planned faster than a list of characters. */
const SPACES = `[${[...ASCII_SPACES, ...OTHER_SPACES].map((code) => `\\x{${code.toString(16)}}`).join('')}]`

function functions(schema: string): SqlFunctions {
  const name = (fn: string) => identifier(schema, fn)
  const fn: SqlFunctions = {
    text: (value) => sql`cast(${value} as varchar)`,
    id: (value) => sql`${name('id')}(${value})`,
    idList: (value) => sql`${name('group_ids')}(${value})`,
    hasIds: (list) => sql`len(${list}) > 0`,
    idCount: (list) => sql`len(${list})`,
    noIds: () => sql`cast([] as varchar[])`,

    instant(value, format, zone) {
      if (format === 'timestamp') return sql`${name('utc')}(${value}, ${literal(zone)})`
      return sql`${name('utc_from_epoch')}(${value}, ${literal(MICROSECONDS[format])})`
    },

    now: () => sql`timezone('UTC', now())`,
    instantLiteral: (iso) => sql`timestamp ${literal(utcText(iso))}`,

    localDay: (instant, zone) =>
      zone === 'UTC'
        ? sql`cast(${instant} as date)`
        : sql`cast(timezone(${literal(zone)}, timezone('UTC', ${instant})) as date)`,

    periodStart(day, period, weekStart) {
      if (period === 'day') return day
      if (period === 'month' || weekStart === 'monday')
        return sql`cast(date_trunc(${literal(period)}, ${day}) as date)`
      return sql`${day} - cast((isodow(${day}) + ${literal(7 - ISO_WEEKDAY[weekStart])}) % 7 as integer)`
    },

    hourStart(instant, zone) {
      if (zone === 'UTC') return sql`date_trunc('hour', ${instant})`
      const local = sql`timezone(${literal(zone)}, timezone('UTC', ${instant}))`
      return sql`${instant} - (${local} - date_trunc('hour', ${local}))`
    },

    microseconds: (instant) => sql`epoch_us(${instant})`,
    instantOf: (microseconds) => sql`make_timestamp(${microseconds})`,
    eachInteger: (from, to) => sql`unnest(generate_series(${from}, ${to}))`,
    isNoneOf: (value, select) => sql`
      ${value} not in (
        ${select}
      )
    `,
    median: (value) => sql`median(${value})`,

    firstBy(value, order, when) {
      const filtered = when ? sql` filter (where ${when})` : sql``
      return sql`first(${value} order by ${join(order, ', ')})${filtered}`
    },

    // the last value is found by its place; max() would build a tree over all rows
    latestSoFar: (time, when, over) =>
      sql`last_value(case when ${when} then ${time} end ignore nulls) over ${over}`,

    scansPerName: true,

    nextAt({ rows, keep, from, events, where, keys, at, strictly, as, found }) {
      const equal = keys.map((key) => sql`e.${key} = r.${key}`)
      const later = sql`r.${from} ${strictly ? sql`<` : sql`<=`} e.${at}`
      const candidates = where
        ? sql`(select ${join([...keys, at], ', ')} from ${events} where ${where})`
        : events
      // an asof join may find something for a row without a time to look from
      const nextTime = found
        ? sql`e.${at} as ${as}`
        : sql`case when r.${from} is not null then e.${at} end as ${as}`
      return sql`
        select ${join([...keep.map((column) => sql`r.${column}`), nextTime], ', ')}
        from ${rows} as r
        asof ${found ? sql`join` : sql`left join`} ${candidates} as e
          on ${join([...equal, later], ' and ')}
        ${found ? sql`where r.${from} is not null` : sql``}
      `
    },

    json: (value) => sql`cast(${value} as json)`,
    jsonField: (json, property) => sql`json_extract(${json}, ${path(property)})`,
    jsonText: (json, property) => sql`json_extract_string(${json}, ${path(property)})`,

    jsonScalar: (json) => sql`${json} ->> '$'`,

    // Reading the object into a map is several times faster than a join with json_each.
    members: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`unnest(map_keys(members)) as property`, sql`unnest(map_values(members)) as value`], ', ')}
      from (
        select ${join([...keep, sql`try_cast(${json} as map(varchar, json)) as members`], ', ')}
        from ${rows}
        ${where ? sql`where ${where}` : sql``}
      ) as read_members
    `,

    // A path with a wildcard is several times faster than a join with json_tree.
    valuesInside: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`unnest(list_prepend(${json}, json_extract(${json}, '$..*'))) as value`], ', ')}
      from ${rows}
      ${where ? sql`where ${where}` : sql``}
    `,

    // The first character says it, without reading the value.
    jsonKind: (json) => sql`
      case left(${json}, 1)
        when '"' then 'string'
        when '[' then 'array'
        when '{' then 'object'
        when 't' then 'boolean'
        when 'f' then 'boolean'
        when 'n' then 'null'
        else case when ${json} is null then 'null' else 'number' end
      end
    `,

    jsonBytes: (json) => sql`
      case left(${json}, 1)
        when '[' then strlen(${json})
        when '{' then strlen(${json})
        -- without escapes it is only the quotes that do not count
        when '"' then case when contains(${json}, '\\') then strlen(${json} ->> '$') else strlen(${json}) - 2 end
      end
    `,

    memberCount: (json) => sql`coalesce(len(json_keys(${json})), 0)`,
    objectDepth: (json) => sql`${name('object_depth')}(${json})`,
    jsonExceeds: (json, bytes) => sql`strlen(${json}) > ${literal(bytes)}`,
    // one more for the object itself
    jsonNests: (json, levels) => sql`${json} like ${literal(`${'%{'.repeat(levels + 1)}%`)}`,

    jsonObject(members) {
      if (members.length === 0) return sql`json_object()`
      const pairs = members.map(([key, value]) => sql`${literal(key)}, ${name('as_json')}(${value})`)
      // merging an object leaves its null members out
      return sql`
        json_merge_patch('{}', json_object(
          ${join(pairs, ',\n')}
        ))
      `
    },

    jsonRenamed: (json, renamed) =>
      renamed.reduce((renaming, [from, to]) => {
        const moved = sql`json_object(${literal(from)}, null, ${literal(to)}, ${fn.jsonField(json, from)})`
        return sql`
          case
            when json_exists(${json}, ${path(from)}) then json_merge_patch(${renaming}, ${moved})
            else ${renaming}
          end
        `
      }, json),

    typed(text, type) {
      if (type === 'text') return sql`cast(${text} as varchar)`
      if (type === 'timestamp') return fn.instant(text, 'timestamp', 'UTC')
      if (type === 'boolean') {
        return sql`case when lower(${text}) in ('true', 'false', 't', 'f', '1', '0') then cast(${text} as boolean) end`
      }
      if (type === 'integer' || type === 'number') {
        return sql`case when regexp_matches(${text}, ${literal(NUMBER)}) then try_cast(${text} as ${TYPES[type]}) end`
      }
      if (type === 'json') return sql`case when json_valid(${text}) then cast(${text} as json) end`
      return sql`try_cast(${text} as ${TYPES[type]})`
    },

    byteCount: (text) => sql`strlen(${text})`,
    hash: (values) => sql`hash(${join(values, ', ')})`,
    byBytes: (text) => text,
    folded: (text) => sql`${name('folded')}(${text})`,
    trimmed: (text) => sql`${name('trimmed')}(${text})`,
    composed: (text) => sql`nfc_normalize(${text})`,
    plainNumber: (text) => sql`${name('plain_number')}(${text})`,
    joined: (text) => sql`translate(${text}, ' _-', '')`,
    snakeCase: (text) => sql`lower(regexp_replace(${text}, '([a-z0-9])([A-Z])', '\\1_\\2', 'g'))`,
    matches: (text, pattern) => sql`regexp_full_match(${text}, ${literal(pattern)})`,
    rowJson: (alias) => sql`to_json(${alias})`,
    jsonTextNamed: (json, property) =>
      sql`json_extract_string(${json}, '$."' || replace(replace(${property}, '\\', '\\\\'), '"', '\\"') || '"')`,
    orderedText: (json) => sql`${name('ordered_text')}(${json})`,
    type: (type) => TYPES[type],
  }
  return fn
}

const TYPES = {
  text: trusted('varchar'),
  'text[]': trusted('varchar[]'),
  bigint: trusted('bigint'),
  integer: trusted('bigint'),
  number: trusted('double'),
  boolean: trusted('boolean'),
  timestamp: trusted('timestamp'),
  date: trusted('date'),
  json: trusted('json'),
}

export const duckdb: Dialect = {
  name: 'duckdb',
  functions,
  definitions,
  readFiles,
}
