/** Columns that a file reader would take for one another: those that differ only in case, or not at all. */
import path from 'node:path'
import type { Catalog, Source } from '../graph/catalog.ts'
import { quotedList, type Problem } from '../problems.ts'
import type { NamesOfFile } from './file_parts.ts'

/**
 * @param files one of each kind of file
 *
 * DuckDB reads `Company_ID` of one file into `company_id` of another. Names are compared byte for byte, so the
 * values of the one must not count as those of the other, and no query could tell them apart any more.
 */
export function columnCaseConflicts(
  source: Source,
  catalog: Catalog,
  files: readonly NamesOfFile[],
): Problem[] {
  const { relation } = source
  // Members of JSON are read byte for byte.
  if (relation.kind !== 'files' || relation.format === 'ndjson') return []
  const spellings = new Map<string, Map<string, string>>()
  for (const { file, names } of files) {
    for (const name of asWritten(names)) {
      const same = spellings.get(name.toLowerCase()) ?? new Map<string, string>()
      spellings.set(name.toLowerCase(), same.set(name, same.get(name) ?? file))
    }
  }
  return source.columnsRead.flatMap(({ column, path: at }) => {
    const same = spellings.get(column.toLowerCase())
    if (same === undefined || same.size < 2 || !same.has(column)) return []
    const others = [...same].filter(([name]) => name !== column)
    const [, file = ''] = others[0] ?? []
    return [
      {
        code: 'column_in_two_spellings',
        message: `Source \`${source.name}\` has \`${column}\` also as ${quotedList(others.map(([name]) => name))}, in \`${path.relative(catalog.project.dir, file)}\`: files are read without regard to case, and the values of both would be mixed.`,
        at: catalog.project.locate([...source.path, ...at]),
        fix: 'Give the column one name in all files, or read the files of each spelling as a source of their own.',
      },
    ]
  })
}

/** Columns that are read and that stand in the header of one CSV file more than once: the first would be read. */
export function repeatedColumns(source: Source, catalog: Catalog, files: readonly NamesOfFile[]): Problem[] {
  return source.columnsRead.flatMap(({ column, path: at }) => {
    const found = files.find(({ repeated = {} }) => Object.hasOwn(repeated, column))
    const places = found?.repeated?.[column] ?? []
    if (found === undefined || places.length === 0) return []
    return [
      {
        code: 'column_in_two_spellings',
        message: `Source \`${source.name}\` has \`${column}\` ${places.length === 2 ? 'twice' : `${places.length} times`} in \`${path.relative(catalog.project.dir, found.file)}\`, as fields ${places.join(' and ')}: which one is meant is not known.`,
        at: catalog.project.locate([...source.path, ...at]),
        fix: 'Rename the others, or name all columns yourself: `csv: { header: false, skip: 1, names: […] }`.',
      },
    ]
  })
}

/** Of two columns of one file, DuckDB calls the second `Company_ID_1`. */
function asWritten(names: readonly string[]): string[] {
  return names.map((name) => {
    const bare = name.replace(/_\d+$/, '')
    const twin = names.find((other) => other.toLowerCase() === bare.toLowerCase())
    return twin !== undefined && twin !== bare && bare !== name ? bare : name
  })
}
