/** A database with events, and the product's own SQL over them, outside of a build. */
import { createHash } from 'node:crypto'
import { createCompiler, published, type Compiler, type Places } from '../../../src/graph/compile.ts'
import type { Model } from '../../../src/graph/model.ts'
import type { Plan } from '../../../src/graph/plan.ts'
import { load } from '../../../src/gwh.ts'
import { prepareState } from '../../../src/run/state.ts'
import { identifier, toText } from '../../../src/sql/sql.ts'
import { engineOf, openWarehouse, type Warehouse } from '../../../src/engines/index.ts'
import { cost, type Cost, type Statement } from './measure.ts'
import { SCHEMA, type BenchReport, type Floor } from './project.ts'

/** Which relations a kept database has, and what they were made from. */
const BUILT = 'bench_built'
/** The rollups that some reports can be computed from, instead of from events. */
const GROUP_DAYS = new Set(['group_events_daily', 'group_activity_daily'])
/** In the shape of both, but read from the events: a row for each. */
const DAYS_FROM_EVENTS = 'bench_days_from_events'
/** In the shape of `group_activity_daily` with its grain, for reports that need each day once. */
const ACTIVE_DAYS_FROM_EVENTS = 'bench_active_days_from_events'

export class BenchDatabase implements AsyncDisposable {
  readonly plan: Plan
  readonly compiler: Compiler
  #warehouse: Warehouse

  private constructor(plan: Plan, warehouse: Warehouse) {
    this.plan = plan
    this.compiler = createCompiler(plan, engineOf(plan.catalog.project))
    this.#warehouse = warehouse
  }

  /** @param dir folder with project.yml */
  static async open(dir: string): Promise<BenchDatabase> {
    const { plan } = load(dir)
    const warehouse = await openWarehouse(plan.catalog.project)
    await prepareState(warehouse, engineOf(plan.catalog.project), { schema: SCHEMA })
    return new BenchDatabase(plan, warehouse)
  }

  get warehouse(): Warehouse {
    return this.#warehouse
  }

  /** With nothing of earlier statements left in memory. */
  async reopen(): Promise<void> {
    await this.#warehouse[Symbol.asyncDispose]()
    this.#warehouse = await openWarehouse(this.plan.catalog.project)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#warehouse[Symbol.asyncDispose]()
  }

