/** The rows of a unit test: read from YAML, CSV or a fixture, with the type of each column. */
import { ownField } from '../project/own_field.ts'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { RowColumn, RowType } from '../engines/file_reader.ts'
import { INSTANT, HAS_OFFSET, NUMBER } from '../engines/lib/patterns.ts'
import { suggest, type Location, type Problem } from '../problems.ts'
import { CsvError, readCsv } from '../project/csv.ts'
import type { Path } from '../project/path.ts'
import { isInside, linkedOutside } from '../project/inside.ts'
import type { Project } from '../project/load.ts'
import { jsonText as jsonOf, Unquoted } from '../project/scalars.ts'
import type { RowsOptions } from '../project/unit_test_schema.ts'
import { FIXTURES } from './project_sql.ts'

/** Rows as they are written: values of YAML, or texts of CSV. */
export type WrittenRows =
  | { readonly kind: 'sql'; readonly text: string; readonly at: Location }
  | {
      readonly kind: 'rows'
      readonly columns: readonly string[]
      readonly rows: readonly WrittenRow[]
      /** Numbers and the like are written as text. */
      readonly texts: boolean
      readonly at: Location
    }

export interface WrittenRow {
  readonly values: Readonly<Record<string, unknown>>
  /** Where the value of a column stands. */
  at(column: string): Location
}

/**
 * @param at path of the map with `rows`, `format` and `fixture`
 * @returns undefined where a problem was found
 */
export function readRows(
  given: RowsOptions,
  at: Path,
  project: Project,
  problems: Problem[],
): WrittenRows | undefined {
  const { rows, fixture, format } = given
  const place = project.locate(at)
  const wrong = (problem: Problem) => {
    problems.push(problem)
    return undefined
  }
  if (rows !== undefined && fixture !== undefined) {
    return wrong({
      code: 'contradiction',
      message: 'There are both `rows` and a `fixture`.',
      at: project.locateKey([...at, 'fixture']),
      fix: 'Remove one of the two.',
    })
  }
  if (fixture !== undefined) return fixtureRows(fixture, format, at, project, problems)
  if (rows === undefined) {
    return wrong({
      code: 'missing_field',
      message: 'There are no rows here.',
      at: place,
      fix: 'Add `rows:` or `fixture:`; `rows: []` is none.',
    })
  }
  const rowsAt = project.locate([...at, 'rows'])
  if (typeof rows !== 'string') {
    if (format === 'csv' || format === 'sql') {
      return wrong({
        code: 'invalid_value',
        message: `With \`format: ${format}\` the rows are a text.`,
        at: rowsAt,
        fix: `Write \`rows: |\` and the ${format.toUpperCase()} below it, or leave \`format\` out.`,
      })
    }
    return {
      kind: 'rows',
      columns: [...new Set(rows.flatMap(Object.keys))],
      rows: rows.map((values, k) => ({
        values,
        at: (column) => project.locate([...at, 'rows', k, column]),
      })),
      texts: false,
      at: rowsAt,
    }
  }
  if (format === 'sql') return { kind: 'sql', text: query(rows), at: rowsAt }
  if (format === 'csv') return csvRows(rows, () => rowsAt, problems)
  return wrong({
    code: 'invalid_value',
    message: 'The rows are a text, and `format` does not say of what kind.',
    at: rowsAt,
    fix: 'Add `format: csv` or `format: sql`, or write a list of {column: value}.',
  })
}

