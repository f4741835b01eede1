/** Before anything is built: are the files and tables there, and have they the columns that are read? */
import { createCompiler, rawRelation, seedRelation } from '../graph/compile.ts'
import type { Catalog, Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { listed, suggest, throwIfAny, type Problem } from '../problems.ts'
import { literal, sql, toText } from '../sql/sql.ts'
import { WarehouseError, type Column, type Warehouse } from '../warehouses/index.ts'
import type { DuckDBWarehouse } from '../warehouses/duckdb.ts'
import { DIALECTS } from '../dialects/index.ts'

/**
 * @param names the sources that are about to be read
 * @throws ProblemError with every file, relation and column that is missing
 */
export async function checkSources(
  plan: Plan,
  warehouse: Warehouse,
  names: ReadonlySet<string>,
): Promise<void> {
  const { catalog } = plan
  const { dialect } = createCompiler(plan, warehouse.type)
  const problems: Problem[] = []
  for (const source of catalog.sources.filter(({ name }) => names.has(name))) {
    const columns = await columnsOfSource(
      source,
      catalog,
      warehouse,
      dialect.readFiles !== undefined,
      problems,
    )
    if (columns) problems.push(...missingColumns(source, catalog, columns))
  }
  throwIfAny(problems)
}

async function columnsOfSource(
  source: Source,
  catalog: Catalog,
  warehouse: Warehouse,
  readsFiles: boolean,
  problems: Problem[],
): Promise<readonly Column[] | undefined> {
  const { relation } = source
  const at = catalog.project.locate([...source.path, relation.kind === 'files' ? 'file' : 'table'])
  if (relation.kind === 'table') {
    const columns = await warehouse.columns(relation.parts)
    if (columns) return columns
    const schema = relation.parts.at(-2)
    const present = schema === undefined ? [] : await warehouse.relations(schema)
    problems.push({
      code: 'missing_relation',
      message: `Source \`${source.name}\`: there is no relation \`${relation.parts.join('.')}\` in ${warehouse.place}.`,
      at,
      hint: suggest(
        relation.parts.at(-1) ?? '',
        present.map((r) => r.name),
        `\`${schema}\` has`,
      ),
    })
    return undefined
  }
  if (readsFiles) return columnsOfFiles(source, catalog, warehouse as DuckDBWarehouse, problems)
  const loaded = await warehouse.columns(seedRelation(catalog.project.target.schema, source.name))
  if (loaded) return loaded
  problems.push({
    code: 'seed_needed',
    message: `Source \`${source.name}\`: the files ${listed(relation.written)} are not loaded into ${warehouse.place} yet.`,
    at,
    hint: 'Load them with `gwh seed`, or let `gwh build` do it.',
  })
  return undefined
}

/** The columns of a source's files, or problems when a file is missing or unreadable. */
export async function columnsOfFiles(
  source: Source,
  catalog: Catalog,
  reader: DuckDBWarehouse,
  problems: Problem[],
): Promise<readonly Column[] | undefined> {
  const { relation } = source
  if (relation.kind !== 'files') return undefined
  const at = catalog.project.locate([...source.path, 'file'])
  let found = true
  for (const [i, file] of relation.files.entries()) {
    if (file.includes('://')) continue
    const matches = await reader.query(toText(sql`select file from glob(${literal(file)})`))
    if (matches.length > 0) continue
    found = false
    const written = relation.written[i] ?? file
    const isGlob = /[*?[]/.test(written)
    problems.push({
      code: 'missing_file',
      message: isGlob
        ? `Source \`${source.name}\`: no file matches \`${written}\`.`
        : `Source \`${source.name}\`: the file \`${written}\` does not exist.`,
      at,
      hint: `Paths are relative to the project's folder, ${catalog.project.dir}.`,
    })
  }
  if (!found) return undefined
  try {
    // As DuckDB finds them, without the types that the connector asks for: one that is missing is to be found below.
    const asFound = { ...source, relation: { ...relation, columns: undefined, textColumns: [] } }
    return await reader.columnsOf(`select * from ${toText(rawRelation(asFound, catalog, DIALECTS.duckdb))}`)
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error
    problems.push({
      code: 'missing_file',
      message: `Source \`${source.name}\`: its files cannot be read as ${relation.format}.`,
      at,
      cause: error.message.split('\n')[0],
    })
    return undefined
  }
}

/** Columns that a source is said to have and has not, byte for byte. */
export function missingColumns(source: Source, catalog: Catalog, columns: readonly Column[]): Problem[] {
  const names = columns.map((column) => column.name)
  return source.columnsRead
    .filter(({ column }) => !names.includes(column))
    .map(({ column, path }): Problem => {
      const at = catalog.project.locate([...source.path, ...path])
      const otherCase = names.filter((name) => name.toLowerCase() === column.toLowerCase())
      if (otherCase.length > 0) {
        return {
          code: 'column_case_differs',
          message: `Source \`${source.name}\` has no column \`${column}\`, only ${listed(otherCase)}: names are compared byte for byte.`,
          at,
          hint: `Write \`${otherCase[0]}\`, or map it: \`{${column}: ${otherCase[0]}}\`.`,
        }
      }
      const near = suggest(column, names)?.startsWith('Did') ? `${suggest(column, names)} ` : ''
      return {
        code: 'missing_column',
        message: `Source \`${source.name}\` has no column \`${column}\`.`,
        at,
        hint: `${near}Its columns are: ${listed(names)}.`,
      }
    })
}
