/**
 * Rules for reading text, as regular expressions that every warehouse's engine understands, so that the same
 * text means the same on every warehouse.
 */

/**
 * Text that is a JSON list of scalars, as a regular expression that every warehouse's engine understands.
 * Text lists are read by this rule everywhere, so that the same text means the same ids on every warehouse.
 */
const SCALAR = String.raw`("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)`

const SPACE = String.raw`[ \t\n\r\f\v]*`

export const JSON_LIST = String.raw`^\[${SPACE}(${SCALAR}(${SPACE},${SPACE}${SCALAR})*)?${SPACE}\]$`

const DOUBLE_QUOTED = String.raw`"(?:[^"\\]|\\(?:.|\n))*"`
const SINGLE_QUOTED = String.raw`'(?:[^'\\]|\\(?:.|\n))*'`

/** One item of a list in brackets, as Python, pandas and DuckDB write it: quoted in either way, or bare. */
export const LIST_ITEM = String.raw`${DOUBLE_QUOTED}|${SINGLE_QUOTED}|[^\[\]{},"' \t\n\r\f\v][^\[\]{},"]*`

/** `['acme', 'globex']` of Python, `['acme, inc', globex]` of DuckDB, `[acme, globex]` of Segment's loaders. */
export const BRACKET_LIST = String.raw`^\[${SPACE}(?:${LIST_ITEM})?(?:${SPACE},${SPACE}(?:${LIST_ITEM})?)*${SPACE}\]$`

/** One item of an array as PostgreSQL writes it, which puts whatever has a space into quotes. */
export const ARRAY_ITEM = String.raw`${DOUBLE_QUOTED}|[^{},"'\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*`

/** `{acme,"globex, inc"}` of PostgreSQL. */
export const BRACE_LIST = String.raw`^\{(?:(?:${ARRAY_ITEM})(?:,(?:${ARRAY_ITEM}))*)?\}$`

/** A GUID in braces is how Microsoft's systems write one id, not a list of one. */
export const BRACED_GUID = String.raw`^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$`

/** What a bare item says where a list in brackets has no value. */
export const NO_ITEM = '^([Nn][Uu][Ll][Ll]|None|[Nn]a[Nn]|-?[Ii]nf(inity)?)$'

/** And in braces, where any other text may be an id. */
export const NO_ARRAY_ITEM = '^[Nn][Uu][Ll][Ll]$'

/**
 * Text in brackets whose items would be parts of ids, or ids in a wrapping: numbers as numpy prints them, and bytes,
 * decimals, dates and the like as Python does.
 */
export const PRINTED_LIST = String.raw`^\[[ \t\n\r]*(?:[-+]?[0-9][0-9.eE+-]*[ \t\n\r]+[-+]?[0-9]|[-+]?[0-9]+\.[ \t\n\r\]]|[bu]['"]|(?:Decimal|UUID|Timestamp|datetime\.[a-z]+|np\.[a-z0-9_]+)\()`

/** A number as JSON and databases write it, and not in its normal text: `10.0`, `1e3`, `-0`. */
export const UNUSUAL_NUMBER = String.raw`^-?[0-9][0-9.]*([eE][+-]?[0-9]+|\.[0-9]*0)$|^-0$`

/** The parts of a number with an exponent. */
export const EXPONENT_NUMBER = String.raw`^(-?)([0-9]+)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,4})$`

/** ISO weekday number of a day: Monday is 1. */
export const ISO_WEEKDAY = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
} as const

/** How many microseconds one unit of an epoch time is. */
export const MICROSECONDS = { epoch_s: 1_000_000, epoch_ms: 1_000, epoch_us: 1 } as const

/** A number as text, of a size that a double holds; white space beyond ASCII is none that a cast would take. */
export const NUMBER = String.raw`^${SPACE}[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?${SPACE}$`

/** Such a number that is whole, as it is written; and one whose exponent decides whether it is. */
export const WHOLE_NUMBER = String.raw`^${SPACE}[+-]?([0-9]{1,200}(\.0*)?|\.0+)${SPACE}$`
export const SCIENTIFIC = String.raw`^${SPACE}[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]{1,2}${SPACE}$`

const YEAR = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})'
const DAY = String.raw`((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))`
const OFFSET = '( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))'

/** ISO 8601 dates and times that exist; whether a year has a 29 February is not said here. */
export const INSTANT = String.raw`^${YEAR}-${DAY}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?${OFFSET}?)?)?$`

/** The end of a time that says its offset from UTC. */
export const HAS_OFFSET = String.raw`[0-9] ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$`

/** The years 1 to 9999, which every warehouse and client can show: the last microseconds before and the first after. */
export const BEFORE_YEAR_1 = '0001-12-31 23:59:59.999999+00 BC'
export const AFTER_YEAR_9999 = '10000-01-01 00:00:00+00'

/** The same as microseconds since 1970; the end is outside. */
export const EPOCH_RANGE = { from: -62_135_596_800_000_000, before: 253_402_300_800_000_000 } as const

/** An ISO 8601 instant as the text of a UTC timestamp, to the microsecond. */
export function utcText(iso: string): string {
  const fraction = /\.(\d{1,6})/.exec(iso)?.[1] ?? ''
  const text = new Date(iso).toISOString().slice(0, 19).replace('T', ' ')
  return fraction === '' ? text : `${text}.${fraction.padEnd(6, '0')}`
}

/** White space of ASCII: tab, line feed, vertical tab, form feed, carriage return and space. */
export const ASCII_SPACES = [9, 10, 11, 12, 13, 32] as const

/** White space beyond ASCII, and characters of no width that come along with copied text. */
export const OTHER_SPACES = [
  0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
  0x200b, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff,
] as const

/** A number as people and spreadsheets write it, without an exponent. */
export const PLAIN_NUMBER = '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$'

/** `.5` is `0.5`: what is before the point is kept, and a zero put behind it. */
export const BARE_FRACTION = '^([+-]?)[.]'

/** `+007` is `7`: the sign and the first digit that counts are kept. */
export const LEADING_ZEROS = '^[+]?(-?)0*([0-9])'

/** `1.50` is `1.5` and `1.0` is `1`: what of a fraction counts is kept. */
export const TRAILING_ZEROS = '([.][0-9]*[1-9])0+$|[.]0*$'

/** `-0` is `0`, once all other zeros are gone. */
export const MINUS_ZERO = '^-0$'
