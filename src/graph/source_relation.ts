/** Where the rows of a source are: a relation of the warehouse, or files with how they are read. */
import path from 'node:path'
import type { FileFormat, FilePart, LineType, PropertyType } from '../engines/index.ts'
import { plural, type Problem } from '../problems.ts'
import type { Path } from '../project/path.ts'
import type { CsvOptions } from '../project/file_schema.ts'
import { isInside } from '../project/inside.ts'
import { otherByName } from '../project/other_files.ts'
import type { Project } from '../project/load.ts'
import type { SourceOptions } from '../project/schema.ts'
import type { Reading, SourceReader } from './connector.ts'

/** Where a source's rows are. */
export type SourceRelation =
  | {
      readonly kind: 'table'
      readonly parts: readonly string[]
      /** The model of the project that it is; known once the models are. */
      readonly model?: string | undefined
    }
  | {
      readonly kind: 'files'
      /** Absolute paths, globs or URLs. */
      readonly files: readonly string[]
      /** As the project writes them. */
      readonly written: readonly string[]
      readonly format: FileFormat
      readonly columns: Readonly<Record<string, LineType>> | undefined
      /** Columns of CSV files that are text for users' own SQL too. */
      readonly textColumns: readonly string[]
      /** Types of columns of CSV files for users' own SQL. */
      readonly columnTypes: Readonly<Record<string, PropertyType>>
      /** Columns whose values are read as numbers or times. */
      readonly valueTypes: Readonly<Record<string, PropertyType>>
      /** Columns that hold ids of users, groups or rows. */
      readonly idColumns: readonly string[]
      readonly csv: CsvOptions | undefined
      /** What was found in the files; undefined until they are looked at, and where they are all alike. */
      readonly parts?: readonly FilePart[] | undefined
    }

/** @returns undefined, with problems, where a source does not say where its rows are */
export function relationOf(
  project: Project,
  reader: SourceReader,
  given: SourceOptions,
  options: never,
  keys: readonly string[],
  at: Path,
  problems: Problem[],
): SourceRelation | undefined {
  if ((given.table === undefined) === (given.file === undefined)) {
    problems.push({
      code: given.table === undefined ? 'missing_field' : 'invalid_value',
      message: `Source \`${given.name}\` needs exactly one of \`table\` and \`file\`.`,
      at: project.locate(at),
      fix: given.table === undefined ? 'Add `file: …` or `table: …`.' : 'Remove one of the two.',
    })
    return undefined
  }
  if (given.table !== undefined) {
    for (const field of ['csv', 'column_types'] as const) {
      if (given[field] === undefined) continue
      problems.push({
        code: 'invalid_value',
        message: `Source \`${given.name}\`: \`${field}\` is for CSV files, and this source is a table.`,
        at: project.locateKey([...at, field]),
        fix: 'Remove it.',
      })
    }
    const parts = given.table.split('.')
    if (parts.length > 3 || parts.includes('')) {
      problems.push({
        code: 'invalid_value',
        message: `\`${given.table}\` is not a relation: write table, schema.table or database.schema.table.`,
        at: project.locate([...at, 'table']),
      })
    }
    return { kind: 'table', parts }
  }
  const written = typeof given.file === 'string' ? [given.file] : (given.file ?? [])
  const place = (n: number) => project.locate([...at, 'file', ...(typeof given.file === 'string' ? [] : [n])])
  for (const [n, file] of written.entries()) {
    if (!isInside(project, file) && !project.broken.any('external_paths')) {
      problems.push({
        code: 'path_outside_project',
        message: `\`${file}\` lies outside of the project's folder.`,
        at: place(n),
        fix: 'If that is meant, name its folder under `external_paths:` in project.yml.',
      })
    }
  }
  const others = given.format === undefined ? written.map(otherByName) : []
  for (const [n, other] of others.entries()) {
    if (other === undefined) continue
    problems.push({
      code: 'unreadable_file',
      message: `Source \`${given.name}\`: \`${written[n]}\` is ${other.is}, by its ending.`,
      at: place(n),
      fix: other.fix,
    })
  }
  if (others.some((other) => other !== undefined)) return undefined
  const formats = new Set(written.map((file) => given.format ?? formatOf(file)))
  const format = [...formats][0]
  if (formats.size > 1 || format === undefined) {
    problems.push({
      code: 'invalid_value',
      message:
        formats.size > 1
          ? `The files of source \`${given.name}\` have ${plural(formats.size, 'format')}; one source has one.`
          : `The ending of \`${written[0]}\` does not say what format it has.`,
      at: place(0),
      fix: `Say \`format: parquet\`, \`format: csv\` or \`format: ndjson\`.${folderAdvice(written[0] ?? '')}`,
    })
    return undefined
  }
  for (const field of format === 'csv' ? [] : (['csv', 'column_types'] as const)) {
    if (given[field] === undefined) continue
    problems.push({
      code: 'invalid_value',
      message: `Source \`${given.name}\`: \`${field}\` is for CSV files, and its files are ${format}.`,
      at: project.locateKey([...at, field]),
      fix:
        format === 'parquet'
          ? 'Remove it: Parquet files say themselves what types their columns have.'
          : 'Remove it, or say `format: csv` if that is what the files are.',
    })
  }
  const readings: readonly (readonly [string, Reading])[] = [
    ...reader.readings(options, keys),
    ...Object.keys(loadedAtText(given)).map((column) => [column, 'time'] as const),
  ]
  if (given.csv) problems.push(...readInTwoWays(project, given.name, given.csv, readings, at))
  const readAs = (...kinds: readonly Reading[]) => [
    ...new Set(readings.flatMap(([column, as]) => (kinds.includes(as) ? [column] : []))),
  ]
  const files = written.map((file) => (file.includes('://') ? file : path.resolve(project.dir, file)))
  return {
    kind: 'files',
    files,
    written,
    format,
    csv: given.csv,
    columnTypes: given.column_types ?? {},
    valueTypes: valueTypes(readings),
    idColumns: readAs('id'),
    columns:
      format === 'ndjson' ? { ...loadedAtText(given), ...reader.fileColumns(options, keys) } : undefined,
    // so that 0012 stays 0012 and no date is guessed
    textColumns: readAs('name', 'time', 'id'),
  }
}

