/** Functions of PostgreSQL that read times, and that compare texts alike on every server. */
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import {
  AFTER_YEAR_9999,
  ASCII_SPACES,
  BEFORE_YEAR_1,
  EPOCH_RANGE,
  HAS_OFFSET,
  INSTANT,
  NUMBER,
  OTHER_SPACES,
} from '../lib/patterns.ts'
import { character, IS_TEXT, type Define, type Name } from './define.ts'

export function times(name: Name, define: Define): Sql[] {
  const after = sql`timestamptz ${literal(AFTER_YEAR_9999)}`
  const before = sql`timestamptz ${literal(BEFORE_YEAR_1)}`
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
      'instant',
      'value anyelement, zone text',
      'timestamptz',
      sql`
      -- an instant from a timestamp, a date or ISO 8601 text; null where it is unreadable, or not of the years 1 to
      -- 9999: each bound is named once, so that the planner can write this out in place
      select nullif(greatest(nullif(least(
        case
          when ${IS_TEXT} and not ${name('is_instant')}(cast(value as text)) then null
          when ${IS_TEXT} and cast(value as text) ~ ${literal(`:.*${HAS_OFFSET}`)}
            then cast(${name('six_digits')}(cast(value as text)) as timestamptz)
          when pg_typeof(value) = 'timestamptz'::regtype then cast(value as timestamptz)
          when ${IS_TEXT} then timezone(zone, cast(${name('six_digits')}(cast(value as text)) as timestamp))
          else timezone(zone, cast(value as timestamp))
        end,
        ${after}), ${after}), ${before}), ${before})
    `,
    ),
    ...['json', 'jsonb'].map((type) =>
      define(
        'instant',
        `value ${type}, zone text`,
        'timestamptz',
        sql`
        -- an instant out of the text in a JSON value
        select ${name('instant')}(value #>> '{}', zone)
      `,
      ),
    ),
    define(
      'instant_of_microseconds',
      'microseconds bigint',
      'timestamptz',
      sql`
        -- the instant of microseconds since 1970; an interval is multiplied as a double, which holds no more than
        -- 2^53 of them, and that is in the year 2255
        select timestamptz 'epoch'
          + (microseconds / 1000000) * interval '1 second' + (microseconds % 1000000) * interval '1 microsecond'
      `,
    ),
    define(
      'instant_from_epoch',
      'value text, microseconds numeric',
      'timestamptz',
      sql`
      -- an instant from a number of units since 1970; null where it is unreadable or beyond year 9999
      select case
        when value ~ ${literal(NUMBER)} then
          case
            when round(cast(value as numeric) * microseconds) >= ${literal(EPOCH_RANGE.from)}
                and round(cast(value as numeric) * microseconds) < ${literal(EPOCH_RANGE.before)}
              then ${name('instant_of_microseconds')}(cast(round(cast(value as numeric) * microseconds) as bigint))
          end
      end
    `,
    ),
  ]
}

export function texts(name: Name, define: Define): Sql[] {
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
