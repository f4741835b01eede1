import { engineOf } from '../engines/index.ts'
import { createCompiler, published } from '../graph/compile.ts'
import { renderUserSql } from '../graph/jinja.ts'
import { plural, ProblemError, suggest } from '../problems.ts'
import { oneLine } from '../project/plain_text.ts'
import { lookAtSources } from '../run/sources.ts'
import { publishedRelations, type PublishedRelation } from '../run/state.ts'
import { asWritten, textFor } from '../sql/spelling.ts'
import { identifier, join, literal, sql } from '../sql/sql.ts'
import { openWarehouse, WarehouseError, type Warehouse } from '../engines/index.ts'
import { commandLine } from './command.ts'
import { loadFrom } from './context.ts'
import type { GlobalOptions } from './options.ts'
import type { LoadedProject } from '../gwh.ts'
import { csvText } from './csv.ts'
import { dataWithoutSecrets, sayAsItIs, sayData, sayRows, sayRowsEvent } from './door.ts'
import { interruptible, type Stop } from './interrupts.ts'
import { cell, table } from './text.ts'

export type ShowOptions = GlobalOptions & {
  select?: string
  inline?: string
  limit: number
  /** Of CSV: cells as they are, whatever a spreadsheet makes of them. */
  raw?: boolean
  output: 'table' | 'json' | 'csv'
}

/** @returns the exit code */
export const showCommand = (relation: string | undefined, options: ShowOptions): Promise<number> =>
  interruptible(options, async ({ listen }) => {
    await show(relation, options, listen)
    return 0
  })

async function show(
  relation: string | undefined,
  options: ShowOptions,
  listen: Stop['listen'],
): Promise<void> {
  const name = relation ?? options.select
  if ((name === undefined) === (options.inline === undefined)) {
    throw new ProblemError({
      code: 'usage',
      message: 'Name a relation, or write SQL after --inline.',
      fix: 'gwh show company_profiles, or gwh show --inline "select * from group_uniques".',
    })
  }
  if (options.raw && options.output !== 'csv') {
    throw new ProblemError({
      code: 'usage',
      message: '--raw is for CSV: tables are for people, and JSON is as it is.',
      fix: 'Add `--output csv`, or leave --raw out.',
    })
  }
  const loaded = loadFrom(options)
  const { plan } = loaded
  const { schema } = plan.catalog.project.target
  const build = `Build it first: \`${commandLine('build', options)}\`.`
  const notBuilt = (relation: string) =>
    new ProblemError({
      code: 'not_built',
      message: `\`${relation}\` is not built yet in \`${schema}\`.`,
      fix: build,
    })
  await using warehouse = await openFor(loaded, build, listen())
  await warehouse.use(schema).catch(() => undefined)
  const built = await publishedRelations(warehouse, plan.catalog.project.target)
  const waits = (relation: string) => plan.model(relation) !== undefined && !built.has(relation)
  if (name !== undefined && waits(name)) throw notBuilt(name)
  const query =
    name === undefined
      ? await inlineQuery(options.inline ?? '', loaded, warehouse, waits, notBuilt)
      : relationQuery(name, loaded, built)
  let rows: Record<string, unknown>[]
  let columns: readonly string[]
  try {
    // One more than asked for tells whether there are more.
    const limited = sql`
      select *
      from (
      ${asWritten(query)}
      ) as shown
      limit ${literal(options.limit + 1)}
    `
    columns = (await warehouse.columnsOf(query)).map((column) => column.name)
    rows = await warehouse.query<Record<string, unknown>>(limited, { exact: true })
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.refusal !== undefined) throw error
    if (error.missing !== undefined && waits(error.missing)) throw notBuilt(error.missing)
    throw new ProblemError({ code: 'query_failed', message: error.message, fix: error.fix })
  }
  print(columns, rows, options)
}

/** A database that is not there yet is what a build makes. */
async function openFor({ plan }: LoadedProject, build: string, signal: AbortSignal): Promise<Warehouse> {
  try {
    return await openWarehouse(plan.catalog.project, { readOnly: true, signal })
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ProblemError(
      error.problems.map((problem) => (problem.code === 'not_built' ? { ...problem, fix: build } : problem)),
    )
  }
}

async function inlineQuery(
  text: string,
  { plan }: LoadedProject,
  warehouse: Warehouse,
  waits: (relation: string) => boolean,
  notBuilt: (relation: string) => ProblemError,
): Promise<string> {
  const rendered = renderUserSql({ name: 'inline', file: '--inline', text }, plan.catalog)
  const unknown = rendered.refs.filter((ref) => !plan.model(ref))
  if (unknown.length > 0)
    throw new ProblemError(
      unknown.map((ref) =>
        unknownRelation(
          ref,
          plan.models.map((m) => m.name),
        ),
      ),
    )
  const waiting = rendered.refs.find((ref) => waits(ref) && plan.model(ref)?.materialized !== 'ephemeral')
  if (waiting !== undefined) throw notBuilt(waiting)
  const looked = await lookAtSources(plan, warehouse, new Set(rendered.sources))
  return createCompiler(looked, engineOf(plan.catalog.project)).query(rendered, published(plan))
}

function relationQuery(
  name: string,
  { plan }: LoadedProject,
  built: ReadonlyMap<string, PublishedRelation>,
): string {
  const { schema } = plan.catalog.project.target
  const model = plan.model(name)
  if (!built.has(name))
    throw new ProblemError(
      unknownRelation(
        name,
        plan.models.map((m) => m.name),
      ),
    )
  const grain = (model?.grain ?? []).map((column) => identifier(column))
  return textFor(
    sql`
      select *
      from ${identifier(schema, name)}
      ${grain.length > 0 ? sql`order by ${join(grain, ', ')}` : sql``}
    `,
    engineOf(plan.catalog.project),
  )
}

const unknownRelation = (name: string, known: readonly string[]) => ({
  code: 'missing_reference' as const,
  message: `There is no relation \`${name}\`.`,
  fix: suggest(name, known, 'There is'),
})

function print(
  columns: readonly string[],
  all: readonly Record<string, unknown>[],
  { output, limit, raw = false, logFormat }: ShowOptions,
): void {
  const rows = all.slice(0, limit)
  if (output === 'table' && logFormat === 'json') {
    const data = { columns, rows: named(columns, rows), more: all.length > limit }
    sayRowsEvent('rows', plural(rows.length, 'row'), data)
    return
  }
  if (output === 'json') {
    sayRows(named(columns, rows))
  } else if (output === 'csv') {
    const lines = [columns, ...rows.map((row) => columns.map((c) => row[c]))]
    sayAsItIs(csvText(lines, { raw, hide: dataWithoutSecrets }))
  } else {
    const numeric = columns.flatMap((c, i) => (rows.some((row) => typeof row[c] === 'number') ? [i] : []))
    sayData(
      table(
        columns.map((c) => cut(c)),
        rows.map((row) => columns.map((c) => cut(cell(row[c])))),
        numeric,
      ),
    )
    if (all.length > limit) sayData(`\n  The first ${limit} rows; --limit shows more.`)
    if (rows.length === 0) sayData('  (no rows)')
  }
}

const named = (columns: readonly string[], rows: readonly Record<string, unknown>[]) =>
  rows.map((row) => Object.fromEntries(columns.map((column) => [column, plain(row[column])])))

/** JSON has no NaN and no infinity; null would be another value. */
const plain = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

const WIDEST = 48
const cut = (text: string) => {
  const line = oneLine(dataWithoutSecrets(text).replaceAll(/\s+/g, ' '))
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line
}
