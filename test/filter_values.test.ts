/** Values of filters against texts, numbers and truth values; and that a value which matches nothing is told of. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const FILTERS = {
  code_as_written: '{ property: code, of: company_id, value: 007 }',
  code_otherwise: '{ property: code, of: company_id, value: 0007 }',
  size_by_value: '{ property: size, of: company_id, value: 1e1 }',
  size_as_text: "{ property: size, of: company_id, value: '10.0' }",
  vip: '{ property: vip, of: company_id, value: True }',
  zip_otherwise: '{ property: zip, value: 2134 }',
  seats_by_value: '{ property: seats, op: in, value: [1e1, 2.50] }',
  seats_as_text: "{ property: seats, value: '2.50' }",
  paid: '{ property: paid, value: TRUE }',
  unpaid: '{ property: paid, op: neq, value: True }',
  beyond_doubles: '{ property: serial, op: gt, value: 9007199254740992 }',
}

const FILES = {
  'project.yml': project(`
group_keys: [{ name: company_id, noun: company }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
    properties: { zip: zip, serial: serial, seats: { type: number }, paid: { type: boolean } }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
    properties: { code: code, size: { type: number }, vip: { type: boolean } }
reports:
${Object.entries(FILTERS)
  .map(
    ([name, filter]) => `  - { name: ${name}, type: uniques, by: user, any_event: true, where: [${filter}] }`,
  )
  .join('\n')}
`),
  'app.csv': `event,time,user_id,company_id,zip,seats,paid,serial
A,2024-03-01T10:00:00Z,ann,acme,02134,10.0,True,9007199254740993
A,2024-03-01T10:00:00Z,bob,beta,02135,2.5,false,9007199254740992
`,
  'crm.csv': 'id,code,size,vip\nacme,007,10,true\nbeta,7,3,False\n',
}

describe.each(ENGINES)('filters on %s', (engine) => {
  test('find texts as they are spelled, numbers and truth values by what they are', async () => {
    const built = await buildProject(writeProject(FILES), engine)
    const found: Record<string, string[]> = {}
    for (const name of Object.keys(FILTERS))
      found[name] = (await built.rows(`${name}_entities`)).map((row) => String(row['entity_id'])).sort()
    expect(found).toEqual({
      code_as_written: ['ann'],
      code_otherwise: [],
      size_by_value: ['ann'],
      size_as_text: [],
      vip: ['ann'],
      zip_otherwise: [],
      seats_by_value: ['ann', 'bob'],
      seats_as_text: [],
      paid: ['ann'],
      unpaid: ['bob'],
      beyond_doubles: ['ann'],
    })
  })

  test('that match nothing are told of, and no others', async () => {
    const { found } = await findings(FILES, engine, ['report_filter_values'])
    expect(Object.keys(found).sort()).toEqual([
      'report_filter_values_code_otherwise_in_company_profiles',
      'report_filter_values_seats_as_text_in_events',
      'report_filter_values_size_as_text_in_company_profiles',
      'report_filter_values_zip_otherwise_in_events',
    ])
  })
})

const EXCLUDED = {
  gone: ['enterprise', undefined],
  short: ['pra', undefined],
  other_case: ['Trial', "'trial'"],
  a_letter_less: ['bussiness', "'business'"],
  two_letters_swapped: ['busniess', "'business'"],
  hyphen: ['free plan', "'free-plan'"],
  there: ['trial', undefined],
} as const

test.each(ENGINES)('a value that is kept away may be none, but not a misspelt one: on %s', async (engine) => {
  const { found } = await findings(
    {
      'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - { name: app, type: events, file: app.csv, columns: { event: event, time: time, user: user_id }, properties: [plan] }
reports:
${Object.entries(EXCLUDED)
  .flatMap(([name, [value]]) =>
    Object.entries({ neq: value, not_in: `[${value}]` }).map(
      ([op, of]) =>
        `  - { name: ${name}_${op}, type: uniques, by: user, any_event: true, where: [{ property: plan, op: ${op}, value: ${of} }] }`,
    ),
  )
  .join('\n')}
`),
      'app.csv': `event,time,user_id,company_id,plan
${['pro', 'trial', 'business', 'free-plan'].map((plan) => `A,2024-03-01,ann,acme,${plan}`).join('\n')}
`,
    },
    engine,
    ['report_filter_values'],
  )
  const near = Object.entries(found).map(([name, said]) => [
    name.replace(/^report_filter_values_(.+)_in_events$/, '$1'),
    /the nearest is (.+)/.exec(said.join('\n'))?.[1],
  ])
  expect(Object.fromEntries(near)).toEqual(
    Object.fromEntries(
      Object.entries(EXCLUDED).flatMap(([name, [, meant]]) =>
        meant === undefined
          ? []
          : [
              [`${name}_neq`, meant],
              [`${name}_not_in`, meant],
            ],
      ),
    ),
  )
})

/** Of no type in the project: `code` is text where it comes from, and `size` a number. */
const ROWS = [
  { id: 'a1', code: '007', size: 7 },
  { id: 'a2', code: '7', size: 7.5 },
  { id: 'a3', code: '7.0', size: 10 },
  { id: 'a4', code: '1e1', size: 10 },
]

