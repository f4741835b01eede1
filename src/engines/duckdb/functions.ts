/** The functions of DuckDB, which has native lists and `try_cast`. */
import { identifier, isShort, join, literal, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import type { PropertyType, SqlFunctions } from '../functions.ts'
import { numberOrder } from './numbers.ts'
import { ISO_WEEKDAY, MICROSECONDS, NUMBER, SCIENTIFIC, WHOLE_NUMBER } from '../lib/patterns.ts'
import { COMMON } from '../lib/common_functions.ts'
import { coalesced, newMembers } from '../lib/renaming.ts'
import { unfolded } from '../lib/unfolded.ts'

const path = (property: string) => literal(`$."${property.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)

const wholeNumbers = (numbers: readonly number[]): Sql => join(numbers.map(literal), ', ')

/**
 * What is made of a value that is not a mere column, with the value written out once: a macro writes its argument
 * out wherever it uses it, and one in another would fill the query.
 * @param as a name that no macro uses for a part of its own
 */
function once(value: Sql, as: string, make: (value: Sql) => Sql): Sql {
  if (/^("[^"]*"|\w+)$/.test(toText(value))) return make(value)
  const named = identifier(as)
  return sql`[${make(named)} for ${named} in [${value}]][1]`
}

/** Text read as a type; null where it is unreadable. */
function typed(
  text: Sql,
  type: PropertyType,
  zone: string,
  fn: SqlFunctions,
  name: (fn: string) => Sql,
): Sql {
  switch (type) {
    case 'text':
      return sql`cast(${text} as varchar)`
    case 'timestamp':
      return fn.instant(text, 'timestamp', zone)
    case 'date':
      return sql`cast(${fn.instant(text, 'timestamp', 'UTC')} as date)`
    case 'boolean':
      return sql`case when lower(${text}) in ('true', 'false', 't', 'f', '1', '0') then cast(${text} as boolean) end`
    case 'integer':
      // A cast would round what has a fraction.
      return sql`
        case
          when regexp_matches(${text}, ${literal(WHOLE_NUMBER)}) then try_cast(${text} as bigint)
          when regexp_matches(${text}, ${literal(SCIENTIFIC)}) and try_cast(${text} as double) = floor(try_cast(${text} as double))
            then try_cast(${text} as bigint)
        end
      `
    case 'number':
      return sql`case when regexp_matches(${text}, ${literal(NUMBER)}) then try_cast(${text} as ${TYPES[type]}) end`
    case 'json':
      return sql`${name('json_of_text')}(${text})`
  }
}

/** As doubles first, which are in the order of the numbers; only where these are one, by all digits. */
function isBeside(
  text: Sql,
  symbol: string,
  number: string,
  fn: SqlFunctions,
  name: (fn: string) => Sql,
): Sql {
  const double = sql`cast(${literal(number)} as double)`
  return sql`
    case
      when ${fn.typed(text, 'number')} <> ${double} then try_cast(${text} as double) ${trusted(symbol)} ${double}
      when ${text} = ${literal(number)} then ${trusted(String(symbol.includes('=')))}
      else ${name('number_order')}(${text}) ${trusted(symbol)} ${literal(numberOrder(number))}
    end
  `
}

export function functions(schema: string): SqlFunctions {
  const name = (fn: string) => identifier(schema, fn)
  const fn: SqlFunctions = {
    ...COMMON,
    text: (value) => sql`cast(${value} as varchar)`,
    id: (value) => sql`${name('id')}(${value})`,
    idList: (value) => sql`${name('group_ids')}(${value})`,
    isRounded: (value) => sql`${name('is_rounded')}(${value})`,
    isRoundedMember: (object, property) =>
      once(fn.jsonField(fn.json(object), property), 'found', fn.isRounded),
    hasIds: (list) => sql`len(${list}) > 0`,
    idCount: (list) => sql`len(${list})`,
    onlyId: (list) => sql`case when len(${list}) = 1 then ${list}[1] end`,
    noIds: () => sql`cast([] as varchar[])`,

    instant(value, format, zone) {
      if (format === 'timestamp') return sql`${name('utc')}(${value}, ${literal(zone)})`
      return sql`${name('utc_from_epoch')}(${value}, ${literal(MICROSECONDS[format])})`
    },

    periodStart(day, period, weekStart) {
      if (period === 'day') return day
      if (period === 'month' || weekStart === 'monday')
        return sql`cast(date_trunc(${literal(period)}, ${day}) as date)`
      return sql`${day} - cast((isodow(${day}) + ${literal(7 - ISO_WEEKDAY[weekStart])}) % 7 as integer)`
    },

    microseconds: (instant) => sql`epoch_us(${instant})`,
    instantOf: (microseconds) => sql`make_timestamp(${microseconds})`,
    stepwise(value, before, steps) {
      const passed = sql`[step for step in [${wholeNumbers(steps.map(([from]) => from))}] if step <= ${value}]`
      return sql`list_extract([${wholeNumbers([before, ...steps.map(([, holds]) => holds)])}], len(${passed}) + 1)`
    },
    eachInteger: (of) => unfolded(of, sql`unnest(generate_series(${of.from}, ${of.to}))`),
    isNoneOf: (value, select) =>
      isShort(select)
        ? sql`${value} not in (${select})`
        : sql`
            ${value} not in (
              ${select}
            )
          `,
    median: (value) => sql`median(${value})`,

    firstBy(value, order, when) {
      const filtered = when ? sql` filter (where ${when})` : sql``
      return sql`first(${value} order by ${join(order, ', ')})${filtered}`
    },

    latestBy: (value, number, when) => sql`arg_max(${value}, ${number}) filter (where ${when})`,

    // the last value is found by its place; max() would build a tree over all rows
    latestSoFar: (time, when, over) =>
      sql`last_value(case when ${when} then ${time} end ignore nulls) over ${over}`,

    nextAt({ rows, keep, from, isTimed, events, where, keys, at, strictly, as, found }) {
      const equal = keys.map((key) => sql`e.${key} = r.${key}`)
      const later = sql`r.${from} ${strictly ? sql`<` : sql`<=`} e.${at}`
      const candidates = where
        ? sql`(select ${join([...keys, at], ', ')} from ${events} where ${where})`
        : events
      // an asof join may find something for a row without a time to look from
      const nextTime =
        found || isTimed
          ? sql`e.${at} as ${as}`
          : sql`case when r.${from} is not null then e.${at} end as ${as}`
      return sql`
        select ${join([...keep.map((column) => sql`r.${column}`), nextTime], ', ')}
        from ${rows} as r
        asof ${found ? sql`join` : sql`left join`} ${candidates} as e
          on ${join([...equal, later], ' and ')}
        ${found && !isTimed ? sql`where r.${from} is not null` : sql``}
      `
    },

    json: (value) => sql`${name('json_object_of')}(${value})`,
    once: sql``,
    jsonField: (json, property) => sql`json_extract(${json}, ${path(property)})`,
    jsonText: (json, property) => sql`json_extract_string(${json}, ${path(property)})`,
    propertyText: (json, property) => sql`${name('property_text')}(${json}, ${path(property)})`,
    valueText: (value) => sql`${name('value_text')}(${value})`,
    isPlain: (value) => sql`${name('is_plain')}(${value})`,

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

    items: ({ rows, keep, json, where }) => sql`
      select ${join([...keep, sql`unnest(items) as value`, sql`unnest(range(1, len(items) + 1)) as item`], ', ')}
      from (
        select ${join([...keep, sql`case when left(${json}, 1) = '[' then try_cast(${json} as json[]) when left(${json}, 1) <> 'n' then [${json}] end as items`], ', ')}
        from ${rows}
        ${where ? sql`where ${where}` : sql``}
      ) as read_items
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
        when '[' then ${name('nested_bytes')}(cast(${json} as varchar))
        when '{' then ${name('nested_bytes')}(cast(${json} as varchar))
        -- without escapes it is only the quotes that do not count
        when '"' then case when contains(${json}, '\\') then strlen(${json} ->> '$') else strlen(${json}) - 2 end
      end
    `,

    memberCount: (json) => sql`coalesce(len(json_keys(${json})), 0)`,
    objectDepth: (json) => sql`${name('object_depth')}(${json})`,
    // a number with an exponent may have many digits
    jsonExceeds: (json, bytes) => sql`
      (strlen(${json}) > ${literal(bytes)} or regexp_matches(cast(${json} as varchar), '[0-9][eE][0-9+-]'))
    `,
    // one more for the object itself
    jsonNests: (json, levels) => sql`${json} like ${literal(`${'%{'.repeat(levels + 1)}%`)}`,

    jsonObject(members) {
      if (members.length === 0) return sql`json_object()`
      const pairs = members.map(([key, value]) => {
        const json = once(value, 'made', (made) => sql`${name('as_json')}(${made})`)
        return sql`${literal(`${JSON.stringify(key)}:`)} || nullif(cast(${json} as varchar), 'null')`
      })
      // As text: what puts objects together would read numbers into doubles, and leave out nulls at any depth.
      return sql`
        json('{' || concat_ws(
          ',',
          ${join(pairs, ',\n')}
        ) || '}')
      `
    },

    // As text, as in `jsonObject`.
    jsonGathered: (name, value) =>
      sql`json('{' || string_agg(to_json(${name}) || ':' || ${value}, ',' order by ${name}) || '}')`,
    jsonListed: (value, order) =>
      sql`json('[' || string_agg(cast(${value} as varchar), ',' order by ${join(order, ', ')}) || ']')`,

    jsonMerged: (first, second) => sql`${name('merged')}(${first}, ${second})`,

    jsonRenamed(json, renamed) {
      const text = (from: string) => sql`nullif(cast(${fn.jsonField(json, from)} as varchar), 'null')`
      const members = newMembers(renamed).map(
        ([to, froms]) => sql`{'name': ${literal(to)}, 'value': ${coalesced(froms.map(text))}}`,
      )
      return sql`
        case
          when ${join(
            renamed.map(([from]) => sql`json_exists(${json}, ${path(from)})`),
            ' or ',
          )}
            then ${name('renamed')}(
              ${json},
              [${join(
                renamed.map(([from]) => literal(from)),
                ', ',
              )}],
              [${join(members, ', ')}]
            )
          else ${json}
        end
      `
    },

    jsonWithout: (json, members) => sql`${name('without')}(${json}, [${join(members.map(literal), ', ')}])`,

    typed: (text, type, zone = 'UTC') => once(text, 'said', (said) => typed(said, type, zone, fn, name)),

    isBeside: (text, symbol, number) =>
      once(text, 'said', (said) => isBeside(said, symbol, number, fn, name)),

    byteCount: (text) => sql`strlen(${text})`,
    hash: (values) => sql`hash(${join(values, ', ')})`,
    byBytes: (text) => text,
    folded: (text) => sql`${name('folded')}(${text})`,
    trimmed: (text) => sql`${name('trimmed')}(${text})`,
    composed: (text) => sql`nfc_normalize(${text})`,
    plainNumber: (text) => sql`${name('plain_number')}(${text})`,
    sharedStart: (one, other) => sql`
      len([
        place
        for place in range(1, least(length(${one}), length(${other})) + 1)
        if left(${one}, place) = left(${other}, place)
      ])
    `,
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
  integer: trusted('integer'),
  number: trusted('double'),
  boolean: trusted('boolean'),
  timestamp: trusted('timestamp'),
  date: trusted('date'),
  json: trusted('json'),
}
