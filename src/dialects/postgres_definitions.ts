/**
 * The functions that generated SQL calls on PostgreSQL, 14 and later: reading ids, lists, numbers, JSON and times
 * from values of any type. Text is checked by regular expression before a cast, for there is no `try_cast`.
 */
import { identifier, join, literal, sql, toText, trusted, type Sql } from '../sql/sql.ts'
import {
  ARRAY_ITEM,
  ASCII_SPACES,
  BARE_FRACTION,
  BRACE_LIST,
  BRACED_GUID,
  BRACKET_LIST,
  EPOCH_RANGE,
  HAS_OFFSET,
  INSTANT,
  JSON_LIST,
  LEADING_ZEROS,
  LIST_ITEM,
  MINUS_ZERO,
  NO_ITEM,
  NUMBER,
  OTHER_SPACES,
  PLAIN_NUMBER,
  TRAILING_ZEROS,
} from './patterns.ts'

type Name = (fn: string) => Sql
type Define = (fn: string, parameters: string, returns: string, body: Sql) => Sql

export function definitions(schema: string): Sql[] {
  const name = (fn: string) => identifier(schema, fn)
  const define: Define = (fn, parameters, returns, body) => sql`
    create or replace function ${name(fn)}(${trusted(parameters)}) returns ${trusted(returns)}
    language sql stable parallel safe
    as $$
      ${body}
    $$
  `
  return [
    ...numbers(name, define),
    ...json(name, define),
    ...ids(name, define),
    ...times(name, define),
    ...texts(name, define),
    unsafeBefore17(schema),
  ]
}

/** Functions that catch what a cast raises, and those that call them. */
const CATCHING = [
  'try_json',
  'try_text',
  'any_json',
  'json_object_of',
  'as_json',
  'value_text',
  'unquoted',
  'item_id',
  'ids_of_text',
  'id',
  'json_ids',
  'group_ids',
  'fold_beyond_ascii',
  'trim_beyond_ascii',
  'folded',
  'trimmed',
]

/** Before PostgreSQL 17 nothing can be caught while a query runs on several processes. */
const unsafeBefore17 = (schema: string): Sql => sql`
  do $$
    declare
      catching regprocedure;
    begin
      if current_setting('server_version_num')::integer < 170000 then
        for catching in
          select oid
          from pg_proc
          where pronamespace = ${literal(toText(identifier(schema)))}::regnamespace
            and proname in (${join(CATCHING.map(literal), ', ')})
        loop
          execute format('alter function %s parallel unsafe', catching);
        end loop;
      end if;
    end
  $$
`

/** A number as a cast to text writes it, and no NaN; what a cast of a constant cannot read would fail a query at once. */
const FINITE = literal('^-?[0-9.]+(?:e[+-]?[0-9]+)?$')

/** Beyond these the neighbours of a double may be none. */
const DOUBLE_RANGE = { from: sql`1e-307`, to: sql`1e307` }

const character = (code: number) => sql`chr(${literal(code)})`

/** White space of ASCII as the characters that `rtrim` takes. */
const TRIMMED = sql`${join(ASCII_SPACES.map(character), ' || ')}`

const IS_TEXT = sql`pg_typeof(value) in ('text', 'varchar', 'bpchar')`

