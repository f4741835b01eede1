/**
 * The macros that generated SQL calls on DuckDB: reading ids, lists, numbers, JSON and times from values of any
 * type would otherwise fill pages of every query. `typeof` is known when a query is planned, so a macro costs
 * what its branch for the type of a column costs.
 */
import { identifier, literal, sql, type Sql } from '../../sql/sql.ts'
import { TRIMMED, type Name } from './define.ts'
import { fileDefinitions } from './read_files.ts'
import { nested, NUMBER_OR_NESTED, UNSETTLED } from './nested.ts'
import { numbers } from './numbers.ts'
import {
  ARRAY_ITEM,
  ASCII_SPACES,
  BRACE_LIST,
  BRACED_GUID,
  BRACKET_LIST,
  EPOCH_RANGE,
  HAS_OFFSET,
  INSTANT,
  JSON_LIST,
  LIST_ITEM,
  NO_ARRAY_ITEM,
  NO_ITEM,
  NUMBER,
  OTHER_SPACES,
  PRINTED_LIST,
} from '../lib/patterns.ts'

/** White space as a set of a regular expression; one literal is planned faster than a list of characters. */
const SPACES = `[${[...ASCII_SPACES, ...OTHER_SPACES].map((code) => `\\x{${code.toString(16)}}`).join('')}]`

export function definitions(schema: string): Sql[] {
  const name = (fn: string) => identifier(schema, fn)
  return [
    ...numbers(name),
    ...fileDefinitions(schema),
    ...nested(name),
    ...json(name),
    ...ids(name),
    ...times(name),
    ...texts(name),
  ]
}

