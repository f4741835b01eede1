/** How DuckDB reads files: CSV as text with its dialect pinned, Parquet and lines of JSON in place. */
import type { CsvOptions } from '../../project/file_schema.ts'
import { identifier, join, literal, sql, trusted, type Sql } from '../../sql/sql.ts'
import { HAS_OFFSET } from '../lib/patterns.ts'
import type { FilePart, FilesToRead, LineType, PropertyType } from '../functions.ts'

/** A relation over files: a call of a table function, or several united where files are not alike. */
export function readFiles(read: FilesToRead): Sql {
  if (read.format === 'csv') return read.typed ? typedCsv(read) : csvAsText(read)
  if (read.format === 'parquet') return parquet(read)
  return lines(read)
}

/** Functions that generated SQL calls for what files hold. */
export const fileDefinitions = (schema: string): Sql[] => [
  sql`
      -- JSON without the character 0, which PostgreSQL cannot store, and without NaN and infinity, which are no JSON
      create or replace macro ${identifier(schema, 'storable_json')}(value) as
        case
          -- the reader takes them in any case
          when regexp_matches(cast(value as varchar), '(?i)(^|[,:\\[\\s-])(nan|inf)|\\\\u0000')
            then cast(
              array_to_string(
                [
                  case
                    when starts_with(part, '"')
                      -- of two backslashes the second escapes nothing
                      then replace(replace(replace(part, '\\\\', chr(1)), '\\u0000', ''), chr(1), '\\\\')
                    else regexp_replace(part, '-?(nan|infinity|inf)', 'null', 'gi')
                  end
                  for part in regexp_extract_all(cast(value as varchar), '"(?:[^"\\\\]|\\\\.)*"|[^"]+')
                ],
                ''
              ) as json
            )
          else value
        end
    `,
]

const filesOf = (files: readonly string[]): Sql =>
  files.length === 1 ? literal(files[0] ?? '') : sql`[${join(files.map(literal), ', ')}]`

const call = (fn: string, files: readonly string[], options: readonly Sql[]): Sql =>
  sql`${trusted(fn)}(${join([filesOf(files), ...options], ', ')})`

/** Parts under one another, columns by their names. */
const united = (parts: readonly Sql[]): Sql => sql`
  (
    ${join(parts, '\nunion all by name\n')}
  )
`

// CSV

/**
 * Every column as text. Where the header is known nothing is guessed; the dialect is pinned either way: a line
 * that begins with # is a row, and rows are neither padded nor left out.
 */
function csvAsText(read: FilesToRead): Sql {
  const { csv, files, parts, valueTypes = {} } = read
  if (parts === undefined) {
    const names = csv?.names ? [sql`names = ${texts(csv.names)}`] : []
    const found = call('read_csv', files, [
      ...headerOf(csv),
      ...names,
      sql`all_varchar = true`,
      sql`union_by_name = true`,
      ...dialectOf(csv, {}),
      sql`strict_mode = true`,
    ])
    return usual(found, undefined, csv, valueTypes) ?? found
  }
  const selects = parts.map((part) => {
    const names = part.names ?? []
    const columns = names.map((name) => sql`${literal(name)}: 'VARCHAR'`)
    const found = call('read_csv', part.files, [
      sql`auto_detect = false`,
      ...headerOf(csv),
      sql`columns = {${join(columns, ', ')}}`,
      ...dialectOf(csv, part),
      // The strict reader takes the first line break of a header for the end of every line.
      sql`strict_mode = ${trusted(String(!part.lenient))}`,
    ])
    return { found, select: usual(found, names, csv, valueTypes) }
  })
  const [first] = selects
  if (first && selects.length === 1) return first.select ?? first.found
  return united(selects.map(({ found, select }) => sql`select * from ${select ?? found}`))
}

