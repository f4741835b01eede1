/** Functions over JSON objects of PostgreSQL: two in one, their size and depth. */
import { sql, type Sql } from '../../sql/sql.ts'
import type { Define, Name } from './define.ts'

export const objectDefinitions = (name: Name, define: Define): Sql[] => [
  define(
    'merged',
    'first_object jsonb, second_object jsonb',
    'jsonb',
    sql`
        -- two objects in one; what both have is the first one's, unless it is null there
        select case
          when first_object is null or jsonb_typeof(first_object) <> 'object' then coalesce(second_object, first_object)
          when second_object is null or jsonb_typeof(second_object) <> 'object' then first_object
          else second_object || coalesce(
            (
              select jsonb_object_agg(member.key, member.value)
              from jsonb_each(first_object) as member
              where jsonb_typeof(member.value) <> 'null'
            ),
            '{}'
          )
        end
      `,
  ),
  define(
    'json_bytes',
    'value jsonb',
    'bigint',
    sql`
        -- bytes of a text, or of a list or object in its normal text, which is only made where a number in it may be
        -- of another length
        select cast(
          case
            when jsonb_typeof(value) = 'string' then octet_length(value #>> '{}')
            when jsonb_typeof(value) not in ('array', 'object') then null
            when cast(value as text) ~ '[.][0-9]*0[],}]|[0-9.]{17,}' then octet_length(${name('nested_text')}(value))
            else octet_length(${name('compact')}(value))
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