/** Who passes a filter, whether the property is of the event, of the user or of a group. */
const UNTYPED = {
  'code, value: 007': ['a1'],
  'code, value: 7': ['a2'],
  'code, value: 7.0': ['a3'],
  "code, value: '7'": ['a2'],
  'code, value: 10': [],
  'code, op: neq, value: 007': ['a2', 'a3', 'a4'],
  'code, op: in, value: [07, 7.0]': ['a3'],
  'code, op: not_in, value: [007, 1e1]': ['a2', 'a3'],
  'code, op: gte, value: 7': ['a1', 'a2', 'a3', 'a4'],
  'code, op: gt, value: 007': ['a4'],
  'size, value: 07': ['a1'],
  'size, value: 1e1': ['a3', 'a4'],
  "size, value: '10.00'": [],
  'size, op: in, value: [7.50, 10.0]': ['a2', 'a3', 'a4'],
  'size, op: not_in, value: [7.50, 10.0]': ['a1'],
  'size, op: lt, value: 10.0': ['a1', 'a2'],
}
const ASKED = ['event', 'user', 'co'].flatMap((of) =>
  Object.entries(UNTYPED).map(([filter, who]) => ({ filter: `of: ${of}, property: ${filter}`, who })),
)

const untyped = (rows: string, more = '') =>
  project(`
group_keys: [{ name: co }]
sources:
  - { name: app, type: events, ${rows}, columns: { event: id, time: day, user: id }, group_keys: { co: id }, properties: [code, size]${more} }
  - { name: crm, type: group_table, ${rows}, group_key: co, columns: { id: id }, properties: [code, size]${more} }
  - { name: people, type: user_table, ${rows}, columns: { id: id }, group_keys: [], properties: [code, size]${more} }
reports:
  - name: asked
    type: uniques
    metrics:
${ASKED.map(({ filter }, i) => `      - { name: m${i}, by: user, any_event: true, where: [{ ${filter} }] }`).join('\n')}
`)

const day = (i: number) => `2024-03-0${i + 1}`
const JSON_TYPE = "{% if target.type == 'postgres' %}jsonb{% else %}json{% endif %}"
/** Numbers with a fraction and an exponent, as some programs write all of them. */
const spelled = (size: number) => (size === 10 ? '1.0e1' : size.toFixed(2))
const stagedJson = (columns: (code: string, size: string, id: string) => string) =>
  ROWS.map(
    ({ id, code, size }, i) =>
      `select '${id}' as id, '${day(i)}' as day, ${columns(code, spelled(size), id)}`,
  ).join('\nunion all\n')
const lines = (members: (code: string, size: string, id: string) => string) =>
  `${ROWS.map(({ id, code, size }, i) => `{"id":"${id}","day":"${day(i)}",${members(code, spelled(size), id)}}`).join('\n')}\n`
const asJson = (text: string, name: string) => `cast('${text}' as ${JSON_TYPE}) as ${name}`