  /** Makes what the reports read, from `events`. @param built is told what each took */
  async build(
    reports: readonly BenchReport[],
    built: (model: string, cost: Cost, rows: number | undefined) => void,
  ): Promise<void> {
    const needed = new Set<string>()
    const need = (model: Model | undefined): void => {
      for (const parent of model?.dependsOn ?? []) {
        if (needed.has(parent)) continue
        needed.add(parent)
        need(this.plan.model(parent))
      }
    }
    for (const report of reports) for (const model of this.modelsOf(report)) need(model)
    const own = new Set(reports.flatMap((report) => this.modelsOf(report)).map(({ name }) => name))
    await this.#checkEvents()
    for (const view of [DAYS_FROM_EVENTS, ACTIVE_DAYS_FROM_EVENTS])
      await this.#query(`drop view if exists ${SCHEMA}.${view}`)
    for (const model of this.plan.models) {
      if (!needed.has(model.name) || model.name === 'events' || own.has(model.name)) continue
      await this.#make(model, built)
    }
    await this.#query(`
      create or replace view ${SCHEMA}.${ACTIVE_DAYS_FROM_EVENTS} as
      select group_key, group_id, day, count(*) as events, min(occurred_at) as first_at, max(occurred_at) as last_at
      from ${SCHEMA}.event_groups
      group by group_key, group_id, day
    `)
    await this.#query(`
      create or replace view ${SCHEMA}.${DAYS_FROM_EVENTS} as
      select
        group_key,
        group_id,
        event_name,
        day,
        1 as events,
        cast(null as bigint) as users,
        occurred_at as first_at,
        occurred_at as last_at
      from ${SCHEMA}.event_groups
    `)
  }

  /** Makes every table that is no report's, from `events`. @returns their names and that of `events` */
  async buildTables(
    built: (model: string, cost: Cost, rows: number | undefined) => void,
  ): Promise<ReadonlySet<string>> {
    await this.#checkEvents()
    const tables = this.plan.models.filter((m) => m.materialized === 'table' && m.report === undefined)
    for (const model of tables) if (model.name !== 'events') await this.#make(model, built)
    return new Set(tables.map(({ name }) => name))
  }

  async #make(model: Model, built: (model: string, cost: Cost, rows: number | undefined) => void) {
    const relation = toText(identifier(SCHEMA, model.name))
    const statement = {
      before: [`drop table if exists ${relation}`],
      timed: `create table ${relation} as\n${this.compiler.model(model, published(this.plan)).select}`,
    }
    if (await this.#isBuilt(model.name, statement.timed)) return
    const spent = await cost(this.warehouse, [statement], Infinity)
    await this.warehouse.settle([[SCHEMA, model.name]])
    await this.#record(model.name, statement.timed)
    built(model.name, spent, await this.rowsOf(relation))
  }

  modelsOf(report: BenchReport): Model[] {
    const resolved = this.plan.catalog.reports.find(({ name }) => name === report.name)
    const names = resolved?.models(this.plan.catalog).map(({ name }) => name) ?? []
    return this.plan.models.filter(({ name }) => names.includes(name))
  }

  /** Whether a report could be computed from events, but is computed from the days of groups alone. */
  readsDaysOnly(report: BenchReport): boolean {
    const parents = this.modelsOf(report).flatMap((model) => model.dependsOn)
    const days = parents.some((parent) => GROUP_DAYS.has(parent))
    return days && !parents.includes('events') && !parents.includes('event_groups')
  }

  /** All relations of a report, as temporary tables. @param from where the days of groups are read */
  statements(report: BenchReport, from: 'group_events_daily' | 'events' = 'group_events_daily'): Statement[] {
    const models = this.modelsOf(report)
    const own = new Set(models.map(({ name }) => name))
    const places: Places = {
      relation: (name) => {
        if (own.has(name)) return this.#temporary(name)
        if (from === 'group_events_daily' || !GROUP_DAYS.has(name)) return [SCHEMA, name]
        return [SCHEMA, report.eachDayOnce ? ACTIVE_DAYS_FROM_EVENTS : DAYS_FROM_EVENTS]
      },
    }
    const statements: Statement[] = []
    let before: string[] = []
    for (const model of models) {
      const relation = toText(identifier(...this.#temporary(model.name)))
      statements.push({
        before: [...before, `drop table if exists ${relation}`],
        timed: `create temp table ${relation} as\n${this.compiler.model(model, places).select}`,
      })
      // As a build does, so that the next relation of the report is planned with its size known.
      before = this.warehouse.type === 'postgres' ? [`analyze ${relation}`] : []
    }
    return statements
  }

  floor({ relation, columns }: Floor): Statement {
    const duckdb = (column: string) => `hash(${column})`
    const postgres = (column: string) => POSTGRES[column] ?? `hash_record(row(${column}))`
    const hash = this.warehouse.type === 'duckdb' ? duckdb : postgres
    const sums = columns.map((column) => `sum(${hash(column)})`)
    const only = relation === 'event_groups' ? ` where group_key = 'company_id'` : ''
    const select = `select ${sums.join(', ')} from ${SCHEMA}.${relation}${only}`
    return { before: [], timed: select }
  }

  /** Rows of all relations of a report that has just been computed. */
  async rows(report: BenchReport): Promise<number> {
    const models = this.modelsOf(report).map(({ name }) => toText(identifier(...this.#temporary(name))))
    const counts = []
    for (const model of models) counts.push(await this.rowsOf(model))
    return counts.reduce((sum, rows) => sum + rows, 0)
  }

  /** What its first relation says, to be compared. */
  async answer(report: BenchReport): Promise<string> {
    const relation = toText(identifier(...this.#temporary(report.name)))
    const [row] = await this.warehouse.query<{ answer: string }>(
      `select md5(string_agg(line, ',' order by line)) as answer from (select cast(t as text) as line from ${relation} as t) as lines`,
    )
    return row?.answer ?? ''
  }

  async rowsOf(relation: string): Promise<number> {
    const [row] = await this.warehouse.query<{ rows: number }>(`select count(*) as rows from ${relation}`)
    return row?.rows ?? 0
  }

  #temporary(name: string): [string, string] {
    return [this.warehouse.type === 'duckdb' ? 'temp' : 'pg_temp', name]
  }

  async #query(statement: string): Promise<void> {
    await this.warehouse.execute(statement)
  }

  /** Whether a kept database has what this statement makes. */
  async #isBuilt(model: string, statement: string): Promise<boolean> {
    await this.#query(`create table if not exists ${SCHEMA}.${BUILT} (model text, statement text)`)
    const found = await this.warehouse.query(
      `select 1 as found from ${SCHEMA}.${BUILT} where model = '${model}' and statement = '${md5(statement)}'`,
    )
    return found.length > 0 && (await this.warehouse.columns([SCHEMA, model])) !== undefined
  }

  /** What was made from it has to be made again. */
  async #record(model: string, statement: string): Promise<void> {
    const from = (parent: string): string[] =>
      this.plan.models
        .filter(({ dependsOn }) => dependsOn.includes(parent))
        .flatMap(({ name }) => [name, ...from(name)])
    const names = [model, ...from(model)].map((name) => `'${name}'`)
    await this.#query(`delete from ${SCHEMA}.${BUILT} where model in (${names.join(', ')})`)
    await this.#query(`insert into ${SCHEMA}.${BUILT} values ('${model}', '${md5(statement)}')`)
  }

  /** The events are written by the bench, so they could fall behind the model. */
  async #checkEvents(): Promise<void> {
    const promised = Object.keys(this.plan.model('events')?.columns ?? {})
    const present = ((await this.warehouse.columns([SCHEMA, 'events'])) ?? []).map(({ name }) => name)
    if (promised.join() !== present.join())
      throw new Error(`events has ${present.join(', ')}, but the model has ${promised.join(', ')}`)
  }
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** Hashes of the columns that floors read; PostgreSQL has one function for each type. */
const POSTGRES: Readonly<Record<string, string>> = {
  group_id: 'hashtext(group_id)',
  user_id: 'hashtext(user_id)',
  event_name: 'hashtext(event_name)',
  occurred_at: 'timestamp_hash(occurred_at)',
  day: `day - date '2000-01-01'`,
  company_id: 'hash_array(company_id)',
  properties: 'jsonb_hash(properties)',
  source: 'hashtext(source)',
  insert_id: 'hashtext(insert_id)',
  ingested_at: 'timestamp_hash(ingested_at)',
  event_id: 'hashtext(event_id)',
  source_rows: 'source_rows',
}
