/** Macros of DuckDB for lists and objects as values: one text for each, whatever the order and spelling inside. */
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import type { Name } from './define.ts'

/** A text in JSON, with its quotes. */
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`

/** A member of an object or an item of a list, in which nothing is open any more. */
const PART = `(?:${TEXT}|[^",])+`

/** The name of a member. */
const NAME = `${TEXT}:`

/** What is innermost, texts, and what stands between them. */
const PIECE = [
  String.raw`\{(?:${TEXT}|[^"{}\[\]])*\}`,
  String.raw`\[(?:${TEXT}|[^"{}\[\]])*\]`,
  TEXT,
  String.raw`[^"{}\[\]]+`,
  String.raw`[{}\[\]]`,
].join('|')

/** JSON with a number that has another normal text, such as 1e3, 1.50 or -0. */
const UNUSUAL = String.raw`[0-9][eE]|\.[0-9]*0($|[\],}])|-0($|[\],}])`

/** JSON in which something may have to be written otherwise: an object, or such a number. */
export const UNSETTLED = String.raw`\{|${UNUSUAL}`

/** With what a number, a list or an object begins, as code points: one look at a text, which is mostly neither. */
export const NUMBER_OR_NESTED = join(
  [...'-0123456789[{'].map((character) => literal(character.charCodeAt(0))),
  ', ',
)

/** The marks of JSON, and what stands for them where all inside has been put in order: JSON has no such characters. */
const MARKS = '{}[],'
const SETTLED = [14, 15, 16, 17, 18] as const
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COMMA] = SETTLED.map((code) => sql`chr(${literal(code)})`) as [
  Sql,
  Sql,
  Sql,
  Sql,
  Sql,
]

/** Texts of JSON, numbers, and what stands between them. */
const TEXT_OR_NUMBER = `${TEXT}|-?[0-9][0-9.eE+-]*|[^"0-9-]+`

export const nested = (name: Name): Sql[] => [
  sql`
      -- a list or an object as JSON, without NaN and infinity; a FLOAT in it by its shortest decimal, not as the double
      -- that is nearest to it. Beside a DOUBLE it cannot be told from one
      create or replace macro ${name('nested_json')}(value) as
        case
          when contains(typeof(value), 'FLOAT') and not contains(typeof(value), 'DOUBLE')
            then cast(
              array_to_string(
                [
                  case
                    when not starts_with(part, '"') and regexp_matches(part, '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$')
                        and regexp_matches(part, '[.eE]')
                      then coalesce(
                        case
                          when cast(try_cast(part as float) as double) = try_cast(part as double)
                            then ${name('number_text')}(cast(try_cast(part as float) as varchar))
                        end,
                        part
                      )
                    else part
                  end
                  for part in regexp_extract_all(
                    cast(${name('storable_json')}(to_json(value)) as varchar), ${literal(TEXT_OR_NUMBER)}
                  )
                ],
                ''
              ) as json
            )
          else ${name('storable_json')}(to_json(value))
        end
    `,
  sql`
      -- JSON with each number in its normal text
      create or replace macro ${name('plain_numbers')}(value) as
        regexp_replace(
          regexp_replace(
            case
              when regexp_matches(value, '[0-9][eE]')
                then array_to_string(
                  [
                    case when starts_with(part, '"') then part else ${name('without_exponent')}(part) end
                    for part in regexp_extract_all(value, ${literal(TEXT_OR_NUMBER)})
                  ],
                  ''
                )
              else value
            end,
            ${literal(String.raw`(${TEXT})|(\.[0-9]*[1-9])0+($|[\],}])|\.0*($|[\],}])`)}, '\\1\\2\\3\\4', 'g'
          ),
          ${literal(String.raw`(${TEXT})|-(0)($|[\],}])`)}, '\\1\\2\\3', 'g'
        )
    `,
  sql`
      -- JSON with large numbers in digits, and a point where they had an exponent: kept as decimals, it would not show
      create or replace macro ${name('written_out')}(value) as
        case
          when regexp_matches(value, '[0-9][eE][+]?[0-9]')
            then array_to_string(
              [
                case
                  when starts_with(part, '"') or not regexp_matches(part, '[eE][+]?[0-9]') then part
                  else [
                    plain || case when contains(plain, '.') then '' else '.0' end
                    for plain in [${name('without_exponent')}(part)]
                  ][1]
                end
                for part in regexp_extract_all(value, ${literal(TEXT_OR_NUMBER)})
              ],
              ''
            )
          else value
        end
    `,
  sql`
      -- the members of an object in the order of their names, of several of one name the last
      create or replace macro ${name('sorted_members')}(inside) as
        list_sort(
          case
            when list_unique(regexp_extract_all(inside, ${literal(`(${TEXT}):(?:${TEXT}|[^",])*`)}, 1))
                < len(regexp_extract_all(inside, ${literal(PART)}))
              then [
                member
                for member, place in regexp_extract_all(inside, ${literal(PART)})
                if not list_contains(
                  regexp_extract_all(inside, ${literal(`(${TEXT}):(?:${TEXT}|[^",])*`)}, 1)[place + 1:],
                  regexp_extract(member, ${literal(`^${TEXT}`)})
                )
              ]
            else regexp_extract_all(inside, ${literal(PART)})
          end
        )
    `,
  sql`
      -- JSON with the members of all objects in order: what is innermost first, until nothing is open
      create or replace macro ${name('in_order')}(value) as
        translate(
          list_reduce(
            list_resize(
              [value],
              1 + case
                when contains(value, '{')
                  then length(regexp_replace(value, ${literal(String.raw`${TEXT}|[^{\[]`)}, '', 'g'))
                else 0
              end,
              ''
            ),
            lambda done, _: case
              when contains(done, '{') or contains(done, '[')
                then array_to_string(
                  [
                    case
                      when starts_with(piece, '{') and ends_with(piece, '}')
                        then ${OPEN} || array_to_string(${name('sorted_members')}(piece[2:-2]), ${COMMA}) || ${CLOSE}
                      when starts_with(piece, '[') and ends_with(piece, ']')
                        then ${OPEN_LIST}
                          || array_to_string(regexp_extract_all(piece[2:-2], ${literal(PART)}), ${COMMA}) || ${CLOSE_LIST}
                      else piece
                    end
                    for piece in regexp_extract_all(done, ${literal(PIECE)})
                  ],
                  ''
                )
              else done
            end
          ),
          ${OPEN} || ${CLOSE} || ${OPEN_LIST} || ${CLOSE_LIST} || ${COMMA}, ${literal(MARKS)}
        )
    `,
  sql`
      -- whether an object may have several members of one name: said of objects in one another too often, never too rarely
      create or replace macro ${name('may_repeat')}(value) as
        case
          when not contains(value, '{') then false
          when not contains(substring(value, 2), '{') then list_unique(json_keys(value)) < len(json_keys(value))
          when list_unique(regexp_extract_all(value, ${literal(NAME)})) = len(regexp_extract_all(value, ${literal(NAME)}))
            then false
          else [
            list_sum([len(regexp_extract_all(object, ${literal(NAME)})) for object in objects])
                < len(regexp_extract_all(value, ${literal(NAME)}))
              or list_bool_or([
                list_unique(regexp_extract_all(object, ${literal(NAME)})) < len(regexp_extract_all(object, ${literal(NAME)}))
                for object in objects
              ])
            for objects in [regexp_extract_all(value, ${literal(String.raw`\{(?:${TEXT}|[^"{}])*\}`)})]
          ][1]
        end
    `,
  sql`
      -- bytes of a list or an object in its normal text, which is only made where it may be of another length
      create or replace macro ${name('nested_bytes')}(value) as
        case
          when regexp_matches(value, ${literal(UNUSUAL)}) or ${name('may_repeat')}(value)
            then [strlen(${name('in_order')}(plain)) for plain in [${name('plain_numbers')}(value)]][1]
          else strlen(value)
        end
    `,
]
