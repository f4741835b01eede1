/** What data tests count and how they are judged, the same on every warehouse and the same as in dbt. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load, run, type RunOptions, type RunOutcome } from '../src/gwh.ts'
import { statementText } from '../src/sql/spelling.ts'
import type { LoadOptions } from '../src/project/load.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { goodBut, writeFiles, writeProject, type Files } from './support/projects.ts'

const SUBJECT = `{{ config(materialized='table') }}
select *
from (
  values
    (1, 'a', 'x', 10),
    (2, 'a', null, 20),
    (3, null, 'z', null),
    (4, 'b', 'x', -5),
    (5, null, ' ', 7),
    (6, 'b', 'z', 7)
) as given (id, code, word, amount)
`
const PARENT = "select * from (values ('a'), ('c')) as given (code)\n"

/** Tests of columns of \`subject\`, as YAML; all only warn, so that everything is built. */
const docs = (columns: Readonly<Record<string, readonly string[]>>, onModel: readonly string[] = []) =>
  [
    'models:',
    '  - name: subject',
    ...(onModel.length > 0 ? ['    data_tests:', ...onModel.map((t) => `      - ${t}`)] : []),
    '    columns:',
    ...Object.entries(columns).flatMap(([column, tests]) => [
      `      - name: ${column}`,
      '        data_tests:',
      ...tests.map((t) => `          - ${t}`),
    ]),
    '',
  ].join('\n')

const subject = (yaml: string, files: Files = {}) =>
  goodBut(
    {},
    { 'models/subject.sql': SUBJECT, 'models/parent.sql': PARENT, 'models/docs.yml': yaml, ...files },
  )

async function optionsFor(engine: Engine): Promise<LoadOptions> {
  return engine === 'duckdb'
    ? { target: 'dev', env: {} }
    : { target: 'pg', env: { GWH_POSTGRES_URL: await freshPostgres() } }
}

const only = ({ results }: RunOutcome, name: string) => results.find((result) => result.name === name)

/** `name: status failures`, of the tests that the project declares under a name. */
const judged = ({ results }: RunOutcome, prefix: string) =>
  Object.fromEntries(
    results
      .filter(({ name, type }) => type === 'test' && name.startsWith(prefix))
      .map(({ name, status, failures }) => [name.slice(prefix.length), `${status} ${failures}`]),
  )

const build = (dir: string, options: LoadOptions, more: Partial<RunOptions> = {}) =>
  run(load(dir, options), { command: 'build', ...more })

