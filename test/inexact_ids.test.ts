/** Ids that have lost digits, in whatever they are wrapped. Both engines say the same. */
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFileReader } from '../src/engines/file_reader.ts'
import { ENGINES, tempFolder } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import type { Files } from './support/files.ts'

const events = (source: string) =>
  project(`
group_keys: [{ name: co }]
sources:
  - name: app
    type: events
    columns: { event: event, time: time }
    ${source}
`)

const field = (text: string) => `"${text.replaceAll('"', '""')}"`
const csv = (...cells: readonly string[]) =>
  ['event,time,co', ...cells.map((cell) => `A,2024-03-01,${field(cell)}`)].join('\n')

/** Where an id may stand: a project that reads it from there, as it is written in JSON. */
const PLACES: Readonly<Record<string, (ids: readonly string[]) => Files>> = {
  'a member of a line': (ids) => ({
    'project.yml': events('file: a.ndjson'),
    'a.ndjson': ids.map((id) => `{"event":"A","time":"2024-03-01","co":${id}}`).join('\n'),
  }),
  'a member of an object': (ids) => ({
    'project.yml': events('file: a.ndjson\n    properties_column: props'),
    'a.ndjson': ids.map((id) => `{"event":"A","time":"2024-03-01","props":{"n":1,"co":${id}}}`).join('\n'),
  }),
  'a member of an object beside a character 0': (ids) => ({
    'project.yml': events('file: a.ndjson\n    properties_column: props'),
    'a.ndjson': ids
      .map((id) => `{"event":"A","time":"2024-03-01","props":{"n":"\\u0000","co":${id}}}`)
      .join('\n'),
  }),
  'an object in a text': (ids) => ({
    'project.yml': events('file: a.csv\n    properties_column: co'),
    'a.csv': csv(...ids.map((id) => `{"co":${id}}`)),
  }),
  'an object that is JSON twice': (ids) => ({
    'project.yml': events('file: a.ndjson\n    properties_column: props'),
    'a.ndjson': ids
      .map((id) => `{"event":"A","time":"2024-03-01","props":${JSON.stringify(`{"co":${id}}`)}}`)
      .join('\n'),
  }),
}

const told = (value: string, rows = '1 row') =>
  `co = '${value}' in ${rows} of app is a floating-point number whose last digits are gone`

const GONE = '10000000000000000000000'