/** Columns with the types that their values show, or that the project gives. */
function typedCsv(read: FilesToRead): Sql {
  const { csv, files, parts = [], textColumns = [], columnTypes = {} } = read
  // The reader would take the point of 1.5 for one between thousands, and leave out the offset of a time: such texts
  // are read as mappings read them.
  const rewritten = Object.entries(columnTypes).filter(
    ([, type]) => type === 'timestamp' || (isNumber(type) && csv?.decimal === ','),
  )
  const types = [
    ...textColumns.filter((name) => !Object.hasOwn(columnTypes, name)).map((name) => [name, 'VARCHAR']),
    ...Object.entries(columnTypes).map(([name, type]) => [
      name,
      rewritten.some(([other]) => other === name) ? 'VARCHAR' : CSV_TYPES[type],
    ]),
  ].map(([name = '', type = '']) => sql`${literal(name)}: ${literal(type)}`)
  const alike = <T>(value: (part: FilePart) => T) => {
    const values = new Set(parts.map(value))
    return values.size === 1 ? [...values][0] : undefined
  }
  const found = call('read_csv', files, [
    ...headerOf(csv),
    ...(csv?.names ? [sql`names = ${texts(csv.names)}`] : []),
    sql`union_by_name = true`,
    ...dialectOf(csv, { delimiter: alike((p) => p.delimiter), blank: alike((p) => p.blank) }),
    ...(parts.some((part) => part.lenient) ? [sql`strict_mode = false`] : []),
    ...(csv?.decimal === ',' ? [sql`decimal_separator = ','`] : []),
    ...(csv?.date_format === undefined ? [] : [sql`dateformat = ${literal(csv.date_format)}`]),
    ...(csv?.timestamp_format === undefined ? [] : [sql`timestampformat = ${literal(csv.timestamp_format)}`]),
    ...(types.length > 0 ? [sql`types = {${join(types, ', ')}}`] : []),
  ])
  if (rewritten.length === 0) return found
  const replaced = rewritten.map(([name, type]) => {
    const column = identifier(name)
    const text = usualValue(column, type, csv) ?? column
    const value =
      type === 'timestamp' ? utcOf(text, 'cast') : sql`cast(${text} as ${trusted(CSV_TYPES[type])})`
    return sql`${value} as ${column}`
  })
  return sql`
    (
      select * replace (${join(replaced, ', ')})
      from ${found}
    )
  `
}

/** A text as a UTC timestamp: with an offset it is that instant. */
export function utcOf(text: Sql, cast: 'cast' | 'try_cast'): Sql {
  const as = (type: string) => sql`${trusted(cast)}(${text} as ${trusted(type)})`
  const hasOffset = sql`regexp_matches(${text}, ${literal(`:.*${HAS_OFFSET}`)})`
  return sql`case when ${hasOffset} then timezone('UTC', ${as('timestamptz')}) else ${as('timestamp')} end`
}

const isNumber = (type: PropertyType): boolean => type === 'number' || type === 'integer'

const CSV_TYPES: Record<PropertyType, string> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  json: 'JSON',
}

const texts = (values: readonly string[]): Sql => sql`[${join(values.map(literal), ', ')}]`

const headerOf = (csv: CsvOptions | undefined): Sql[] => [
  sql`header = ${trusted(String(csv?.header ?? true))}`,
]

function dialectOf(csv: CsvOptions | undefined, found: Omit<FilePart, 'files'>): Sql[] {
  const skip = (csv?.skip ?? 0) + (found.blank ?? 0)
  const quote = csv?.quote ?? '"'
  const delimiter = csv?.delimiter ?? found.delimiter
  const nulls = ['', ...[csv?.nulls ?? []].flat().filter((value) => value !== '')]
  return [
    ...(delimiter === undefined ? [] : [sql`delim = ${literal(delimiter === '\t' ? '\\t' : delimiter)}`]),
    sql`quote = ${literal(quote)}`,
    sql`escape = ${literal(csv?.escape ?? quote)}`,
    sql`comment = ''`,
    sql`nullstr = ${nulls.length === 1 ? literal('') : texts(nulls)}`,
    ...(skip > 0 ? [sql`skip = ${literal(skip)}`] : []),
    ...(csv && csv.encoding !== 'utf-8'
      ? // what DuckDB cannot read is written anew before it is read
        [sql`encoding = ${literal(csv.encoding === 'windows-1252' ? 'latin-1' : csv.encoding)}`]
      : []),
  ]
}

