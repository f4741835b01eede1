/** Macros of DuckDB that read numbers: the one text of each, and their order in all digits. */
import { literal, sql, type Sql } from '../../sql/sql.ts'
import { TRIMMED, type Name } from './define.ts'
import {
  BARE_FRACTION,
  EXPONENT_NUMBER,
  LEADING_ZEROS,
  MINUS_ZERO,
  NUMBER,
  PLAIN_NUMBER,
  TRAILING_ZEROS,
  UNUSUAL_NUMBER,
} from '../lib/patterns.ts'

/** As many as a number has before the point that is read as one, exponent and all. */
const WHOLE_DIGITS = 300

/** What `number_order` makes of a number in digits, worked out once. */
export function numberOrder(number: string): string {
  const [whole = '', fraction = ''] = number.replace('-', '').split('.')
  const padded = `${whole.padStart(WHOLE_DIGITS, '0')}.${fraction}`
  return number.startsWith('-')
    ? `-${padded.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))}~`
    : padded
}

export function numbers(name: Name): Sql[] {
  return [
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
    sql`
      -- 1.5e-7 as 0.00000015: the digits, and where the point is among them
      create or replace macro ${name('without_exponent')}(value) as
        coalesce(
          [
            part.sign || case
              when part.point <= 0 then '0.' || repeat('0', -part.point) || part.digits
              when part.point >= length(part.digits)
                then part.digits || repeat('0', part.point - length(part.digits))
              else left(part.digits, part.point) || '.' || substring(part.digits, part.point + 1)
            end
            for part in [
              {
                'sign': given.sign,
                'digits': given.whole || given.fraction,
                'point': length(given.whole) + try_cast(given.exponent as integer)
              }
              for given in [
                regexp_extract(value, ${literal(EXPONENT_NUMBER)}, ['sign', 'whole', 'fraction', 'exponent'])
              ]
            ]
          ][1],
          value
        )
    `,
    sql`
      -- a number as it is printed, in the one text that all spellings of it have; NaN and infinity are no numbers
      create or replace macro ${name('number_text')}(value) as
        case
          -- mostly there is nothing to do, and a pattern is dear
          when (ends_with(value, '0') or contains(value, 'e') or contains(value, 'E'))
              and regexp_matches(value, ${literal(UNUSUAL_NUMBER)})
            then [${name('plain_number')}(plain) for plain in [${name('without_exponent')}(value)]][1]
          when value between '0' and '9~' or value between '-0' and '-9~' then value
        end
    `,
    sql`
      -- a number above 0 with so many digits before the point that those of two stand under one another
      create or replace macro ${name('padded_number')}(value) as
        lpad(split_part(value, '.', 1), ${literal(WHOLE_DIGITS)}, '0') || '.' || split_part(value, '.', 2)
    `,
    sql`
      -- a number as a text, in the order of the numbers where these are of one sign; below 0 the digits count down,
      -- and of two that begin alike the longer is less
      create or replace macro ${name('number_order')}(value) as
        [
          case
            when starts_with(plain, '-')
              then '-' || translate(${name('padded_number')}(substring(plain, 2)), '0123456789', '9876543210') || '~'
            else ${name('padded_number')}(plain)
          end
          for plain in [
            ${name('plain_number')}(spelled)
            for spelled in [
              ${name('without_exponent')}(
                regexp_replace(regexp_replace(trim(value, ${TRIMMED}), '^([+-]?)[.]', '\\10.'), '^[+]|[.]([eE]|$)', '\\1', 'g')
              )
            ]
          ]
          if regexp_matches(value, ${literal(NUMBER)})
        ][1]
    `,
  ]
}