const valueTypes = (readings: readonly (readonly [string, Reading])[]): Record<string, PropertyType> =>
  Object.fromEntries(
    readings.flatMap(([column, as]) =>
      as === 'id' || as === 'name' || as === 'as_written'
        ? []
        : [[column, as === 'time' ? ('timestamp' as const) : as] as const],
    ),
  )

/** The settings by which a column's texts are rewritten before they are read as this; none where they stay. */
function notationOf(reading: Reading, csv: CsvOptions): readonly string[] {
  switch (reading) {
    case 'integer':
    case 'number':
      return csv.decimal === ',' ? ['decimal'] : []
    case 'date':
    case 'timestamp':
    case 'time':
      return (['date_format', 'timestamp_format'] as const).filter((field) => csv[field] !== undefined)
    default:
      return []
  }
}

/** A column whose texts are rewritten before they are read is all of these things at once, or none of them. */
function readInTwoWays(
  project: Project,
  source: string,
  csv: CsvOptions,
  readings: readonly (readonly [string, Reading])[],
  at: Path,
): Problem[] {
  const columns = new Map<string, Map<string, Reading>>()
  for (const [column, as] of readings) {
    const notations = columns.get(column) ?? new Map<string, Reading>()
    columns.set(column, notations.set(notationOf(as, csv).join(), as))
  }
  return [...columns].flatMap(([column, notations]) => {
    const [field] = [...notations.keys()].filter((fields) => fields !== '').flatMap((f) => f.split(','))
    if (notations.size < 2 || field === undefined) return []
    const ways = [...notations.values()].map((as) => READ_AS[as])
    return [
      {
        code: 'contradiction' as const,
        message: `Source \`${source}\`: \`${column}\` is read as ${ways.join(' and as ')}, and \`csv: { ${field}: … }\` says how it is rewritten before it is read at all.`,
        at: project.locateKey([...at, 'csv', field]),
        fix: `Read \`${column}\` as one of these; or make a column of each in a model, and read that as \`table:\`.`,
      },
    ]
  })
}

const READ_AS: Readonly<Record<Reading, string>> = {
  id: 'an id',
  name: 'a name',
  time: 'a time',
  as_written: 'the text that it is',
  text: 'text',
  json: 'JSON',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  date: 'a date',
  timestamp: 'a time',
}

const loadedAtText = ({ loaded_at_field: column }: SourceOptions): Record<string, LineType> =>
  column === undefined ? {} : { [column]: 'text' }

/** A name without an ending may be that of a folder. */
const folderAdvice = (file: string) =>
  path.extname(file) === ''
    ? ` If it is a folder, name the files in it: \`${path.posix.join(file, '*.csv')}\`.`
    : ''

function formatOf(file: string): FileFormat | undefined {
  const ending = /\.([a-z0-9]+)(\.(gz|zst))?$/i.exec(file)?.[1]?.toLowerCase() ?? ''
  if (['parquet', 'pq'].includes(ending)) return 'parquet'
  if (['csv', 'tsv'].includes(ending)) return 'csv'
  if (['ndjson', 'jsonl', 'json'].includes(ending)) return 'ndjson'
  return undefined
}