function numbers(name: Name, define: Define): Sql[] {
  return [
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
    define(
      'shortest',
      'value double precision',
      'numeric',
      sql`
        -- the decimal of the fewest digits that is this double; the text of a double sometimes has two more
        select case
          when abs(value) not between ${DOUBLE_RANGE.from} and ${DOUBLE_RANGE.to} then cast(cast(value as text) as numeric)
          when cast(cast(value as numeric) as double precision) = value then cast(value as numeric)
          else cast(cast(value as text) as numeric)
        end
      `,
    ),
    define(
      'number_text',
      'value text',
      'text',
      sql`
        -- a number as JSON writes it, in the one text that all spellings of it have; with a fraction or an exponent
        -- it is what a double holds, as on engines that read it as one
        select case
          when value !~ '[.eE]' then ${name('plain_number')}(value)
          when cast(value as numeric) = 0 then '0'
          when abs(cast(value as numeric)) between ${DOUBLE_RANGE.from} and ${DOUBLE_RANGE.to}
            then cast(trim_scale(${name('shortest')}(cast(value as double precision))) as text)
          else cast(trim_scale(cast(value as numeric)) as text)
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
  ]
}

function json(name: Name, define: Define): Sql[] {
  return [
    sql`
      create or replace function ${name('storable_json')}(value text) returns text
      language sql stable parallel safe
      as $$
        -- JSON without the character 0, which cannot be stored, and without what some programs write in it that is
        -- no JSON: NaN and infinity, and a comma at the end of a list
        select string_agg(
          case
            when left(part[1], 1) = '"'
              -- of two backslashes the second escapes nothing
              then replace(replace(replace(part[1], '\\\\', chr(1)), '\\u0000', ''), chr(1), '\\\\')
            else regexp_replace(
              regexp_replace(part[1], '-?(NaN|Infinity)', 'null', 'g'), ',(\\s*[]}])', '\\1', 'g'
            )
          end,
          '' order by place
        )
        from regexp_matches(value, '"(?:[^"\\\\]|\\\\.)*"|[^"]+', 'g') with ordinality as parts(part, place)
      $$
    `,
    sql`
      create or replace function ${name('try_json')}(value text) returns jsonb
      language plpgsql stable parallel safe
      as $$
        begin
          return cast(value as jsonb);
        exception when others then
          begin
            return cast(${name('storable_json')}(value) as jsonb);
          exception when others then
            -- text that is not JSON
            return null;
          end;
        end
      $$
    `,
    sql`
      create or replace function ${name('try_text')}(value text) returns text
      language plpgsql stable parallel safe
      as $$
        begin
          -- bytes, as PostgreSQL shows them
          return convert_from(decode(substr(value, 3), 'hex'), 'UTF8');
        exception when others then
          return null;
        end
      $$
    `,
    define(
      'any_json',
      'value anyelement',
      'jsonb',
      sql`
        -- a JSON value from JSON, from text that holds JSON, or from a nested value
        select case
          when pg_typeof(value) = 'jsonb'::regtype then to_jsonb(value)
          when ${IS_TEXT} or pg_typeof(value) = 'json'::regtype then ${name('try_json')}(cast(value as text))
          when pg_typeof(value) = 'bytea'::regtype then ${name('try_json')}(${name('try_text')}(cast(value as text)))
          else to_jsonb(value)
        end
      `,
    ),
    define(
      'json_object_of',
      'value jsonb',
      'jsonb',
      sql`
        -- an object out of a text where JSON was written as JSON once more; other values stay as they are
        select case
          when jsonb_typeof(value) = 'string' and left(value #>> '{}', 1) = '{'
            then coalesce(${name('try_json')}(value #>> '{}'), value)
          else value
        end
      `,
    ),
    define(
      'json_object_of',
      'value anyelement',
      'jsonb',
      sql`
        -- a JSON object from JSON, from text that holds it, or out of a text in JSON that holds it once more
        select ${name('json_object_of')}(${name('any_json')}(value))
      `,
    ),
    define(
      'as_json',
      'value anyelement',
      'jsonb',
      sql`
        -- a column as JSON: numbers in their normal text, times in ISO 8601 with a T
        select case
          when ${IS_TEXT} then to_jsonb(cast(value as text))
          when pg_typeof(value) = 'json'::regtype then ${name('try_json')}(cast(value as text))
          -- JSON has no NaN and no infinity
          when pg_typeof(value) in ('numeric', 'real')
            then to_jsonb(trim_scale(cast(substring(cast(value as text) from ${FINITE}) as numeric)))
          when pg_typeof(value) = 'double precision'::regtype
            then to_jsonb(
              trim_scale(${name('shortest')}(cast(substring(cast(value as text) from ${FINITE}) as double precision)))
            )
          -- as DuckDB writes it
          when pg_typeof(value) = 'interval'::regtype
            then to_jsonb(
              regexp_replace(
                replace(regexp_replace(cast(value as text), '\\mmon(s?)\\M', 'month\\1', 'g'), ' +', ' '),
                '-1 (year|month|day)s', '-1 \\1', 'g'
              )
            )
          when pg_typeof(value) = 'bytea'::regtype then to_jsonb(${name('try_text')}(cast(value as text)))
          when pg_typeof(value) in ('double precision[]', 'real[]', 'numeric[]')
            then cast(
              regexp_replace(
                regexp_replace(cast(to_jsonb(value) as text), '"(NaN|-?Infinity)"', 'null', 'g'),
                '([.][0-9]*[1-9])0+([],])|[.]0*([],])', '\\1\\2\\3', 'g'
              ) as jsonb
            )
          when pg_typeof(value) = 'bpchar[]'::regtype
            then cast(regexp_replace(cast(to_jsonb(value) as text), ' +"([],])', '"\\1', 'g') as jsonb)
          else to_jsonb(value)
        end
      `,
    ),
    define(
      'compact',
      'value jsonb',
      'text',
      sql`
        -- a list or an object as text, without the spaces that PostgreSQL writes between members
        select regexp_replace(cast(value as text), '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g')
      `,
    ),
    define(
      'property_text',
      'value jsonb',
      'text',
      sql`
        -- the text of a property: numbers in their normal text, so that 10, 10.0 and 1e1 are one value
        select case jsonb_typeof(value)
          when 'number' then ${name('number_text')}(value #>> '{}')
          -- without the spaces that PostgreSQL writes between members
          when 'array' then ${name('compact')}(value)
          when 'object' then ${name('compact')}(value)
          else value #>> '{}'
        end
      `,
    ),
    define(
      'value_text',
      'value anyelement',
      'text',
      sql`
        -- any value as the text that it stands for: 12.0 is 12, 1e6 is 1000000, and NaN is none
        select case
          when ${IS_TEXT} then cast(value as text)
          else ${name('property_text')}(${name('as_json')}(value))
        end
      `,
    ),
    define(
      'ordered_text',
      'value jsonb',
      'text',
      sql`
        -- the members of an object in one text whose order is the same on every engine
        select string_agg(member.key || '=' || coalesce(${name('property_text')}(member.value), ''), chr(31) order by member.key collate "C")
        from jsonb_each(case when jsonb_typeof(value) = 'object' then value end) as member
      `,
    ),
    define(
      'json_bytes',
      'value jsonb',
      'bigint',
      sql`
        -- bytes of a text, or of a list or object without the spaces that PostgreSQL writes between members
        select cast(
          case jsonb_typeof(value)
            when 'string' then octet_length(value #>> '{}')
            when 'array' then octet_length(${name('compact')}(value))
            when 'object' then octet_length(${name('compact')}(value))
          end
          as bigint
        )
      `,
    ),
    define(
      'object_depth',
      'value jsonb',
      'integer',
      sql`
        -- how many objects lie inside of each other: the braces outside of texts, peeled off from the inside
        with recursive
        peeled(rest, depth) as (
          select regexp_replace(regexp_replace(cast(value as text), '"([^"\\\\]|\\\\.)*"', '', 'g'), '[^{}]', '', 'g'), 0
          union all
          select replace(rest, '{}', ''), depth + 1
          from peeled
          where rest <> ''
        )
        select max(depth) from peeled
      `,
    ),
  ]
}

function ids(name: Name, define: Define): Sql[] {
  return [
    sql`
      create or replace function ${name('unquoted')}(item text) returns text
      language plpgsql stable parallel safe
      as $$
        declare
          body text := substr(item, 2, length(item) - 2);
          -- escapes of JSON and Python
          escaped text := replace(replace(replace(replace(
            regexp_replace(
              replace(replace(replace(
                replace(body, '\\\\', chr(1)),
                '\\''', ''''), '\\"', '"'), '"', '\\"'),
              '\\\\x([0-9A-Fa-f]{2})', '\\\\u00\\1', 'g'
            ),
            chr(9), '\\t'), chr(10), '\\n'), chr(13), '\\r'), chr(1), '\\\\');
        begin
          return cast('"' || escaped || '"' as jsonb) #>> '{}';
        exception when others then
          -- or else a backslash before any character
          return regexp_replace(body, '\\\\(.)', '\\1', 'g');
        end
      $$
    `,
    define(
      'item_id',
      'item text',
      'text',
      sql`
        -- the id that an item of a list in text stands for
        select case
          when left(item, 1) in ('"', '''') then ${name('unquoted')}(item)
          when rtrim(item, ${TRIMMED}) !~ ${literal(NO_ITEM)} then rtrim(item, ${TRIMMED})
        end
      `,
    ),
    define(
      'json_id',
      'value jsonb',
      'text',
      sql`
        -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
        select case jsonb_typeof(value)
          when 'string' then nullif(value #>> '{}', '')
          when 'number' then ${name('number_text')}(value #>> '{}')
          when 'boolean' then value #>> '{}'
        end
      `,
    ),
    define(
      'ids_of_json_list',
      'value jsonb',
      'text[]',
      sql`
        -- ids of a JSON list
        select array(select ${name('json_id')}(member) from jsonb_array_elements(value) as member)
      `,
    ),
    define(
      'ids_of_text',
      'value text',
      'text[]',
      sql`
        -- ids of text that may be a list as JSON, Python, DuckDB or PostgreSQL write it; other text is one id
        select case
          when left(value, 1) not in ('[', '{') then array[value]
          when value ~ ${literal(JSON_LIST)} then ${name('ids_of_json_list')}(cast(value as jsonb))
          when value ~ ${literal(BRACKET_LIST)}
            then array(
              select ${name('item_id')}(item[1]) from regexp_matches(value, ${literal(LIST_ITEM)}, 'g') as item
            )
          when value ~ ${literal(BRACED_GUID)} then array[value]
          when value ~ ${literal(BRACE_LIST)}
            then array(
              select ${name('item_id')}(item[1]) from regexp_matches(value, ${literal(ARRAY_ITEM)}, 'g') as item
            )
          else array[value]
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
          when ${IS_TEXT} then nullif(cast(value as text), '')
          else ${name('json_id')}(${name('as_json')}(value))
        end
      `,
    ),
    define(
      'is_rounded',
      'value anyelement',
      'boolean',
      sql`
        -- a number beyond the whole numbers that its type holds one by one; in JSON one with a fraction or an exponent
        select coalesce(
          case
            when pg_typeof(value) = 'real'::regtype
              then abs(cast(substring(cast(value as text) from ${FINITE}) as numeric)) >= 16777216
            when pg_typeof(value) = 'double precision'::regtype
              then abs(cast(substring(cast(value as text) from ${FINITE}) as numeric)) >= 9007199254740992
            when pg_typeof(value) in ('real[]', 'double precision[]')
              then jsonb_path_exists(
                to_jsonb(value),
                '$[*] ? (@.type() == "number" && @.abs() >= $bound)',
                jsonb_build_object(
                  'bound', case when pg_typeof(value) = 'real[]'::regtype then 16777216 else 9007199254740992 end
                )
              )
            when pg_typeof(value) in ('json', 'jsonb')
              then cast(value as text) ~ '[.eE]'
                and abs(cast(substring(cast(value as text) from '^-?[0-9.]+(?:[eE][+-]?[0-9]+)?$') as numeric))
                  >= 9007199254740992
            else false
          end,
          false
        )
      `,
    ),
    define(
      'distinct_ids',
      'given text[]',
      'text[]',
      sql`
        -- distinct ids, sorted by bytes
        select array(select distinct id collate "C" as id from unnest(given) as id where id <> '' order by id)
      `,
    ),
    define(
      'json_ids',
      'value jsonb',
      'text[]',
      sql`
        -- distinct ids of a JSON value, sorted; apart from group_ids, which the planner can then write out in place
        select ${name('distinct_ids')}(case jsonb_typeof(value)
          when 'array' then ${name('ids_of_json_list')}(value)
          when 'string' then ${name('ids_of_text')}(value #>> '{}')
          else array[${name('json_id')}(value)]
        end)
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
        when ${IS_TEXT} and left(cast(value as text), 1) not in ('[', '{')
          then array_remove(array[cast(value as text)], '')
        when ${IS_TEXT} then ${name('distinct_ids')}(${name('ids_of_text')}(cast(value as text)))
        else ${name('json_ids')}(${name('as_json')}(value))
      end
    `,
    ),
  ]
}

function times(name: Name, define: Define): Sql[] {
  return [
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
          when ${IS_TEXT} and not ${name('is_instant')}(cast(value as text)) then null
          when ${IS_TEXT} and cast(value as text) ~ ${literal(`:.*${HAS_OFFSET}`)}
            then cast(${name('six_digits')}(cast(value as text)) as timestamptz) at time zone 'UTC'
          when pg_typeof(value) = 'timestamptz'::regtype then cast(value as timestamptz) at time zone 'UTC'
          when ${IS_TEXT} and zone = 'UTC' then cast(${name('six_digits')}(cast(value as text)) as timestamp)
          when ${IS_TEXT} then timezone('UTC', timezone(zone, cast(${name('six_digits')}(cast(value as text)) as timestamp)))
          when zone = 'UTC' then cast(value as timestamp)
          else timezone('UTC', timezone(zone, cast(value as timestamp)))
        end,
        'infinity'
      ), '-infinity')
    `,
    ),
    define(
      'instant_of',
      'microseconds bigint',
      'timestamp',
      sql`
        -- the timestamp of microseconds since 1970; an interval is multiplied as a double, which holds no more than
        -- 2^53 of them, and that is in the year 2255
        select timestamp 'epoch'
          + (microseconds / 1000000) * interval '1 second' + (microseconds % 1000000) * interval '1 microsecond'
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
              then ${name('instant_of')}(cast(round(cast(value as numeric) * microseconds) as bigint))
          end
      end
    `,
    ),
  ]
}

function texts(name: Name, define: Define): Sql[] {
  return [
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
  ]
}