function json(name: Name): Sql[] {
  return [
    sql`
      -- text without the character 0, which PostgreSQL cannot store
      create or replace macro ${name('storable_text')}(value) as
        case when contains(value, chr(0)) then replace(value, chr(0), '') else value end
    `,
    sql`
      -- JSON from text, null where it is none
      create or replace macro ${name('json_of_text')}(value) as
        ${name('storable_json')}(try_cast(ltrim(value, ${TRIMMED}) as json))
    `,
    sql`
      -- an object with several members of one name has the last of them, as in the parsers of most languages
      create or replace macro ${name('without_doubled')}(value) as
        case
          when starts_with(cast(value as varchar), '{')
            then cast(
              '{' || [
                array_to_string(
                  [
                    to_json(names[place]) || ':' || json_extract(value, '$.*')[place]
                    for place in range(1, len(names) + 1)
                    if not list_contains(names[place + 1:], names[place])
                  ],
                  ','
                )
                for names in [json_keys(value)]
              ][1] || '}' as json
            )
          else value
        end
    `,
    sql`
      -- a JSON object from JSON, from text that holds it, or out of a text in JSON that holds it once more
      create or replace macro ${name('json_object_of')}(value) as
        case
          -- mostly an object as it should be
          when not contains(typeof(value), 'FLOAT') and starts_with(cast(value as varchar), '{')
              and list_unique(json_keys(try_cast(value as json))) = len(json_keys(try_cast(value as json)))
              and not regexp_matches(cast(value as varchar), '(?i)(^|[,:\\[\\s-])(nan|inf)|\\\\u0000')
            then try_cast(value as json)
          else [
            ${name('without_doubled')}(found)
            for found in [
              coalesce(
                case when starts_with(given ->> '$', '{') then ${name('json_of_text')}(given ->> '$') end,
                given
              )
              for given in [
                case
                  when typeof(value) = 'VARCHAR' then ${name('json_of_text')}(cast(value as varchar))
                  when typeof(value) = 'BLOB' then ${name('json_of_text')}(try(decode(cast(value as blob))))
                  else ${name('nested_json')}(value)
                end
              ]
            ]
          ][1]
        end
    `,
    sql`
      -- a column as JSON: numbers in their normal text, times in ISO 8601 with a T
      create or replace macro ${name('as_json')}(value) as
        case
          when typeof(value) = 'JSON' then ${name('storable_json')}(cast(value as json))
          when typeof(value) = 'VARCHAR' then to_json(${name('storable_text')}(cast(value as varchar)))
          when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') then to_json(value)
          when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
            then cast(${name('number_text')}(cast(value as varchar)) as json)
          when regexp_matches(typeof(value), '^TIMESTAMP(_S|_MS|_NS)?$')
            then to_json(replace(cast(cast(value as timestamp) as varchar), ' ', 'T'))
          when typeof(value) = 'TIMESTAMP WITH TIME ZONE'
            then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
          when typeof(value) = 'INTERVAL' then to_json(cast(value as varchar))
          when typeof(value) = 'BLOB' then to_json(try(decode(cast(value as blob))))
          -- the text of a list of numbers has all of their digits; as JSON they would go through doubles
          when regexp_matches(typeof(value), '^(DOUBLE|FLOAT|DECIMAL[(][0-9,]*[)])\\[')
            then cast(
              regexp_replace(
                regexp_replace(cast(value as varchar), 'NULL|-?(nan|inf)', 'null', 'g'),
                '([.][0-9]*[1-9])0+([],])|[.]0*([],])', '\\1\\2\\3', 'g'
              ) as json
            )
          when regexp_matches(typeof(value), '^TIMESTAMP(_S|_MS|_NS)?\\[\\d*\\]$')
            then to_json([replace(cast(member as varchar), ' ', 'T') for member in try_cast(value as timestamp[])])
          when regexp_matches(typeof(value), '^TIMESTAMP WITH TIME ZONE\\[\\d*\\]$')
            then to_json([
              replace(cast(timezone('UTC', member) as varchar), ' ', 'T') || '+00:00'
              for member in try_cast(value as timestamptz[])
            ])
          when regexp_matches(typeof(value), '^BLOB\\[\\d*\\]$')
            then to_json([try(decode(member)) for member in try_cast(value as blob[])])
          else ${name('nested_json')}(value)
        end
    `,
    sql`
      -- the text of a property: numbers in their normal text, so that 10, 10.0 and 1e1 are one value; a list or an
      -- object as JSON without spaces, with the members in order
      create or replace macro ${name('property_text')}(value, path) as
        case
          when ascii(json_extract_string(value, path)) in (${NUMBER_OR_NESTED})
            then [
              case
                when regexp_matches(written, ${literal(UNSETTLED)})
                    and json_type(value, path) in ('DOUBLE', 'OBJECT', 'ARRAY')
                  then [${name('in_order')}(plain) for plain in [${name('plain_numbers')}(written)]][1]
                else written
              end
              for written in [json_extract_string(value, path)]
            ][1]
          else json_extract_string(value, path)
        end
    `,
    sql`
      -- any value as the text that it stands for: 12.0 is 12, 1e6 is 1000000, and NaN is none
      create or replace macro ${name('value_text')}(value) as
        case
          when typeof(value) = 'VARCHAR' then ${name('storable_text')}(cast(value as varchar))
          when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
            then cast(value as varchar)
          -- as JSON it would go through a double
          when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
            then ${name('number_text')}(cast(value as varchar))
          else [${name('property_text')}(given, '$') for given in [${name('as_json')}(value)]][1]
        end
    `,
    sql`
      -- a number or a truth value, and not a text that may read like one
      create or replace macro ${name('is_plain')}(value) as
        case
          when typeof(value) = 'VARCHAR' then false
          when regexp_matches(typeof(value), '^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL[(][0-9,]*[)])$')
            then true
          else json_type(${name('as_json')}(value)) in ('BOOLEAN', 'UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')
        end
    `,
    sql`
      -- two objects in one; what both have is the first one's, unless it is null there
      create or replace macro ${name('merged')}(first_object, second_object) as
        case
          when first_object is null or json_type(first_object) <> 'OBJECT' then coalesce(second_object, first_object)
          when second_object is null or json_type(second_object) <> 'OBJECT' then first_object
          else to_json(map_concat(
            try_cast(second_object as map(varchar, json)),
            map_from_entries([
              member for member in map_entries(try_cast(first_object as map(varchar, json))) if member.value is not null
            ])
          ))
        end
    `,
    sql`
      -- an object without the old members, and with new ones in text, of which those without a value are none
      create or replace macro ${name('renamed')}(value, old, new) as
        cast('{' || concat_ws(
          ',',
          nullif(array_to_string([
            to_json(member.key) || ':' || coalesce(cast(member.value as varchar), 'null')
            for member in map_entries(try_cast(value as map(varchar, json)))
            if not list_contains(old, member.key)
              and not list_contains([added.name for added in new if added.value is not null], member.key)
          ], ','), ''),
          nullif(array_to_string([
            to_json(added.name) || ':' || added.value
            for added in new
            if added.value is not null
          ], ','), '')
        ) || '}' as json)
    `,
    sql`
      -- an object without these members
      create or replace macro ${name('without')}(value, members) as
        case
          when json_type(value) = 'OBJECT' and len(list_intersect(json_keys(value), members)) > 0
            then cast('{' || array_to_string([
              to_json(member.key) || ':' || coalesce(cast(member.value as varchar), 'null')
              for member in map_entries(try_cast(value as map(varchar, json)))
              if not list_contains(members, member.key)
            ], ',') || '}' as json)
          else value
        end
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
          name || '=' || coalesce(
            ${name('property_text')}(value, '$."' || replace(replace(name, '\\', '\\\\'), '"', '\\"') || '"'), ''
          )
          for name in list_sort(json_keys(value))
        ], chr(31))
    `,
  ]
}