describe.each(ENGINES)('on %s', (engine) => {
  test('failures are counted and judged as dbt does', async () => {
    const warn = 'severity: warn'
    const dir = writeProject(
      subject(
        docs(
          {
            code: [
              `unique: { name: t_unique, ${warn} }`,
              `unique: { name: t_unique_where, where: "amount > 7", ${warn} }`,
              `not_null: { name: t_not_null, ${warn} }`,
              `not_null: { name: t_not_null_where, where: "amount is null", ${warn} }`,
              `not_null: { name: t_where_var, where: "id > {{ var('from_id') }}", ${warn} }`,
              `not_null: { name: t_null_calc, fail_calc: sum(amount), where: "id = 3", ${warn} }`,
              `not_null: { name: t_calc, fail_calc: sum(amount), ${warn} }`,
              `unique: { name: t_calc_records, fail_calc: sum(n_records), config: { severity: Warn } }`,
              `relationships: { name: t_relationships, to: ref('parent'), field: code, ${warn} }`,
              `relationships: { name: t_relationships_where, arguments: { to: ref('parent'), field: code }, config: { where: "code <> 'b'", ${warn} } }`,
            ],
            word: [
              `accepted_values: { name: t_accepted, values: [x], ${warn} }`,
              `accepted_values: { name: t_accepted_args, arguments: { values: [x, z, ' '] }, ${warn} }`,
              `dbt_utils.not_empty_string: { name: t_empty, ${warn} }`,
              `not_empty_string: { name: t_empty_exact, trim_whitespace: false, ${warn} }`,
            ],
            amount: [
              `accepted_range: { name: t_range, min_value: 0, max_value: 10, ${warn} }`,
              `accepted_range: { name: t_range_open, min_value: -5, max_value: 20, inclusive: false, ${warn} }`,
              `accepted_range: { name: t_range_sql, max_value: id * 10, ${warn} }`,
              `expression_is_true: { name: t_expression, expression: '> 0', ${warn} }`,
              `at_least_one: { name: t_one, ${warn} }`,
              `at_least_one: { name: t_none, where: "id = 3", ${warn} }`,
            ],
            id: [`unique: { name: t_enabled, enabled: false }`, `not_null: { name: t_ok }`],
          },
          [
            `unique_combination_of_columns: { name: t_combination, combination_of_columns: [code, word], ${warn} }`,
            `unique_combination_of_columns: { name: t_combination_null, combination_of_columns: [code], ${warn} }`,
            `expression_is_true: { name: t_model_expression, expression: 'amount < id * 10', ${warn} }`,
            `recency: { name: t_recent, datepart: day, interval: 3, field: "now()", ${warn} }`,
            `recency: { name: t_old, datepart: quarter, interval: 1, field: "timestamp '2020-01-01 00:00:00'", ${warn} }`,
            `recency: { name: t_recency_empty, datepart: day, interval: 1, field: "timestamp '2020-01-01 00:00:00'", where: "id > 99", ${warn} }`,
          ],
        ),
        {
          'tests/t_singular.sql':
            "{{ config(severity='warn') }}\nselect id from {{ ref('subject') }} where id = 1",
        },
      ),
    )
    const outcome = await build(dir, { ...(await optionsFor(engine)), vars: 'from_id=3' })
    expect(judged(outcome, 't_')).toEqual({
      // a and b; null is no value
      unique: 'warn 2',
      unique_where: 'warn 1',
      not_null: 'warn 2',
      not_null_where: 'warn 1',
      where_var: 'warn 1',
      // null is none
      null_calc: 'pass 0',
      calc: 'warn 7',
      calc_records: 'warn 4',
      relationships: 'warn 2',
      relationships_where: 'pass 0',
      // z and the blank, z of them twice
      accepted: 'warn 2',
      accepted_args: 'pass 0',
      empty: 'warn 1',
      empty_exact: 'pass 0',
      range: 'warn 2',
      range_open: 'warn 2',
      // 10 <= 10, 20 <= 20, null
      range_sql: 'pass 0',
      expression: 'warn 1',
      one: 'pass 0',
      none: 'warn 1',
      ok: 'pass 0',
      combination: 'pass 0',
      combination_null: 'warn 3',
      model_expression: 'warn 2',
      recent: 'pass 0',
      old: 'warn 1',
      recency_empty: 'pass 0',
      singular: 'warn 1',
    })
    expect(outcome).toMatchObject({ ok: true, published: true })
    expect(only(outcome, 't_accepted')?.message).toBe('3 wrong rows in 2 failures')
    expect(only(outcome, 't_calc')?.message).toBe('2 wrong rows; failures by its own count: 7')
    expect(only(outcome, 't_relationships')?.examples).toEqual(["code = 'b' is no code of parent"])
    const found = outcome.results.filter(({ type, status }) => type === 'test' && status === 'warn')
    expect(Object.fromEntries(found.map(({ kind, fix }) => [kind, fix]))).toMatchInlineSnapshot(`
      {
        "accepted_range": "Correct these values where they come from, or widen the range of the test.",
        "accepted_values": "Correct these values where they come from, or add those that are right to \`values\` of the test.",
        "at_least_one": "Check whether \`subject\` still reads \`amount\` from where it is filled in, and whether it has rows at all.",
        "expression_is_true": "Correct these rows where they come from, or the expression; a \`where:\` of the test leaves out rows that it is not about.",
        "not_empty_string": "Fill in \`word\` where it comes from, or make it null where there is nothing to say.",
        "not_null": "Fill in \`code\` where it comes from; a \`where:\` of the test leaves out rows that may be without it.",
        "recency": "Check whether new rows still come in where they are loaded; if there need not be any, allow a longer \`interval\`.",
        "relationships": "Add what is missing to \`parent\`, or correct \`code\`; a \`where:\` of the test leaves out rows that need no parent.",
        "singular": "Correct these rows where they come from, or the query where it finds rows that are right.",
        "unique": "Leave one row of each \`code\`, or test what makes a row one of a kind with \`unique_combination_of_columns\`.",
        "unique_combination_of_columns": "Leave one row of each, or add the column that tells such rows apart to \`combination_of_columns\`.",
      }
    `)
  })

  test('accepted values are read as the type of the column', async () => {
    const typed = `{{ config(materialized='table') }}
select
  cast(n as decimal(9, 2)) as price,
  cast(n as double precision) as size,
  cast(n as bigint) as amount,
  cast(n as text) as code,
  n = 1 as flag,
  cast(day as timestamp) as seen_at
from (values (1, '2024-01-01'), (2, '2024-01-02'), (2, '2024-01-02'), (null, null)) as given (n, day)
`
    const cases = {
      price: ['values: [1, 2]', 'values: [1]', 'values: ["1.0"], quote: true'],
      size: ['values: [1, 2]', 'values: [1]', 'values: [1], quote: false'],
      amount: ['values: [1, "2"]', 'values: [1]', 'values: [3 - 2], quote: false'],
      code: ['values: [1, 2]', 'values: [1]', `values: ["'1'"], quote: false`],
      flag: ['values: [true, false]', 'values: [true]', 'values: [true], quote: false'],
      seen_at: [
        "values: ['2024-01-01', '2024-01-02']",
        "values: ['2024-01-01']",
        `values: ["timestamp '2024-01-01 00:00:00'"], quote: false`,
      ],
    }
    const yaml = docs(
      Object.fromEntries(
        Object.entries(cases).map(([column, all]) => [
          column,
          all.map((values, i) => `accepted_values: { name: v_${column}_${i}, ${values}, severity: warn }`),
        ]),
      ),
    )
    const outcome = await build(
      writeProject(subject(yaml, { 'models/subject.sql': typed })),
      await optionsFor(engine),
    )
    expect(judged(outcome, 'v_')).toEqual(
      Object.fromEntries(
        Object.keys(cases).flatMap((column) => [
          [`${column}_0`, 'pass 0'],
          // 2, which stands in two rows
          [`${column}_1`, 'warn 1'],
          [`${column}_2`, 'warn 1'],
        ]),
      ),
    )
    expect(only(outcome, 'v_price_1')?.message).toBe('2 wrong rows in 1 failure')
  })

  test('severity, warn_if, error_if and limit have the precedence of dbt', async () => {
    // 6 rows are not true, by each of them.
    const six = (name: string, config: string) =>
      `expression_is_true: { name: ${name}, expression: "< 0", where: "id >= 1", config: { ${config} } }`
    const tests = {
      p_error: six('p_error', ''),
      p_error_beats_warn: six('p_error_beats_warn', 'warn_if: "> 1", error_if: "> 5"'),
      p_warn_below_error: six('p_warn_below_error', 'warn_if: "> 1", error_if: "> 6"'),
      p_below_both: six('p_below_both', 'warn_if: "> 6", error_if: ">= 7"'),
      p_warn_ignores_error_if: six(
        'p_warn_ignores_error_if',
        'severity: warn, warn_if: "> 6", error_if: "> 1"',
      ),
      p_warn: six('p_warn', 'severity: WARN, warn_if: "= 6"'),
      p_between: six('p_between', 'error_if: "between 2 and 6"'),
      p_not_between: six('p_not_between', 'error_if: "between 7 and 9", warn_if: "between 1 and 3"'),
      p_unequal: six('p_unequal', 'error_if: "<> 6", warn_if: "<= 6"'),
      p_limit: six('p_limit', 'limit: 3, error_if: "> 3", warn_if: "> 2"'),
    }
    const dir = writeProject(subject(docs({ id: Object.values(tests) })))
    const options = await optionsFor(engine)
    const outcome = await build(dir, options)
    expect(judged(outcome, 'p_')).toEqual({
      error: 'fail 6',
      error_beats_warn: 'fail 6',
      warn_below_error: 'warn 6',
      below_both: 'pass 6',
      warn_ignores_error_if: 'pass 6',
      warn: 'warn 6',
      between: 'fail 6',
      not_between: 'pass 6',
      unequal: 'warn 6',
      limit: 'warn 3',
    })
    expect(outcome).toMatchObject({ ok: false, published: false })
    expect(only(outcome, 'p_warn_below_error')?.message).toBe('6 wrong rows; with failures > 1 it warns')
    expect(only(outcome, 'p_limit')?.message).toBe(
      '3 wrong rows; no more than 3 are counted; with failures > 2 it warns',
    )
  })

  test('a threshold that none meets is met by a test without prefilter', async () => {
    const dir = writeProject(
      subject(docs({ id: ['not_null: { name: nothing, warn_if: "= 0", severity: warn }'] })),
    )
    const outcome = await build(dir, await optionsFor(engine))
    expect(judged(outcome, 'nothing')).toEqual({ '': 'warn 0' })
    expect(only(outcome, 'nothing')?.fix).toMatch(/^No row is wrong, so look at what `warn_if`/)
  })

  test('warnings publish, and with --warn-error they do not', async () => {
    const dir = writeProject(subject(docs({ code: ['not_null: { severity: warn }'] })))
    const options = await optionsFor(engine)
    expect(await build(dir, options)).toMatchObject({ ok: true, published: true })
    const strict = await build(dir, options, { warnError: true })
    expect(strict).toMatchObject({ ok: false, published: false })
    expect(only(strict, 'not_null_subject_code')).toMatchObject({
      status: 'fail',
      failures: 2,
      message: '2 wrong rows; a warning counts as an error here',
    })
    expect(await run(load(dir, options), { command: 'test', warnError: true })).toMatchObject({ ok: false })
  })

  test('failures are stored, outlive a run that publishes nothing, and go when the test passes', async () => {
    const long = 'relation_without_a_name_that_is_short_enough_for_postgresql_itself'
    const files = (condition: string): Files => ({
      'tests/wrong.sql': `{{ config(store_failures=true) }}\nselect id, '{{ ref('subject') }}' as found_in from {{ ref('subject') }} where ${condition}\n`,
      [`tests/${long}.sql`]: `{{ config(severity='warn', store_failures=true, store_failures_limit=2) }}\nselect id from {{ ref('subject') }}\n`,
    })
    const dir = writeProject(subject(docs({ id: ['not_null'] }), files('id > 4')))
    const options = await optionsFor(engine)
    const { project } = load(dir, options).plan.catalog
    const stored = async (table: string) => {
      await using warehouse = await openWarehouse(project)
      const present = (await warehouse.relations('gwh_gwh')).map(({ name }) => name)
      const named = present.find((name) => name.startsWith(`failures_${table}`))
      return named === undefined
        ? undefined
        : await warehouse.query<Record<string, unknown>>(`select * from gwh_gwh.${named} order by id`)
    }
    const first = await build(dir, options)
    expect(first).toMatchObject({ ok: false, published: false })
    expect(only(first, 'wrong')).toMatchObject({
      failures: 2,
      relation: 'gwh_gwh.failures_wrong',
      message: '2 wrong rows\nStored in gwh_gwh.failures_wrong.',
    })
    const found_in = expect.stringMatching(/^"?gwh"?\."?subject"?$/) as unknown
    const failed_at = expect.any(Date) as unknown
    expect(await stored('wrong')).toEqual([
      { run_id: first.runId, failed_at, id: 5, found_in },
      { run_id: first.runId, failed_at, id: 6, found_in },
    ])
    expect(only(first, long)?.relation).toMatch(/^gwh_gwh\.failures_\w{54}$/)
    expect(await stored('relation_without')).toHaveLength(2)
    const results = JSON.parse(readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')) as {
      results: { unique_id: string; status: string; failures: number; relation_name: string }[]
    }
    expect(results.results.find(({ unique_id }) => unique_id === 'test.small.wrong')).toMatchObject({
      status: 'fail',
      failures: 2,
      relation_name: 'gwh_gwh.failures_wrong',
    })

    writeFiles(dir, files('id = 1'))
    const second = await build(dir, options)
    expect(await stored('wrong')).toEqual([{ run_id: second.runId, failed_at, id: 1, found_in }])
    writeFiles(dir, files('id = 99'))
    expect(await build(dir, options)).toMatchObject({ ok: true, published: true })
    expect(await stored('wrong')).toBeUndefined()
  })

  test('rows that share their grain are found by their hashes, and then told apart by their values', async () => {
    const dir = writeProject(goodBut({}))
    const options = await optionsFor(engine)
    await build(dir, options)
    const loaded = load(dir, options)
    const grain = async () => {
      const outcome = await run(loaded, { command: 'test', select: ['unique_event_groups_grain'] })
      return outcome.results.map(({ status, failures }) => `${status} ${failures}`)
    }
    expect(await grain()).toEqual(['pass 0'])
    {
      await using warehouse = await openWarehouse(loaded.plan.catalog.project)
      await warehouse.execute('insert into gwh.event_groups select * from gwh.event_groups')
    }
    expect(await grain()).toEqual(['fail 2'])
  })

  test('all failures are stored when the run is asked to', async () => {
    const dir = writeProject(subject(docs({ code: ['not_null: { severity: warn }', 'unique'] })))
    const outcome = await build(dir, await optionsFor(engine), { storeFailures: true })
    expect(only(outcome, 'not_null_subject_code')?.relation).toBe('gwh_gwh.failures_not_null_subject_code')
    expect(only(outcome, 'unique_subject_code')?.relation).toBe('gwh_gwh.failures_unique_subject_code')
    expect(outcome.results.filter(({ type, relation }) => type === 'test' && relation)).toHaveLength(2)
  })

  test('failures that cannot be stored still count', async () => {
    const dir = writeProject(
      subject(docs({ id: ['not_null'] }), {
        'tests/clash.sql':
          "{{ config(store_failures=true) }}\nselect 1 as run_id from {{ ref('subject') }}\n",
      }),
    )
    const outcome = await build(dir, await optionsFor(engine))
    expect(only(outcome, 'clash')).toMatchObject({ status: 'fail', failures: 6, relation: undefined })
    expect(only(outcome, 'clash')?.message).toMatch(
      /^6 wrong rows\nThe failures could not be stored: .*`run_id`/,
    )
  })

  test('a test that cannot be asked errors alone, and names its place', async () => {
    const dir = writeProject(
      subject(
        docs({
          // A text is not compared with a number.
          code: ['not_null: { severity: warn }', 'not_empty_string', 'accepted_range: { min_value: 0 }'],
          word: ['unique: { name: broken_where, where: "no_such_column = 1" }'],
        }),
      ),
    )
    const outcome = await build(dir, await optionsFor(engine))
    expect(judged(outcome, 'not_null_subject_code')).toEqual({ '': 'warn 2' })
    expect(judged(outcome, 'not_empty_string_subject_code')).toEqual({ '': 'pass 0' })
    const range = only(outcome, 'accepted_range_subject_code')
    expect(range?.status).toBe('error')
    expect(range?.message).toMatch(/\n {2}at models\/docs\.yml:8:13$/)
    const broken = only(outcome, 'broken_where')
    expect(broken?.status).toBe('error')
    expect(broken?.message).toMatch(/no_such_column[\s\S]*\n {2}at models\/docs\.yml:11:13$/)
    expect(broken?.message).not.toContain('stage')
  })
})

test('one statement asks the prefilters of all tests of a relation', async () => {
  const dir = writeProject(
    subject(
      docs({
        id: ['not_null'],
        code: ['not_null: { severity: warn }'],
        word: ['not_empty_string: { severity: warn }'],
      }),
    ),
  )
  const loaded = load(dir, { env: {} })
  const asked: string[] = []
  const outcome = await run(loaded, {
    command: 'build',
    onOpen: (warehouse) => {
      const query = warehouse.query.bind(warehouse)
      warehouse.query = (statement) => {
        asked.push(statementText(statement, warehouse))
        return query(statement)
      }
    },
  })
  expect(outcome.published).toBe(true)
  const scans = asked.filter((text) => text.includes('bool_or') && text.includes('subject'))
  expect(scans).toHaveLength(1)
  expect(scans[0]?.match(/bool_or/g)).toHaveLength(3)
  // The one without a suspect is not asked for its failures.
  expect(
    asked.filter((text) => /count\(\*\) as failures|as found,/.test(text) && /id is null/.test(text)),
  ).toEqual([])
})
