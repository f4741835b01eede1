/**
 * What is in the files of a source, looked at before anything is built: which of them can be read by one call,
 * and which columns must become text because another file has them in another type.
 */
import type { FilePart } from '../engines/index.ts'
import { hasMixedFloats, isNested, filesRelation, type FileReader } from '../engines/file_reader.ts'
import type { Source } from '../graph/catalog.ts'
import type { SourceRelation } from '../graph/source_relation.ts'
import type { Project } from '../project/load.ts'
import type { CsvOptions } from '../project/file_schema.ts'
import { join, literal, sql } from '../sql/sql.ts'
import type { Column } from '../engines/index.ts'
import { csvHead, decoded, withoutLines, type CsvHead } from './csv_head.ts'
import { miscounted } from './csv_rows.ts'
import type { FileFault } from './file_faults.ts'
import { headOf, type FileHead } from './file_head.ts'
import { inUtf8, isCopied } from './file_encoding.ts'
import { packedFault } from './packed_lines.ts'

export type FilesRelation = Extract<SourceRelation, { kind: 'files' }>

/** The columns of one of the files that have them all alike. */
export interface NamesOfFile {
  readonly file: string
  readonly names: readonly string[]
  /** Names that stand in its header more than once, with the places of the fields, from 1. */
  readonly repeated?: Readonly<Record<string, readonly number[]>>
}

export interface Looked {
  /** The relation with what was found in its files. */
  readonly relation: FilesRelation
  /** Undefined where only the reader can tell. */
  readonly names: readonly NamesOfFile[] | undefined
  /** Files that hold nothing at all. */
  readonly empty: readonly string[]
  /** What the reader would leave out without a word. */
  readonly faults?: readonly FileFault[]
}

/** @param files all files of the source that are here, by their names */
export async function lookInto(
  source: Source,
  relation: FilesRelation,
  files: readonly string[],
  project: Project,
  reader: FileReader,
): Promise<Looked> {
  const elsewhere = relation.files.some((file) => file.includes('://'))
  if (relation.format === 'parquet') return { ...(await parquetParts(source, relation, reader)), empty: [] }
  if (elsewhere) return { relation, names: undefined, empty: [] }
  if (relation.format === 'ndjson') return { relation, names: undefined, empty: files.filter(isBlank) }
  const { csv: given } = relation
  const faults = await Promise.all(files.map((file) => packedFault(file, given, reader)))
  if (faults.some((fault) => fault !== undefined))
    return { relation, names: undefined, empty: [], faults: faults.filter((fault) => fault !== undefined) }
  const isCopy = isCopied(given?.encoding) || files.some((file) => leavesOutQuotes(file, given))
  if (given === undefined || !isCopy) return csvParts(source, relation, files)
  const written = await inUtf8(files, given.encoding, given.skip, project)
  const csv = { ...given, encoding: 'utf-8' as const }
  const looked = csvParts(source, { ...relation, files: written, csv }, written)
  return { ...looked, empty: looked.empty.map((copy) => files[written.indexOf(copy)] ?? copy) }
}

/** Nothing but empty lines. */
function isBlank(file: string): boolean {
  const head = headOf(file)
  return head !== undefined && head.whole && !/\S/.test(head.bytes.toString('latin1'))
}

/** Whether the lines before the header, or before the first row, have a quote in them. */
function leavesOutQuotes(file: string, csv: CsvOptions | undefined): boolean {
  const quote = csv?.quote ?? '"'
  const head = csv?.skip && quote !== '' ? headOf(file) : undefined
  if (head === undefined) return false
  const text = decoded(head.bytes, csv?.encoding)
  return text.slice(0, text.length - withoutLines(text, csv?.skip ?? 0).length).includes(quote)
}

/** Bytes of a header that is longer than any that was ever meant. */
const LONGEST_HEADER = 16 * 1024 * 1024

function csvParts(source: Source, relation: FilesRelation, files: readonly string[]): Looked {
  const wanted = source.columnsRead.map(({ column }) => column)
  const groups = new Map<string, CsvHead & { files: string[] }>()
  const empty: string[] = []
  const faults: FileFault[] = []
  for (const file of files) {
    const head = headOf(file)
    if (head === undefined) return { relation, names: undefined, empty: [] }
    const found = csvHead(file, head, relation.csv, wanted) ?? longHeader(file, head, relation, wanted)
    if (found === undefined) {
      empty.push(file)
      continue
    }
    const fault = found.lenient ? miscounted(file, found, relation.csv) : undefined
    if (fault) faults.push(fault)
    const key = JSON.stringify([found.names, found.repeated, found.delimiter, found.blank, found.lenient])
    const group = groups.get(key)
    if (group) group.files.push(file)
    else groups.set(key, { ...found, files: [file] })
  }
  const found = [...groups.values()]
  const parts = found.map(({ names, delimiter, blank, lenient, files: alike }) => ({
    // As they are written, where all are alike: a pattern is shorter than the files that it stands for.
    files: found.length === 1 && empty.length === 0 ? relation.files : alike,
    names,
    delimiter,
    blank,
    lenient,
  }))
  return {
    relation: { ...relation, parts },
    names: found.map(({ files: alike, names, repeated }) => ({ file: alike[0] ?? '', names, repeated })),
    empty,
    faults,
  }
}