function ids(name: Name): Sql[] {
  return [
    sql`
      -- the text in quotes: escapes of JSON and Python, or else a backslash before any character
      create or replace macro ${name('unquoted')}(item) as
        coalesce(
          [
            case when json_valid('"' || body || '"') then cast('"' || body || '"' as json) ->> '$' end
            for body in [
              replace(
                replace(replace(replace(
                  regexp_replace(
                    replace(replace(replace(
                      replace(substring(item, 2, length(item) - 2), '\\\\', chr(1)),
                      '\\''', ''''), '\\"', '"'), '"', '\\"'),
                    '\\\\x([0-9A-Fa-f]{2})', '\\\\u00\\1', 'g'
                  ),
                  chr(9), '\\t'), chr(10), '\\n'), chr(13), '\\r'),
                chr(1), '\\\\'
              )
            ]
          ][1],
          regexp_replace(substring(item, 2, length(item) - 2), '\\\\(.)', '\\1', 'gs')
        )
    `,
    sql`
      -- the id that an item of a list in text stands for, unless it says that there is none
      create or replace macro ${name('item_id')}(item, no_item) as
        case
          when left(item, 1) in ('"', '''') then ${name('unquoted')}(item)
          when not regexp_matches(rtrim(item, ${TRIMMED}), no_item) then rtrim(item, ${TRIMMED})
        end
    `,
    sql`
      -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
      create or replace macro ${name('json_id')}(value) as
        case json_type(value)
          when 'VARCHAR' then nullif(value ->> '$', '')
          when 'DOUBLE' then ${name('number_text')}(value ->> '$')
          when 'OBJECT' then null
          when 'ARRAY' then null
          else value ->> '$'
        end
    `,
    sql`
      -- ids of a JSON list
      create or replace macro ${name('ids_of_json_list')}(value) as
        [${name('json_id')}(member) for member in cast(value as json[])]
    `,
    sql`
      -- ids of text that may be a list as JSON, Python, DuckDB or PostgreSQL write it; other text is one id
      create or replace macro ${name('ids_of_text')}(value) as
        case
          when left(value, 1) not in ('[', '{') then [value]
          when regexp_matches(value, ${literal(JSON_LIST)}) then ${name('ids_of_json_list')}(cast(value as json))
          when regexp_matches(value, ${literal(PRINTED_LIST)}) then [value]
          when regexp_matches(value, ${literal(BRACKET_LIST)})
            then [${name('item_id')}(item, ${literal(NO_ITEM)}) for item in regexp_extract_all(value, ${literal(LIST_ITEM)})]
          when regexp_matches(value, ${literal(BRACED_GUID)}) then [value]
          when regexp_matches(value, ${literal(BRACE_LIST)})
            then [
              ${name('item_id')}(item, ${literal(NO_ARRAY_ITEM)})
              for item in regexp_extract_all(value, ${literal(ARRAY_ITEM)})
            ]
          else [value]
        end
    `,
    sql`
      -- one user or insert id, from a value of any type
      create or replace macro ${name('id')}(value) as
        case
          when typeof(value) = 'VARCHAR' then nullif(${name('storable_text')}(cast(value as varchar)), '')
          when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
            then cast(value as varchar)
          when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
            then ${name('number_text')}(cast(value as varchar))
          else [${name('json_id')}(given) for given in [${name('as_json')}(value)]][1]
        end
    `,
    sql`
      -- a number in JSON with a fraction or an exponent, beyond the whole numbers that a double holds one by one
      create or replace macro ${name('is_rounded_number')}(value) as
        json_type(value) = 'DOUBLE'
          and regexp_matches(cast(value as varchar), '[.eE]')
          and abs(try_cast(value ->> '$' as double)) >= 9007199254740992
    `,
    sql`
      -- such a number in a list in JSON
      create or replace macro ${name('is_rounded_list')}(value) as
        regexp_matches(cast(value as varchar), '[.eE]')
          and len([member for member in try_cast(value as json[]) if ${name('is_rounded_number')}(member)]) > 0
    `,
    sql`
      -- a number beyond the whole numbers that its type holds one by one; also one in a list, in whatever a list is
      create or replace macro ${name('is_rounded')}(value) as
        coalesce(
          case
            -- NaN and infinity, as files have them where a value is missing, are no ids
            when typeof(value) in ('FLOAT', 'DOUBLE') and not isfinite(cast(value as double)) then false
            when typeof(value) = 'FLOAT' then abs(cast(value as double)) >= 16777216
            when typeof(value) = 'DOUBLE' then abs(cast(value as double)) >= 9007199254740992
            when regexp_matches(typeof(value), '^(FLOAT|DOUBLE)\\[\\d*\\]$')
              then list_max([abs(number) for number in try_cast(value as double[]) if isfinite(number)])
                >= case when starts_with(typeof(value), 'FLOAT') then 16777216 else 9007199254740992 end
            -- as JSON a fraction goes through a double
            when regexp_matches(typeof(value), '^DECIMAL[(][0-9]+,[1-9][0-9]*[)]\\[\\d*\\]$')
              then regexp_matches(cast(value as varchar), '[0-9]{16,}[.][0-9]*[1-9]')
                and list_max([abs(number) for number in try_cast(value as double[])]) >= 9007199254740992
            when typeof(value) = 'JSON'
              then [
                case
                  -- also in a text that is a list
                  when json_type(value) = 'ARRAY' or regexp_matches(said, ${literal(JSON_LIST)})
                    then ${name('is_rounded_list')}(try_cast(said as json))
                  else ${name('is_rounded_number')}(value)
                end
                for said in [value ->> '$']
              ][1]
            when typeof(value) = 'VARCHAR'
              then regexp_matches(cast(value as varchar), ${literal(JSON_LIST)})
                and ${name('is_rounded_list')}(try_cast(value as json))
            else false
          end,
          false
        )
    `,
    sql`
      -- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
      create or replace macro ${name('group_ids')}(value) as
        case
          -- mostly one id as plain text
          when typeof(value) = 'VARCHAR' and left(cast(value as varchar), 1) not in ('[', '{')
            then [id for id in [${name('storable_text')}(cast(value as varchar))] if id <> '']
          when typeof(value) = 'VARCHAR'
            then [
              list_sort(list_distinct([id for id in ${name('ids_of_text')}(given) if id <> '']))
              for given in [${name('storable_text')}(cast(value as varchar))]
            ][1]
          when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
            then [id for id in [cast(value as varchar)] if id is not null]
          when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
            then [id for id in [${name('number_text')}(cast(value as varchar))] if id is not null]
          else coalesce(
            [
              list_sort(list_distinct([
                id
                for id in case json_type(given)
                  when 'ARRAY' then ${name('ids_of_json_list')}(given)
                  when 'VARCHAR' then [${name('ids_of_text')}(read) for read in [given ->> '$']][1]
                  else [${name('json_id')}(given)]
                end
                if id <> ''
              ]))
              for given in [${name('as_json')}(value)]
            ][1],
            []
          )
        end
    `,
  ]
}

