/** Types of the columns of CSV files that are loaded, for users' own SQL: beside the texts, not in their place. */
import { ownField } from '../project/own_field.ts'
import { usualValue, utcOf, FILE_ENGINE, type FileReader } from '../engines/file_reader.ts'
import type { Catalog, Source } from '../graph/catalog.ts'
import { givenRelation, rawRelation } from '../graph/context.ts'
import { plural, ProblemError, type Problem } from '../problems.ts'
import { type Sql, identifier, join, literal, sql, trusted } from '../sql/sql.ts'
import { WarehouseError, type Column } from '../engines/index.ts'

export interface TypedColumn {
  readonly name: string
  /** DuckDB's name of the type. */
  readonly type: string
  /** The text of the column read as that type. */
  readonly value: Sql
}

/**
 * The columns that are not text, by their values or by `column_types`. A column with a value that cannot be read
 * as the type that the first ones show is text: no row is lost to a guess.
 * @throws ProblemError where values cannot be read as the type that the project gives
 */
export async function typedColumns(
  source: Source,
  columns: readonly Column[],
  catalog: Catalog,
  reader: FileReader,
): Promise<TypedColumn[]> {
  const { relation } = source
  if (relation.kind !== 'files' || relation.format !== 'csv') return []
  const given = givenRelation(source, catalog, FILE_ENGINE)
  // Where no types can be found, the texts are what there is.
  const shown = await reader.columnsOf(sql`select * from ${given}`).catch((error: unknown) => {
    if (error instanceof WarehouseError) return []
    throw error
  })
  const found = shown.filter(
    ({ name, type }) => type !== 'VARCHAR' && columns.some((column) => column.name === name),
  )
  if (found.length === 0) return []
  const formats = await formatsOf(relation.files[0] ?? '', reader)
  const typed = found.map(({ name, type }) => ({
    name,
    type,
    value: valueOf(identifier(name), type, source, formats),
  }))
  const from = rawRelation(source, catalog, FILE_ENGINE)
  const [lost = {}] = await reader.query<Record<string, number | string | null>>(
    sql`
      select
        ${join(
          typed.flatMap(({ name, value }, i) => {
            const unread = sql`${identifier(name)} is not null and ${value} is null`
            return [
              sql`count(*) filter (where ${unread}) as ${identifier(`count_${i}`)}`,
              sql`any_value(${identifier(name)}) filter (where ${unread}) as ${identifier(`example_${i}`)}`,
            ]
          }),
          ',\n',
        )}
      from ${from}
    `,
  )
  const problems: Problem[] = typed.flatMap(({ name }, i) => {
    const count = Number(lost[`count_${i}`] ?? 0)
    const type = ownField(relation.columnTypes, name)
    if (count === 0 || type === undefined) return []
    return [
      {
        code: 'unreadable_file',
        message: `Source \`${source.name}\`: ${plural(count, 'value')} of \`${name}\` cannot be read as ${type}; one is '${String(lost[`example_${i}`])}'.`,
        at: catalog.project.locate([...source.path, 'column_types', name]),
        fix: 'Correct the values, or make it `text` and cast it in your own SQL.',
      },
    ]
  })
  if (problems.length > 0) throw new ProblemError(problems)
  return typed.filter((_, i) => Number(lost[`count_${i}`] ?? 0) === 0)
}

interface Formats {
  readonly date: string | null
  readonly timestamp: string | null
}

/** Formats of dates and times that DuckDB finds besides ISO 8601. */
async function formatsOf(file: string, reader: FileReader): Promise<Formats> {
  const [found] = await reader
    .query<Formats>(
      sql`select "DateFormat" as date, "TimestampFormat" as timestamp from sniff_csv(${literal(file)})`,
    )
    .catch(() => [])
  return found ?? { date: null, timestamp: null }
}

function valueOf(text: Sql, type: string, { relation }: Source, { date, timestamp }: Formats): Sql {
  const csv = relation.kind === 'files' ? relation.csv : undefined
  const isTime = type === 'DATE' || type.startsWith('TIMESTAMP')
  const isNumber = type === 'DOUBLE' || type === 'BIGINT'
  const usual = usualValue(text, isTime ? 'timestamp' : isNumber ? 'number' : undefined, csv) ?? text
  const read = type === 'TIMESTAMP' ? utcOf(usual, 'try_cast') : sql`try_cast(${usual} as ${trusted(type)})`
  const format = type === 'DATE' ? date : timestamp
  if (!isTime || format === null) return read
  return sql`coalesce(${read}, cast(try_strptime(${text}, ${literal(format)}) as ${trusted(type)}))`
}