/** The lines of a file of text as `line`, whatever stands in them; null where one is empty. */
export function textLines(file: string, csv: CsvOptions): Sql {
  const asTheyAre = {
    ...csv,
    skip: 0,
    quote: '',
    escape: '',
    delimiter: '\u0001\u0002\u0003\u0004',
    nulls: undefined,
  }
  return call(
    'read_csv',
    [file],
    [
      sql`auto_detect = false`,
      sql`header = false`,
      sql`columns = {'line': 'VARCHAR'}`,
      ...dialectOf(asTheyAre, {}),
      sql`strict_mode = false`,
    ],
  )
}

/**
 * Texts in the notation that everything else reads: numbers with a point, times as ISO 8601. A text that is not
 * in the file's notation stays as it is.
 * @returns undefined where nothing is to be done
 */
function usual(
  found: Sql,
  names: readonly string[] | undefined,
  csv: CsvOptions | undefined,
  types: Readonly<Record<string, PropertyType>>,
): Sql | undefined {
  const replaced = Object.entries(types).flatMap(([name, type]) => {
    if (names && !names.includes(name)) return []
    const value = usualValue(identifier(name), type, csv)
    return value ? [sql`${value} as ${identifier(name)}`] : []
  })
  if (replaced.length === 0) return undefined
  return sql`
    (
      select * replace (${join(replaced, ', ')})
      from ${found}
    )
  `
}

/** A number with a comma and, maybe, points between its thousands. */
const DECIMAL_COMMA = String.raw`\s*[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]*)(,[0-9]+)?([eE][+-]?[0-9]+)?\s*`

export function usualValue(
  value: Sql,
  type: PropertyType | undefined,
  csv: CsvOptions | undefined,
): Sql | undefined {
  if (type !== undefined && isNumber(type)) {
    return csv?.decimal === ','
      ? sql`case when regexp_full_match(${value}, ${literal(DECIMAL_COMMA)}) then replace(replace(${value}, '.', ''), ',', '.') else ${value} end`
      : undefined
  }
  if (type !== 'timestamp' && type !== 'date') return undefined
  const read = [
    ...(csv?.timestamp_format === undefined
      ? []
      : [sql`cast(${byFormat(value, csv.timestamp_format)} as varchar)`]),
    ...(csv?.date_format === undefined
      ? []
      : [sql`cast(cast(${byFormat(value, csv.date_format)} as date) as varchar)`]),
  ]
  return read.length === 0 ? undefined : sql`coalesce(${join([...read, value], ', ')})`
}

/** `%Y` takes `24` for the year 24: a year has four digits, and what has two is left to be told of. */
function byFormat(value: Sql, format: string): Sql {
  const read = sql`try_strptime(${value}, ${literal(format)})`
  return format.includes('%Y') ? sql`case when year(${read}) >= 1000 then ${read} end` : read
}

// Parquet

function parquet({ files, parts, functions }: FilesToRead): Sql {
  const all = [sql`union_by_name = true`]
  if (parts === undefined) return call('read_parquet', files, all)
  const selects = parts.map((part) => {
    const found = call('read_parquet', part.files, [
      ...all,
      ...(part.binary ? [sql`binary_as_string = true`] : []),
    ])
    const replaced = [
      ...Object.entries(part.unlike ?? {}).map(
        ([name, type]) => sql`${textOf(name, type, part, functions)} as ${identifier(name)}`,
      ),
      ...Object.entries(part.mixedFloats ?? {}).map(
        ([name, type]) => sql`${inShortest(identifier(name), type)} as ${identifier(name)}`,
      ),
    ]
    return { found, replaced }
  })
  const [first] = selects
  if (first && selects.length === 1 && first.replaced.length === 0) return first.found
  return united(
    selects.map(({ found, replaced }) =>
      replaced.length === 0
        ? sql`select * from ${found}`
        : sql`
            select * replace (
              ${join(replaced, ',\n')}
            )
            from ${found}
          `,
    ),
  )
}