function fixtureRows(
  fixture: string,
  format: RowsOptions['format'],
  at: Path,
  project: Project,
  problems: Problem[],
): WrittenRows | undefined {
  const place = project.locate([...at, 'fixture'])
  if (format === 'dict') {
    problems.push({
      code: 'invalid_value',
      message: 'A fixture holds CSV or SQL, not `format: dict`.',
      at: project.locate([...at, 'format']),
      fix: 'Leave `format` out; the ending of the file says it.',
    })
    return undefined
  }
  const endings = format === undefined ? ['csv', 'sql'] : [format]
  const name = fixture.replace(/\.(csv|sql)$/, '')
  const file = endings
    .map((ending) => `${FIXTURES}${name}.${ending}`)
    .find((candidate) => existsSync(path.join(project.dir, candidate)))
  if (file === undefined) {
    problems.push({
      code: 'missing_file',
      message: `There is no fixture ${endings.map((ending) => `\`${FIXTURES}${name}.${ending}\``).join(' and no ')}.`,
      at: place,
      fix: suggest(name, fixturesOf(project, endings), 'The fixtures are'),
    })
    return undefined
  }
  if (!isInside(project, file)) {
    problems.push({ ...linkedOutside(file), at: place })
    return undefined
  }
  const text = readFileSync(path.join(project.dir, file), 'utf8')
  const lines = text.split(/\r?\n/)
  const inFile = (line: number): Location => ({ file, line, column: 1, excerpt: lines[line - 1] ?? '' })
  if (file.endsWith('.sql')) return { kind: 'sql', text: query(text), at: inFile(1) }
  return csvRows(text, inFile, problems)
}

function fixturesOf(project: Project, endings: readonly string[]): string[] {
  const folder = path.join(project.dir, FIXTURES)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => endings.some((ending) => file.endsWith(`.${ending}`)))
    .map((file) => file.replace(/\.\w+$/, ''))
    .sort()
}

function csvRows(
  text: string,
  place: (line: number) => Location,
  problems: Problem[],
): WrittenRows | undefined {
  try {
    const { columns, rows } = readCsv(text)
    return {
      kind: 'rows',
      columns,
      rows: rows.map(({ line, fields }) => ({
        values: Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? null])),
        at: () => place(line),
      })),
      texts: true,
      at: place(1),
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    problems.push({
      code: 'unreadable_file',
      message: `This is not CSV. Line ${error.line}: ${error.message}`,
      at: place(error.line),
      fix: 'Put values with commas, quotes or line breaks into double quotes, and double the quotes in them.',
    })
    return undefined
  }
}

const query = (text: string) => text.trim().replace(/;$/, '').trimEnd()

const matches = (pattern: string) => {
  const regex = new RegExp(pattern)
  return (text: string) => regex.test(text)
}
const isInstant = matches(INSTANT)
const hasOffset = matches(`:.*${HAS_OFFSET}`)
const isNumber = matches(NUMBER)
const isDate = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && isInstant(text)
const isWhole = (text: string) => /^[+-]?\d+$/.test(text)
/** Ids are often digits with zeros before them, which a number would lose. */
const isPlainWhole = (text: string) => /^-?(0|[1-9]\d{0,17})$/.test(text)

/** The type that values without a known one have: what a reader of files would make of them. */
export function inferredType(values: readonly unknown[], texts: boolean): RowType {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return 'text'
  const all = (test: (value: unknown) => boolean) => present.every(test)
  const text = (test: (value: string) => boolean) => all((v) => typeof v === 'string' && test(v))
  const unquoted = (test: (value: string) => boolean) =>
    all((v) => v instanceof Unquoted && Number.isFinite(v.value) && test(v.text))
  const isBoolean = (v: unknown) => v instanceof Unquoted && typeof v.value === 'boolean'
  // `02134` is an id, and as a number another one.
  const isLikeNumber = (v: string) => !/^[+-]?0\d/.test(v)
  if (all((v) => Array.isArray(v))) {
    return all((v) => (v as unknown[]).every((item) => typeof item === 'string')) ? 'text[]' : 'json'
  }
  if (present.some((v) => typeof v === 'object' && !(v instanceof Unquoted))) return 'json'
  if (all(isBoolean) || (texts && text((v) => v === 'true' || v === 'false'))) return 'boolean'
  if (unquoted(isPlainWhole) || (texts && text(isPlainWhole))) return 'bigint'
  if (unquoted(isLikeNumber) || (texts && text((v) => isNumber(v) && isLikeNumber(v)))) return 'number'
  if (text(isDate)) return 'date'
  if (text((v) => isInstant(v) && hasOffset(v))) return 'timestamptz'
  if (text((v) => isInstant(v) && !hasOffset(v))) return 'timestamp'
  return 'text'
}

/** A value as the text that `rowsQuery` takes; undefined where it cannot be read as the type. */
export function valueText(value: unknown, type: RowType): string | null | undefined {
  if (value === null || value === undefined) return null
  const text = plainText(value)
  const when = (fits: boolean) => (fits ? text : undefined)
  // YAML has more spellings of numbers than databases: 0x1F, 1e3 for a whole one.
  const number = value instanceof Unquoted && typeof value.value === 'number' ? String(value.value) : text
  switch (type) {
    case 'text':
      return text
    case 'text[]':
      return listText(value)
    case 'json':
      return jsonText(value)
    case 'bigint':
    case 'integer':
      return isWhole(text) ? text : isWhole(number) ? number : undefined
    case 'number':
      return isNumber(text) ? text : isNumber(number) ? number : undefined
    case 'boolean':
      return when(/^(true|false)$/i.test(text))
    case 'date':
      return when(isDate(text))
    case 'timestamp':
    case 'timestamptz':
      return when(isInstant(text))
  }
}

/** What a value of the type looks like, for a message. */
export const EXAMPLES: Readonly<Record<RowType, string>> = {
  text: 'a text',
  'text[]': 'a list of texts such as [acme, beta]',
  json: 'JSON',
  bigint: 'a whole number',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date such as 2024-01-31',
  timestamp: 'an instant such as 2024-01-31T12:00:00Z',
  timestamptz: 'an instant such as 2024-01-31T12:00:00Z',
}

const plainText = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Unquoted ? value.text : jsonOf(value)

/** An object or a list in text is what it says; any other text is itself. */
function jsonText(value: unknown): string {
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    try {
      return JSON.stringify(JSON.parse(value))
    } catch {
      return JSON.stringify(value)
    }
  }
  return jsonOf(value)
}

function listText(value: unknown): string | undefined {
  if (Array.isArray(value))
    return JSON.stringify(value.map((item) => (item === null ? null : plainItem(item))))
  if (typeof value !== 'string') return undefined
  if (value === '') return '[]'
  if (!value.startsWith('[')) return JSON.stringify([value])
  try {
    return listText(JSON.parse(value) as unknown)
  } catch {
    const inside = /^\[\s*(.*?)\s*\]$/s.exec(value)?.[1]
    return inside === undefined ? undefined : JSON.stringify(inside === '' ? [] : inside.split(/\s*,\s*/))
  }
}

const plainItem = (item: unknown) => (typeof item === 'string' ? item : plainText(item))

/** The rows as texts of their types, columns that are not given as nulls. */
export function typedRows(
  written: Extract<WrittenRows, { kind: 'rows' }>,
  contract: readonly { readonly name: string; readonly type: RowType | undefined }[],
  what: string,
  problems: Problem[],
): { columns: RowColumn[]; rows: (string | null)[][] } {
  const names = [
    ...contract.map(({ name }) => name),
    ...written.columns.filter((column) => !contract.some(({ name }) => name === column)),
  ]
  const columns = names.map((name): RowColumn => {
    const values = written.rows.map(({ values }) => ownField(values, name))
    const known = contract.find((column) => column.name === name)?.type
    return { name, type: known ?? inferredType(values, written.texts) }
  })
  const rows = written.rows.map((row) =>
    columns.map(({ name, type }) => {
      const text = valueText(ownField(row.values, name), type)
      if (text !== undefined) return text
      problems.push({
        code: 'invalid_value',
        message: `\`${name}\` of ${what} is ${EXAMPLES[type]}, not \`${plainText(ownField(row.values, name))}\`.`,
        at: row.at(name),
      })
      return null
    }),
  )
  return { columns, rows }
}
