/** DuckDB: reads files in place, has native lists and `try_cast`. */
import { identifier, join, literal, sql, trusted, type Sql } from '../sql/sql.ts'
import type { Dialect, SqlFunctions } from './dialect.ts'
import { ISO_WEEKDAY, JSON_LIST, MICROSECONDS } from './json_list.ts'

const path = (property: string) => literal(`$."${property.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)

const naiveOrOffset = sql`'(Z|[+-][0-9]{2}(:?[0-9]{2})?)$'`

function definitions(schema: string): Sql[] {
  const name = (fn: string) => identifier(schema, fn)
  return [
    sql`
      -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
      create or replace macro ${name('json_id')}(value) as
        case json_type(value)
          when 'VARCHAR' then nullif(value ->> '$', '')
          when 'DOUBLE' then
            case
              when cast(value as double) = trunc(cast(value as double)) and abs(cast(value as double)) < 1e37
                then cast(cast(cast(value as double) as hugeint) as varchar)
              else rtrim(cast(cast(cast(value as double) as decimal(38, 12)) as varchar), '0')
            end
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
          when typeof(value) in ('DOUBLE', 'FLOAT', 'JSON') or typeof(value) like 'DECIMAL%'
            then ${name('json_id')}(to_json(value))
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
          else coalesce(
            list_sort(list_distinct([
              id
              for id in [${name('json_id')}(member) for member in cast(${name('json_list')}(to_json(value)) as json[])]
              if id <> ''
            ])),
            []
          )
        end
    `,
    sql`
      -- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
      create or replace macro ${name('utc')}(value, zone) as
        case
          -- text with an offset is only read right by way of timestamptz
          when typeof(value) = 'TIMESTAMP WITH TIME ZONE'
            or (typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), ${naiveOrOffset}) and length(cast(value as varchar)) > 10)
            then timezone('UTC', try_cast(value as timestamptz))
          when zone = 'UTC' then try_cast(value as timestamp)
          else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
        end
    `,
    sql`
      -- a JSON value; timestamps become ISO 8601 text with a T
      create or replace macro ${name('as_json')}(value) as
        case typeof(value)
          when 'TIMESTAMP' then to_json(replace(cast(value as varchar), ' ', 'T'))
          when 'TIMESTAMP WITH TIME ZONE'
            then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
          else to_json(value)
        end
    `,
  ]
}

function functions(schema: string): SqlFunctions {
  const name = (fn: string) => identifier(schema, fn)
  const fn: SqlFunctions = {
    text: (value) => sql`cast(${value} as varchar)`,
    id: (value) => sql`${name('id')}(${value})`,
    idList: (value) => sql`${name('group_ids')}(${value})`,
    hasIds: (list) => sql`len(${list}) > 0`,
    noIds: () => sql`cast([] as varchar[])`,

    instant(value, format, zone) {
      if (format === 'timestamp') return sql`${name('utc')}(${value}, ${literal(zone)})`
      const micros = sql`try_cast(${value} as decimal(30, 6)) * ${literal(MICROSECONDS[format])}`
      return sql`make_timestamp(cast(round(${micros}) as bigint))`
    },

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

    microseconds: (instant) => sql`epoch_us(${instant})`,
    json: (value) => sql`cast(${value} as json)`,
    jsonField: (json, property) => sql`json_extract(${json}, ${path(property)})`,
    jsonText: (json, property) => sql`json_extract_string(${json}, ${path(property)})`,

    jsonScalar: (json) => sql`${json} ->> '$'`,

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
      if (type === 'json') return sql`case when json_valid(${text}) then cast(${text} as json) end`
      return sql`try_cast(${text} as ${TYPES[type]})`
    },

    byBytes: (text) => text,
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

const utcText = (iso: string) => new Date(iso).toISOString().replace('T', ' ').replace('Z', '')

export const duckdb: Dialect = {
  name: 'duckdb',
  functions,
  definitions,
  readFiles({ files, format, columns, textColumns = [] }) {
    const list = files.length === 1 ? literal(files[0] ?? '') : sql`[${join(files.map(literal), ', ')}]`
    if (format === 'parquet') return sql`read_parquet(${list}, union_by_name = true)`
    if (format === 'csv') {
      const types = join(
        textColumns.map((name) => sql`${literal(name)}: 'VARCHAR'`),
        ', ',
      )
      const options = textColumns.length > 0 ? sql`, types = {${types}}` : sql``
      return sql`read_csv(${list}, union_by_name = true${options})`
    }
    if (columns === undefined) {
      return sql`read_json(${list}, format = 'newline_delimited', union_by_name = true)`
    }
    const typed = Object.entries(columns).map(([name, type]) => sql`${literal(name)}: ${literal(type)}`)
    return sql`read_json(${list}, format = 'newline_delimited', columns = {${join(typed, ', ')}})`
  },
}