function times(name: Name): Sql[] {
  return [
    sql`
      -- a timestamp of the years 1 to 9999, which every program can show
      create or replace macro ${name('in_calendar')}(instant) as
        case
          when instant between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then instant
        end
    `,
    sql`
      -- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
      create or replace macro ${name('utc')}(value, zone) as
        ${name('in_calendar')}(
          case
            when typeof(value) = 'VARCHAR' and not regexp_matches(cast(value as varchar), ${literal(INSTANT)}) then null
            -- what ends in Z is in UTC as it stands
            when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), '[0-9]Z$')
              then try_cast(value as timestamp)
            -- text with another offset is only read right by way of timestamptz, and without UTC and spaces
            when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), ${literal(`:.*${HAS_OFFSET}`)})
              then timezone('UTC', try_cast(regexp_replace(
                regexp_replace(cast(value as varchar), ' ?(Z|UTC)$', '+00'), ' ([+-])', '\\1'
              ) as timestamptz))
            when typeof(value) = 'TIMESTAMP WITH TIME ZONE' then timezone('UTC', try_cast(value as timestamptz))
            when zone = 'UTC' then try_cast(value as timestamp)
            else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
          end
        )
    `,
    sql`
      -- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
      create or replace macro ${name('utc_from_epoch')}(value, microseconds) as
        case
          when typeof(value) in ('SMALLINT', 'INTEGER', 'BIGINT')
            then make_timestamp(
              case
                when cast(value as hugeint) * microseconds >= ${literal(EPOCH_RANGE.from)}
                    and cast(value as hugeint) * microseconds < ${literal(EPOCH_RANGE.before)}
                  then cast(cast(value as hugeint) * microseconds as bigint)
              end
            )
          else [
              make_timestamp(
                case
                  when units >= ${literal(EPOCH_RANGE.from)} and units < ${literal(EPOCH_RANGE.before)}
                    then cast(units as bigint)
                end
              )
              for units in [
                round(
                  -- with an exponent a cast to decimal is off by one in the last digit below 0
                  try_cast(${name('without_exponent')}(trim(cast(value as varchar))) as decimal(24, 6)) * microseconds
                )
              ]
              if regexp_matches(cast(value as varchar), ${literal(NUMBER)})
            ][1]
        end
    `,
  ]
}

function texts(name: Name): Sql[] {
  return [
    sql`
      -- in lower case, for comparing; a final sigma is a sigma
      create or replace macro ${name('folded')}(value) as replace(lower(value), chr(962), chr(963))
    `,
    sql`
      -- without white space at the ends, of any width or none
      create or replace macro ${name('trimmed')}(value) as
        regexp_replace(value, ${literal(`^${SPACES}+|${SPACES}+$`)}, '', 'g')
    `,
  ]
}
