/** Functions of PostgreSQL that read ids from values of any type. */
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import {
  ARRAY_ITEM,
  BRACE_LIST,
  BRACED_GUID,
  BRACKET_LIST,
  JSON_LIST,
  LIST_ITEM,
  NO_ARRAY_ITEM,
  NO_ITEM,
  PRINTED_LIST,
} from '../lib/patterns.ts'
import { FINITE, IS_TEXT, TRIMMED, type Define, type Name } from './define.ts'

/** Types of ranges, of which a text such as `[1,2]` is one value. */
const RANGES = ['int4', 'int8', 'num', 'ts', 'tstz', 'date'].flatMap((of) => [
  `${of}range`,
  `${of}multirange`,
])

export function ids(name: Name, define: Define): Sql[] {
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
      'item text, no_item text',
      'text',
      sql`
        -- the id that an item of a list in text stands for, unless it says that there is none
        select case
          when left(item, 1) in ('"', '''') then ${name('unquoted')}(item)
          when rtrim(item, ${TRIMMED}) !~ no_item then rtrim(item, ${TRIMMED})
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
      'typed_id',
      'value jsonb',
      'text',
      sql`
        -- the id of a value that was no JSON: a number keeps all digits, also where its type is a domain
        select case jsonb_typeof(value)
          when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
          else ${name('json_id')}(value)
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
          when value ~ ${literal(PRINTED_LIST)} then array[value]
          when value ~ ${literal(BRACKET_LIST)}
            then array(
              select ${name('item_id')}(item[1], ${literal(NO_ITEM)})
              from regexp_matches(value, ${literal(LIST_ITEM)}, 'g') as item
            )
          when value ~ ${literal(BRACED_GUID)} then array[value]
          when value ~ ${literal(BRACE_LIST)}
            then array(
              select ${name('item_id')}(item[1], ${literal(NO_ARRAY_ITEM)})
              from regexp_matches(value, ${literal(ARRAY_ITEM)}, 'g') as item
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
          when pg_typeof(value) = 'numeric'::regtype
            then cast(trim_scale(cast(substring(cast(value as text) from ${FINITE}) as numeric)) as text)
          when pg_typeof(value) in ('json', 'jsonb') then ${name('json_id')}(${name('as_json')}(value))
          else ${name('typed_id')}(${name('as_json')}(value))
        end
      `,
    ),
    define(
      'is_rounded_number',
      'value text',
      'boolean',
      sql`
        -- a number with a fraction or an exponent, beyond the whole numbers that a double holds one by one
        select value ~ '[.eE]'
          and abs(cast(substring(value from '^-?[0-9.]+(?:[eE][+-]?[0-9]+)?$') as numeric)) >= 9007199254740992
      `,
    ),
    define(
      'is_rounded_list',
      'value json',
      'boolean',
      sql`
        -- such a number in a list in JSON
        select exists (
          select 1
          from json_array_elements(value) as member
          where json_typeof(member) = 'number' and ${name('is_rounded_number')}(cast(member as text))
        )
      `,
    ),
    define(
      'is_rounded_text',
      'value text',
      'boolean',
      sql`
        -- such a number in a text that is a list
        select case when value ~ ${literal(JSON_LIST)} then ${name('is_rounded_list')}(cast(value as json)) end
      `,
    ),
    define(
      'is_rounded_json',
      'value json',
      'boolean',
      sql`
        -- such a number in JSON
        select case json_typeof(value)
          when 'number' then ${name('is_rounded_number')}(cast(value as text))
          when 'array' then ${name('is_rounded_list')}(value)
          when 'string' then ${name('is_rounded_text')}(${name('try_json')}(cast(value as text)) #>> '{}')
        end
      `,
    ),
    define(
      'is_rounded',
      'value anyelement',
      'boolean',
      sql`
        -- a number beyond the whole numbers that its type holds one by one; also one in a list, in whatever a list is
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
            when pg_typeof(value) in ('json', 'jsonb') and cast(value as text) ~ '[.eE]'
              then ${name('is_rounded_json')}(cast(cast(value as text) as json))
            when ${IS_TEXT} and left(cast(value as text), 1) = '['
              then ${name('is_rounded_text')}(cast(value as text))
            else false
          end,
          false
        )
      `,
    ),
    sql`
      create or replace function ${name('written_member')}(value text, property text) returns json
      language plpgsql stable parallel safe
      as $$
        -- a member of an object as it is written, also of one that is a text in JSON: jsonb has no exponents
        declare
          object json := cast(${name('storable_json')}(value) as json);
        begin
          if json_typeof(object) = 'string' then
            object := cast(object #>> '{}' as json);
          end if;
          return object -> property;
        exception when others then
          return null;
        end
      $$
    `,
    define(
      'is_rounded_member',
      'value anyelement, property text',
      'boolean',
      sql`
        -- the same of a member of an object, which is only looked for where there is such a number
        select exists (
          select 1
          from (
            select case
              when pg_typeof(value) = 'bytea'::regtype then ${name('try_text')}(cast(value as text))
              else cast(value as text)
            end as written
          ) as object
          where written ~ '[0-9]([.][0-9]|[eE])'
            and ${name('is_rounded')}(${name('written_member')}(written, property))
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
      'typed_ids',
      'value jsonb',
      'text[]',
      sql`
        -- the same of a value that was no JSON
        select case
          when jsonb_typeof(value) = 'number' then array[${name('typed_id')}(value)]
          else ${name('json_ids')}(value)
        end
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
        -- a range is one value, though its text may look like a list
        when pg_typeof(value) in ('numeric', ${join(RANGES.map(literal), ', ')})
          then array_remove(array[${name('id')}(value)], null)
        when pg_typeof(value) in ('json', 'jsonb') then ${name('json_ids')}(${name('as_json')}(value))
        else ${name('typed_ids')}(${name('as_json')}(value))
      end
    `,
    ),
  ]
}