const FROM = {
  'columns of JSON': {
    'project.yml': untyped('table: staged'),
    'models/staged.sql': stagedJson(
      (code, size) => `${asJson(`"${code}"`, 'code')}, ${asJson(size, 'size')}`,
    ),
  },
  'an object of JSON in a table': {
    'project.yml': untyped('table: staged', ', properties_column: props'),
    'models/staged.sql': stagedJson((code, size, id) =>
      asJson(`{"id": "${id}", "code": "${code}", "size": ${size}}`, 'props'),
    ),
  },
  'an object of JSON in a file': {
    'project.yml': untyped('file: rows.ndjson', ', properties_column: props'),
    'rows.ndjson': lines((code, size, id) => `"props":{"id":"${id}","code":"${code}","size":${size}}`),
  },
  'lines of JSON': {
    'project.yml': untyped('file: rows.ndjson'),
    'rows.ndjson': lines((code, size) => `"code":"${code}","size":${size}`),
  },
  table: {
    'project.yml': untyped('table: staged'),
    'models/staged.sql': ROWS.map(
      ({ id, code, size }, i) =>
        `select '${id}' as id, '${day(i)}' as day, cast('${code}' as varchar(9)) as code, cast(${size} as decimal(9, 2)) as size`,
    ).join('\nunion all\n'),
  },
  parquet: {
    'project.yml': untyped('file: rows.parquet'),
  },
}

const parquet = () =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ROWS.map(({ id }) => id), type: 'STRING' },
        { name: 'day', data: ROWS.map((_, i) => day(i)), type: 'STRING' },
        { name: 'code', data: ROWS.map(({ code }) => code), type: 'STRING' },
        { name: 'size', data: ROWS.map(({ size }) => size), type: 'DOUBLE' },
      ],
    }),
  )

describe.each(ENGINES)('properties that nobody gave a type, on %s', (engine) => {
  test.each(Object.entries(FROM))(
    'are texts where the column is text, and numbers where it is one: %s',
    { timeout: 120_000 },
    async (_, files) => {
      const dir = writeProject(files)
      writeFileSync(path.join(dir, 'rows.parquet'), parquet())
      const built = await buildProject(dir, engine)
      const warned = built.outcome.results.filter(({ status }) => status === 'warn').map(({ name }) => name)
      expect(warned.filter((name) => name.startsWith('report_filter_values')).sort()).toEqual([
        'report_filter_values_asked_in_co_profiles',
        'report_filter_values_asked_in_events',
        'report_filter_values_asked_in_user_profiles',
      ])
      const rows = await built.rows('asked_entities')
      const found = ASKED.map(({ filter }, i) => ({
        filter,
        who: rows.filter((row) => row['metric'] === `m${i}`).map((row) => row['entity_id']),
      }))
      expect(found).toEqual(ASKED)
    },
  )
})

const VERSIONS = `{"id":"acme","at":"2024-01-01","seats":10.0,"vip":true}
{"id":"acme","at":"2024-02-01","seats":"11","vip":"true"}
{"id":"beta","at":"2024-01-01","seats":"10","vip":"true"}
`
const OVER_TIME = {
  now: ['{ of: co, property: seats, value: 11.0 }', []],
  then: ['{ of: co, property: seats, value: 1e1, properties: as_of }', ['ann']],
  then_vip: ['{ of: co, property: vip, value: True, properties: as_of }', ['ann']],
  then_not: ['{ of: co, property: seats, op: neq, value: 10.0, properties: as_of }', ['bob']],
  text: ["{ of: co, property: seats, value: '10', properties: as_of }", ['ann', 'bob']],
} as const

test.each(ENGINES)('what a value was in JSON holds of the groups of the time: on %s', async (engine) => {
  const dir = writeProject({
    'project.yml': project(`
group_keys: [{ name: co }]
sources:
  - { name: app, type: events, file: app.csv, columns: { event: event, time: time, user: user_id } }
  - { name: crm, type: group_table, file: crm.ndjson, group_key: co, columns: { id: id, updated_at: at }, properties: [seats, vip] }
reports:
${Object.entries(OVER_TIME)
  .map(
    ([name, [filter]]) =>
      `  - { name: ${name}, type: uniques, by: user, any_event: true, where: [${filter}] }`,
  )
  .join('\n')}
`),
    'app.csv': 'event,time,user_id,co\nA,2024-01-05T10:00:00Z,ann,acme\nA,2024-01-05T10:00:00Z,bob,beta\n',
    'crm.ndjson': VERSIONS,
  })
  const built = await buildProject(dir, engine)
  const found: Record<string, string[]> = {}
  for (const name of Object.keys(OVER_TIME))
    found[name] = (await built.rows(`${name}_entities`)).map((row) => String(row['entity_id'])).sort()
  expect(found).toEqual(Object.fromEntries(Object.entries(OVER_TIME).map(([name, [, who]]) => [name, who])))
})