describe.each(ENGINES)('ids that have lost digits on %s', (engine) => {
  test.each(Object.keys(PLACES))('are found in %s', { timeout: 60_000 }, async (place) => {
    const files = PLACES[place]?.([
      '1e22',
      '9007199254740993.0',
      '[1e22,"b"]',
      '["b",2,1.0E22]',
      '"[1e22, 2]"',
    ])
    const { found } = await findings(files ?? {}, engine, ['inexact_ids'])
    const [summary, ...examples] = found['inexact_ids_app'] ?? []
    expect(summary).toBe('fail: 5 failures, 5 wrong rows')
    expect(examples.sort()).toEqual(
      [
        told(GONE),
        told('9007199254740992'),
        told(`[${GONE},"b"]`),
        told(`["b",2,${GONE}]`),
        told('[1e22, 2]'),
      ].sort(),
    )
  })

  test.each(Object.keys(PLACES))(
    'are none of %s where all digits are there',
    { timeout: 60_000 },
    async (place) => {
      const files = PLACES[place]?.([
        '10000000000000000000000',
        '[12345678901234567890,1e3]',
        '["1e22","12345678901234567890"]',
        '"1e22"',
        '"[12345678901234567890, 1e3]"',
      ])
      const { found, passed } = await findings(files ?? {}, engine, ['inexact_ids'])
      expect(found).toEqual({})
      expect(passed).toContain('inexact_ids_app')
    },
  )

  test('are found in lists as text', { timeout: 60_000 }, async () => {
    const files = {
      'project.yml': events('file: a.csv'),
      'a.csv': csv('[1e22, 2]', '[3, 12345678901234567890]'),
    }
    const { found } = await findings(files, engine, ['inexact_ids'])
    expect(found).toEqual({ inexact_ids_app: ['fail: 1 failures, 1 wrong row', told('[1e22, 2]')] })
  })

  test('are found in lists and objects of Parquet', { timeout: 60_000 }, async () => {
    const written: Readonly<Record<string, readonly [value: string, options: string, says: string]>> = {
      double: ['[1e22, null]::double[]', '', `[${GONE},null]`],
      whole: ['[9007199254740992.0, 2.0]::double[]', '', '[9007199254740992,2]'],
      float: ['[16777216.0]::float[]', '', '[16777216]'],
      decimal: [
        '[9007199254740993.0, 9007199254740995.5]::decimal(38,1)[]',
        '',
        '[9007199254740993,9007199254740996]',
      ],
      array: ['array_value(1e22::double, 2)', '', `[${GONE},2]`],
      member: ["{'co': 1e22::double}", '\n    properties_column: co', GONE],
      small: ["{'co': [1e22, 1.5e-7]}", '\n    properties_column: co', `[${GONE},0.00000015]`],
    }
    const dir = tempFolder()
    await using reader = await openFileReader()
    for (const [name, [value, options, says]] of Object.entries(written)) {
      const file = path.join(dir, `${name}.parquet`)
      await reader.execute(
        `copy (select 'A' as event, date '2024-03-01' as time, ${value} as co) to '${file}' (format parquet)`,
      )
      const { found } = await findings(
        { 'project.yml': `external_paths: [${dir}]\n${events(`file: ${file}${options}`)}` },
        engine,
        ['inexact_ids'],
      )
      expect([name, found]).toEqual([
        name,
        { inexact_ids_app: ['fail: 1 failures, 1 wrong row', told(says)] },
      ])
    }
  })
  test('are none where a value is missing', { timeout: 60_000 }, async () => {
    const dir = tempFolder()
    const file = path.join(dir, 'gaps.parquet')
    await using reader = await openFileReader()
    await reader.execute(
      `copy (
        select 'A' as event, date '2024-03-01' as time, unnest([12.0, 'nan'::double, 'infinity'::double]) as co,
          ['nan'::float, '-infinity'::float, 12.0] as team
      ) to '${file}' (format parquet)`,
    )
    const { found, passed } = await findings(
      {
        'project.yml': `external_paths: [${dir}]\n${events(`file: ${file}`).replace('{ name: co }', '{ name: co }, { name: team }')}`,
      },
      engine,
      ['inexact_ids'],
    )
    expect(found).toEqual({})
    expect(passed).toContain('inexact_ids_app')
  })
  test('are found where another file has whole numbers', { timeout: 60_000 }, async () => {
    const dir = tempFolder()
    await using reader = await openFileReader()
    const file = (name: string, ids: string) =>
      reader.execute(
        `copy (
          select 'A' as event, date '2024-03-01' as time, unnest(${ids}) as co, 'ann' as user
        ) to '${dir}/${name}.parquet' (format parquet)`,
      )
    await file('one', '[1234567890123456789]')
    await file('two', "[1234567890123456789.0::double, 12.0, 9007199254740994.0, 'nan'::double]")
    await file('three', '[[1234567890123456789.0::double, 12.0], [13.0]]')
    const { found } = await findings(
      {
        'project.yml': `external_paths: [${dir}]\n${events(`file: ${dir}/*.parquet`)}`,
      },
      engine,
      ['inexact_ids'],
    )
    const gone = (id: string) => `co '${id}' (1 event, on 2024-03-01) is a number whose last digits are gone`
    expect(found).toEqual({
      inexact_ids_app: ['fail: 1 failures, 1 wrong row', told('[1234567890123456800.0,12.0]')],
      inexact_ids_of_groups: [
        'fail: 2 failures, 2 wrong rows',
        gone('1.2345678901234568e+18'),
        gone('9.0071992547409940e+15'),
      ],
    })
  })
})