export const isNested = (type: string) => /\[\d*\]$|^(STRUCT|MAP|UNION)\(/.test(type)

/** The 32-bit numbers in a value by their shortest decimals: by way of texts, not as the doubles that are next to them. */
function inShortest(value: Sql, type: string): Sql {
  const as = (float: string) =>
    trusted(type.replaceAll(/"(?:[^"]|"")*"|\bFLOAT\b/g, (part) => (part === 'FLOAT' ? float : part)))
  return sql`cast(cast(${value} as ${as('VARCHAR')}) as ${as('DOUBLE')})`
}

/** Whether a list or an object has numbers of both widths, which nothing can tell apart as JSON. */
export const hasMixedFloats = (type: string): boolean =>
  isNested(type) && /\bFLOAT\b/.test(type) && /\bDOUBLE\b/.test(type)

/**
 * A column as text. An id that is a floating-point number beyond all of its digits keeps the exponent, or the point in
 * a list, by which it can be told that some are gone.
 */
function textOf(
  name: string,
  type: string,
  { unlikeIds = [] }: FilePart,
  functions: string | undefined,
): Sql {
  const value = identifier(name)
  const text = asText(value, type, functions)
  const [, kind, list] = /^(DOUBLE|FLOAT)(\[\d*\])?$/.exec(type) ?? []
  if (kind === undefined || !unlikeIds.includes(name)) return text
  const most = literal(kind === 'FLOAT' ? 16_777_216 : 9_007_199_254_740_992)
  return list === undefined
    ? sql`case when isfinite(${value}) and abs(${value}) >= ${most} then printf('%.16e', cast(${value} as double)) else ${text} end`
    : sql`case when list_max([abs(item) for item in ${value} if isfinite(item)]) >= ${most} then cast(to_json(${value}) as varchar) else ${text} end`
}

/** A value as the text that stands for it as an id or a property: whole numbers without a fraction, lists as JSON. */
function asText(value: Sql, type: string, functions: string | undefined): Sql {
  if (type === 'VARCHAR') return value
  if (functions !== undefined) return sql`${identifier(functions, 'value_text')}(${value})`
  if (isNested(type)) return sql`cast(to_json(${value}) as varchar)`
  if (type === 'DOUBLE' || type === 'FLOAT') {
    return sql`case when abs(${value}) < 1e37 and ${value} = trunc(${value}) then cast(cast(${value} as hugeint) as varchar) when isfinite(${value}) then cast(${value} as varchar) end`
  }
  if (type.startsWith('DECIMAL'))
    return sql`regexp_replace(cast(${value} as varchar), '(\\.[0-9]*[1-9])0+$|\\.0*$', '\\1')`
  if (type === 'TIMESTAMP WITH TIME ZONE')
    return sql`replace(cast(timezone('UTC', ${value}) as varchar), ' ', 'T') || '+00:00'`
  if (type.startsWith('TIMESTAMP'))
    return sql`replace(cast(cast(${value} as timestamp) as varchar), ' ', 'T')`
  return sql`cast(${value} as varchar)`
}

// lines of JSON

const LINE_TYPES: Record<LineType, string> = { text: 'VARCHAR', json: 'JSON' }

function lines({ files, columns, whole = false, lines: withLines = false, functions }: FilesToRead): Sql {
  if (columns === undefined) {
    const sample = whole ? [sql`sample_size = -1`] : []
    return call('read_json', files, [
      sql`format = 'newline_delimited'`,
      sql`union_by_name = true`,
      sql`maximum_depth = 1`,
      ...sample,
    ])
  }
  // A member is found byte for byte, where columns of the reader are found in any case.
  if (withLines) {
    const types = Object.fromEntries(
      Object.entries(columns).map(([name, type]) => [name, LINE_TYPES[type]] as const),
    )
    const members = sql`unnest(json_transform(json, ${literal(JSON.stringify(types))}))`
    return sql`(select ${members}, json as source_line from read_ndjson_objects(${filesOf(files)}))`
  }
  const typed = Object.entries(columns).map(
    ([name, type]) => sql`${literal(name)}: ${literal(LINE_TYPES[type])}`,
  )
  const found = call('read_json', files, [
    sql`format = 'newline_delimited'`,
    sql`columns = {${join(typed, ', ')}}`,
  ])
  if (functions === undefined || typed.length === 0) return found
  const plain = Object.entries(columns).map(([name, type]) => {
    const column = identifier(name)
    return type === 'json'
      ? sql`${identifier(functions, 'storable_json')}(${column}) as ${column}`
      : sql`replace(${column}, chr(0), '') as ${column}`
  })
  return sql`
    (
      select
        ${join(plain, ',\n')}
      from ${found}
    )
  `
}