function longHeader(
  file: string,
  head: FileHead,
  relation: FilesRelation,
  wanted: readonly string[],
): CsvHead | undefined {
  const more = head.whole ? undefined : headOf(file, LONGEST_HEADER)
  return more && csvHead(file, more, relation.csv, wanted)
}

interface ParquetGroup {
  readonly files: string[]
  readonly columns: readonly Column[]
}

async function parquetParts(
  source: Source,
  relation: FilesRelation,
  reader: FileReader,
): Promise<Pick<Looked, 'relation' | 'names'>> {
  const groups = await parquetGroups(relation, reader)
  const names = groups.map(({ files, columns }) => ({
    file: files[0] ?? '',
    names: columns.map(({ name }) => name),
  }))
  const read = new Set(source.columnsRead.map(({ column }) => column.toLowerCase()))
  const binary = groups.some(({ columns }) =>
    columns.some(({ name, type }) => read.has(name.toLowerCase()) && /\bBLOB\b/.test(type)),
  )
  const shown = (type: string) => (binary ? type.replaceAll(/\bBLOB\b/g, 'VARCHAR') : type)
  const types = new Map<string, Set<string>>()
  for (const { name, type } of groups.flatMap(({ columns }) => columns)) {
    const key = name.toLowerCase()
    types.set(key, (types.get(key) ?? new Set()).add(shown(type)))
  }
  const unlike = new Set([...types].filter(([, of]) => !areAlike([...of])).map(([key]) => key))
  const isUnlike = ({ name }: Column) => unlike.has(name.toLowerCase())
  const mixedIn = (columns: readonly Column[]) =>
    Object.fromEntries(
      columns
        .filter((column) => !isUnlike(column) && hasMixedFloats(column.type))
        .map(({ name, type }) => [name, shown(type)]),
    )
  const mixedFloats = mixedIn(groups.flatMap(({ columns }) => columns))
  if (unlike.size === 0 && !binary && Object.keys(mixedFloats).length === 0) return { relation, names }
  if (unlike.size === 0)
    return { relation: { ...relation, parts: [{ files: relation.files, binary, mixedFloats }] }, names }
  // Files that differ only in columns that are alike in type are still read by one call.
  const parts = new Map<string, PartOfParquet>()
  const ids = new Set(relation.idColumns.map((column) => column.toLowerCase()))
  for (const { files, columns } of groups) {
    const here = columns
      .filter(isUnlike)
      .map(({ name, type }) => [name, shown(type)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(here)
    const part = parts.get(key) ?? {
      files: [],
      unlike: Object.fromEntries(here),
      unlikeIds: here.flatMap(([name]) => (ids.has(name.toLowerCase()) ? [name] : [])),
      binary,
      mixedFloats: {},
    }
    part.files.push(...files)
    Object.assign(part.mixedFloats, mixedIn(columns))
    parts.set(key, part)
  }
  return { relation: { ...relation, parts: [...parts.values()] }, names }
}

interface PartOfParquet extends FilePart {
  readonly files: string[]
  readonly mixedFloats: Record<string, string>
}

/** Files by their columns; one look at all of them, and one at a file of each group. */
async function parquetGroups(relation: FilesRelation, reader: FileReader): Promise<ParquetGroup[]> {
  const elements = await reader.query<{ file: string; element: string }>(
    sql`
      select
        file_name as file,
        concat_ws(' ', name, type, num_children, converted_type, logical_type, precision, scale) as element
      from parquet_schema([${join(relation.files.map(literal), ', ')}])
    `,
  )
  const schemas = new Map<string, string[]>()
  for (const { file, element } of elements) schemas.set(file, [...(schemas.get(file) ?? []), element])
  const byElements = new Map<string, string[]>()
  for (const [file, found] of [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = found.sort().join('\n')
    byElements.set(key, [...(byElements.get(key) ?? []), file])
  }
  const byColumns = new Map<string, ParquetGroup>()
  for (const files of byElements.values()) {
    const from = filesRelation({ files: files.slice(0, 1), format: 'parquet' })
    const columns = await reader.columnsOf(sql`select * from ${from}`)
    const key = JSON.stringify(columns)
    const group = byColumns.get(key) ?? { files: [], columns }
    group.files.push(...files)
    byColumns.set(key, group)
  }
  return [...byColumns.values()]
}

const INTEGERS = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|U?HUGEINT)$/

/** Whether uniting the types changes no value: whole numbers stay what they are in a wider type. */
function areAlike(types: readonly string[]): boolean {
  if (types.length < 2) return true
  if (types.some(isNested)) return false
  return types.every((type) => INTEGERS.test(type))
}
