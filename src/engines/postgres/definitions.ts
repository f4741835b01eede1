/**
 * The functions that generated SQL calls on PostgreSQL, 14 and later: reading ids, lists, numbers, JSON and times
 * from values of any type. Text is checked by regular expression before a cast, for there is no `try_cast`.
 */
import { identifier, join, literal, sql, toText, trusted, type Sql } from '../../sql/sql.ts'
import { BARE_FRACTION, LEADING_ZEROS, MINUS_ZERO, PLAIN_NUMBER, TRAILING_ZEROS } from '../lib/patterns.ts'
import { FINITE, FINITE_DOUBLE, IS_TEXT, type Define, type Name } from './define.ts'
import { ids } from './ids.ts'
import { objectDefinitions } from './objects.ts'
import { identifyOwnTables } from './replica_identity.ts'
import { times, texts } from './texts.ts'

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
    ...objectDefinitions(name, define),
    ...ids(name, define),
    ...times(name, define),
    ...texts(name, define),
    unsafeBefore17(schema),
    identifyOwnTables(schema),
  ]
}

/** Functions that catch what a cast raises, and those that call them. */
const CATCHING = [
  'try_json',
  'try_text',
  'any_json',
  'json_object_of',
  'json_by_type',
  'as_json',
  'value_text',
  'is_plain',
  'unquoted',
  'item_id',
  'ids_of_text',
  'id',
  'is_rounded_json',
  'is_rounded',
  'written_member',
  'is_rounded_member',
  'json_ids',
  'typed_ids',
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

/** Types that JSON has as gwh reads them. */
const AS_THEY_ARE = [
  'jsonb',
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'timestamp',
  'timestamptz',
  'date',
  'time',
  'uuid',
]
  .flatMap((type) => [type, `${type}[]`])
  .concat('text[]', 'varchar[]')

/** Beyond these the neighbours of a double may be none. */
const DOUBLE_RANGE = { from: sql`1e-307`, to: sql`1e307` }

/** Half of the smallest double above 0: what is not beyond it is read as 0. */
const LEAST_DOUBLE = sql`2.4703282292062327e-324`

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
          -- and what is nearer to 0 than any double is 0
          when abs(cast(value as numeric)) <= ${LEAST_DOUBLE} then '0'
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
              regexp_replace(part[1], '-?(nan|infinity|inf)', 'null', 'gi'), ',(\\s*[]}])', '\\1', 'g'
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
    sql`
      create or replace function ${name('json_by_type')}(value anyelement) returns jsonb
      language plpgsql stable parallel safe
      as $$
        -- a domain is what its type is, and a list is what its members are
        declare
          given pg_type;
          made jsonb := to_jsonb(value);
        begin
          select * into given from pg_type where oid = pg_typeof(value);
          if given.typtype = 'd' then
            execute 'select ' || ${literal(toText(name('as_json')))}
              || '(cast($1 as ' || format_type(given.typbasetype, given.typtypmod) || '))'
            into made using value;
          elsif given.typcategory = 'A' and jsonb_typeof(made -> 0) <> 'array' then
            execute 'select jsonb_agg(' || ${literal(toText(name('as_json')))} || '(member) order by place)'
              || ' from unnest($1) with ordinality as members(member, place)'
            into made using value;
          end if;
          return made;
        end
      $$
    `,
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
              trim_scale(${name('shortest')}(cast(substring(cast(value as text) from ${FINITE_DOUBLE}) as double precision)))
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
          -- one of so many digits may have a shorter decimal, which is then looked for
          when pg_typeof(value) in ('real[]', 'numeric[]')
              or pg_typeof(value) = 'double precision[]'::regtype and cast(value as text) !~ '[0-9.]{16}'
            then cast(
              regexp_replace(
                regexp_replace(cast(to_jsonb(value) as text), '"(NaN|-?Infinity)"', 'null', 'g'),
                '([.][0-9]*[1-9])0+([],])|[.]0*([],])', '\\1\\2\\3', 'g'
              ) as jsonb
            )
          when pg_typeof(value) in (${join(AS_THEY_ARE.map(literal), ', ')}) then to_jsonb(value)
          else ${name('json_by_type')}(value)
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
      'quoted',
      'value jsonb',
      'text',
      sql`
        -- a text as JSON writes it, with escapes such as \\u001B in capitals
        select case
          when cast(value as text) ~ '\\\\u00[01][a-f]'
            then (
              select string_agg(
                case when part[1] like '\\\\u____' then '\\u' || upper(right(part[1], 4)) else part[1] end, '' order by place
              )
              from regexp_matches(cast(value as text), '\\\\u[0-9a-f]{4}|\\\\.|[^\\\\]+', 'g') with ordinality as parts(part, place)
            )
          else cast(value as text)
        end
      `,
    ),
    sql`
      create or replace function ${name('nested_text')}(value jsonb) returns text
      language plpgsql stable parallel safe
      as $$
        -- JSON without spaces, with the members of all objects in the order of their names, and numbers in their
        -- normal text
        begin
          return case jsonb_typeof(value)
            when 'object' then (
              select '{' || coalesce(string_agg(name || ':' || ${name('nested_text')}(inside), ',' order by name collate "C"), '') || '}'
              from (
                select ${name('quoted')}(to_jsonb(member.key)) as name, member.value as inside
                from jsonb_each(value) as member
              ) as members
            )
            when 'array' then (
              select '[' || coalesce(string_agg(${name('nested_text')}(item), ',' order by place), '') || ']'
              from jsonb_array_elements(value) with ordinality as items(item, place)
            )
            when 'number' then ${name('number_text')}(value #>> '{}')
            when 'string' then ${name('quoted')}(value)
            else cast(value as text)
          end;
        end
      $$
    `,
    define(
      'property_text',
      'value jsonb',
      'text',
      sql`
        -- the text of a property: numbers in their normal text, so that 10, 10.0 and 1e1 are one value; a list or an
        -- object as JSON without spaces, with the members in order
        select case jsonb_typeof(value)
          when 'number' then ${name('number_text')}(value #>> '{}')
          when 'array' then ${name('nested_text')}(value)
          when 'object' then ${name('nested_text')}(value)
          else value #>> '{}'
        end
      `,
    ),
    define(
      'typed_text',
      'value jsonb',
      'text',
      sql`
        -- the text of a value that was no JSON: a number keeps all digits, also where its type is a domain
        select case jsonb_typeof(value)
          when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
          else ${name('property_text')}(value)
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
          -- as JSON it would go through a double
          when pg_typeof(value) = 'numeric'::regtype
            then cast(trim_scale(cast(substring(cast(value as text) from ${FINITE}) as numeric)) as text)
          when pg_typeof(value) in ('json', 'jsonb') then ${name('property_text')}(${name('as_json')}(value))
          else ${name('typed_text')}(${name('as_json')}(value))
        end
      `,
    ),
    define(
      'is_plain',
      'value anyelement',
      'boolean',
      sql`
        -- a number or a truth value, and not a text that may read like one
        select case
          when ${IS_TEXT} then false
          when pg_typeof(value) in ('boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision') then true
          else jsonb_typeof(${name('as_json')}(value)) in ('boolean', 'number')
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
  ]
}
