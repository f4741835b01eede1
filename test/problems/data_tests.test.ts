/** What is wrong with data tests, as it is shown. */
import { describe, expect, test } from 'vitest'
import { load } from '../../src/gwh.ts'
import { GOOD, goodBut, problemsOf, writeProject } from '../support/projects.ts'

const onColumn = (...tests: readonly string[]) =>
  problemsOf({
    ...GOOD,
    'models/docs.yml': `models:\n  - name: events\n    columns:\n      - name: user_id\n        data_tests:\n${tests.map((t) => `          - ${t}\n`).join('')}`,
  })
const onModel = (...tests: readonly string[]) =>
  problemsOf({
    ...GOOD,
    'models/docs.yml': `models:\n  - name: events\n    tests:\n${tests.map((t) => `      - ${t}\n`).join('')}`,
  })
const settings = (text: string) =>
  problemsOf(goodBut({ 'group_keys:\n': `data_tests:\n${text}\ngroup_keys:\n` }))

describe('data_tests of project.yml', () => {
  test('names a check that there is not', async () => {
    expect(await settings('  not_nul: { severity: warn }')).toMatchInlineSnapshot()
  })

  test('has an option that there is not', async () => {
    expect(await settings('  unique: { severty: warn }')).toMatchInlineSnapshot()
  })

  test('has values that are none', async () => {
    expect(
      await settings('  unique: { severity: fatal, warn_if: many, error_if: "> -1", limit: 0, tags: [""] }'),
    ).toMatchInlineSnapshot()
  })

  test('has a where, which is of declared tests only', async () => {
    expect(await settings('  not_null: { where: "1 = 1" }')).toMatchInlineSnapshot()
  })

  test('is applied where a test says nothing of its own', () => {
    const { tests } = load(
      writeProject({
        ...goodBut({
          'group_keys:\n':
            'data_tests:\n  not_null: { severity: Warn, error_if: ">= 5", tags: ids }\n  readable_times: { enabled: false }\ngroup_keys:\n',
        }),
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - name: user_id\n        data_tests:\n          - not_null: { severity: ERROR }\n',
      }),
      { env: {} },
    )
    const config = (name: string) => tests.find((t) => t.name === name)?.config
    expect(config('not_null_events_event_id')).toMatchObject({
      severity: 'warn',
      errorIf: { operator: '>=', value: 5 },
      warnIf: { operator: '!=', value: 0 },
      tags: ['ids'],
    })
    expect(config('not_null_events_user_id')).toMatchObject({ severity: 'error', tags: ['ids'] })
    expect(config('unique_events_grain')).toMatchObject({ severity: 'error', tags: [] })
    expect(config('readable_times_app')).toBeUndefined()
  })
})

describe('a declared test', () => {
  test('has fields that there are not', async () => {
    expect(
      await onColumn(
        'accepted_values: { values: [a], whre: x }',
        'not_null: { config: { severty: warn } }',
        'relationships: { arguments: { to: events, feild: user_id } }',
      ),
    ).toMatchInlineSnapshot()
  })

  test('has values that are none', async () => {
    expect(
      await onColumn('not_null: { config: { severity: info, error_if: "10" } }', 'unique: { name: a-b }'),
    ).toMatchInlineSnapshot()
  })

  test('says a thing twice', async () => {
    expect(await onColumn('unique: { severity: warn, config: { severity: error } }')).toMatchInlineSnapshot()
  })

  test('is indented as a sibling of its fields', async () => {
    expect(await onColumn('unique:\n            config: { severity: warn }')).toMatchInlineSnapshot()
  })

  test('refers to a relation or a column that there is not', async () => {
    expect(
      await onColumn("relationships: { to: ref('user_profile'), field: user_id }"),
    ).toMatchInlineSnapshot()
    expect(
      await onModel('unique_combination_of_columns: { combination_of_columns: [event_id, user] }'),
    ).toMatchInlineSnapshot()
  })

  test('stands where it cannot', async () => {
    expect(await onModel('unique')).toMatchInlineSnapshot()
    expect(
      await onColumn('recency: { datepart: day, interval: 1, field: occurred_at }'),
    ).toMatchInlineSnapshot()
    expect(await onColumn('readable_times')).toMatchInlineSnapshot()
  })

  test('has a range without an end', async () => {
    expect(await onColumn('accepted_range: { inclusive: true }')).toMatchInlineSnapshot()
  })

  test('has a broken template, or one that reads a relation', async () => {
    expect(
      await onColumn(
        'not_null: { where: "user_id = {{ var(\'nobody\') }}" }',
        'unique: { where: "user_id in (select user_id from {{ ref(\'user_profiles\') }})" }',
      ),
    ).toMatchInlineSnapshot()
  })

  test('is there twice', async () => {
    expect(await onColumn('unique', 'unique: { where: "user_id is not null" }')).toMatchInlineSnapshot()
  })

  test('has a condition where gwh tests all rows', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - name: event_id\n        data_tests:\n          - not_null: { where: user_id is not null }\n',
      }),
    ).toMatchInlineSnapshot()
  })

  test('is under data_tests and tests', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'models/docs.yml':
          'models:\n  - name: events\n    columns:\n      - { name: user_id, data_tests: [unique], tests: [not_null] }\n',
      }),
    ).toMatchInlineSnapshot()
  })
})

describe('a query in tests/', () => {
  test('has settings that there are not, or that are wrong', async () => {
    expect(
      await problemsOf({
        ...GOOD,
        'tests/one.sql': "{{ config(severty='warn') }}\nselect 1 as one\n",
        'tests/two.sql': "{{ config(error_if='often',\n  limit=0) }}\nselect 1 as one\n",
      }),
    ).toMatchInlineSnapshot()
  })

  test('has the name of a model', async () => {
    expect(await problemsOf({ ...GOOD, 'tests/events.sql': 'select 1 as one\n' })).toMatchInlineSnapshot()
  })
})
