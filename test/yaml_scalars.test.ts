/** Numbers and the like of YAML files: read by the field that they are for, and as they are written. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, load } from '../src/gwh.ts'
import { readYaml } from '../src/project/yaml_document.ts'
import { jsonText } from '../src/project/scalars.ts'
import { buildProject, ENGINES } from './support/engines.ts'
import { problemsOf, writeProject, type Files } from './support/projects.ts'

const PROJECT = `name: small
target: dev
targets:
  dev: { type: duckdb, path: target/small.duckdb }
  postgres: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
group_keys:
  - { name: company_id, b2b: true }
sources:
  - name: app
    type: events
    file: events.csv
    columns: { event: event, time: time, user: user_id }
    properties: [value]
`

/** Spellings of which YAML would make other numbers, or truth values. */
const SPELLINGS = [
  '02134',
  '1.10',
  '9007199254740993',
  '1_000',
  '0x1F',
  '1e3',
  '.5',
  '+5',
  'True',
  'yes',
  '2024-01-31',
] as const

const EVENTS = `event,time,user_id,company_id,value
${SPELLINGS.map((text, i) => `E,2024-01-01T10:00:00Z,u${i},acme,v${text}`).join('\n')}
`

const compiled = (files: Files, vars?: string): string => {
  const dir = writeProject(files)
  const { files: written } = compile(load(dir, { env: {}, vars }))
  return written.map((file) => readFileSync(path.join(dir, file), 'utf8')).join('\n')
}

const withReport = (where: string): Files => ({
  'project.yml': `${PROJECT}reports:\n  - { name: r, type: uniques, interval: day, event: E, by: user, where: [${where}] }\n`,
  'events.csv': EVENTS,
})

describe('a filter compares with', () => {
  test.each(SPELLINGS)('%s as it is written', (text) => {
    expect(compiled(withReport(`{ property: value, value: ${text} }`))).toContain(` = '${text}'`)
    expect(compiled(withReport(`{ property: value, value: '${text}' }`))).toContain(` = '${text}'`)
    expect(compiled(withReport(`{ property: value, op: in, value: [a, ${text}] }`))).toContain(
      ` in ('a', '${text}')`,
    )
  })

  test('a number, where it asks for more or less', () => {
    expect(compiled(withReport('{ property: value, op: gt, value: 0x1F }'))).toContain(
      "> cast('31' as double)",
    )
  })
})

test.each(ENGINES)('names of events and users are read as they are written on %s', async (engine) => {
  const project = `${PROJECT}exclude_events: [404, 1.10]\nservice_user_ids: [007]\n`
  const events = `event,time,user_id,company_id,value
404,2024-01-01T10:00:00Z,ann,acme,x
1.10,2024-01-01T10:00:00Z,ann,acme,x
1.1,2024-01-01T10:00:00Z,ann,acme,x
02134,2024-01-01T10:00:00Z,007,acme,x
02134,2024-01-01T10:00:00Z,bob,acme,x
`
  const report = `reports:
  - { name: r, type: uniques, interval: day, metrics: [{ name: m, by: user, event: 02134 }] }
`
  const built = await buildProject(
    writeProject({ 'project.yml': `${project}${report}`, 'events.csv': events }),
    engine,
  )
  const names = (await built.rows('events')).map((row) => String(row['event_name']))
  expect([...new Set(names)].sort()).toEqual(['02134', '1.1'])
  expect((await built.rows('r')).map((row) => row['entities'])).toEqual([1])
})

test.each(ENGINES)('accepted values and unit tests keep spellings on %s', async (engine) => {
  const docs = `models:
  - name: codes
    columns:
      - name: zip
        data_tests: [accepted_values: { values: [02134, 1.10, 9007199254740993] }]
unit_tests:
  - name: keeps_zeros
    model: codes
    given:
      - input: ref('events')
        rows:
          - { event_name: 02134, user_id: 007, properties: { value: 1.10, zip: 02134, big: 9007199254740993 } }
    expect: { rows: [{ zip: 02134, user_id: 007 }] }
`
  const built = await buildProject(
    writeProject({
      'project.yml': PROJECT,
      'events.csv':
        'event,time,user_id,company_id,value\n02134,2024-01-01T10:00:00Z,007,acme,1\n1.10,2024-01-01T10:00:00Z,007,acme,1\n',
      'models/docs.yml': docs,
      'models/codes.sql': "select event_name as zip, user_id from {{ ref('events') }}\n",
    }),
    engine,
  )
  const said = built.outcome.results.filter(({ name }) => /keeps_zeros|accepted_values_codes/.test(name))
  expect(said.map(({ status }) => status)).toEqual(['pass', 'pass'])
})

describe('a variable', () => {
  const files = (given: string): Files => ({
    'project.yml': `${PROJECT}vars: ${given}\n`,
    'events.csv': EVENTS,
    'models/q.sql':
      "select '{{ var('v') }}' as v, {% if var('n', none) is none %}0{% else %}{{ var('n') + 1 }}{% endif %} as n, {% if env_var('NOT_SET', none) is none %}1{% endif %} as one\n",
  })

  test.each(['02134', '1.10', '9007199254740993', '1e3'])('keeps the spelling of %s', (text) => {
    expect(compiled(files(`{ v: ${text} }`))).toContain(`select '${text}' as v, 0 as n, 1 as one`)
    expect(compiled(files('{}'), `v=${text}`)).toContain(`select '${text}' as v`)
    expect(compiled(files('{}'), `{v: ${text}, n: 4}`)).toContain(`select '${text}' as v, 5 as n`)
  })
})

describe('fields that take numbers', () => {
  const limit = (value: string) =>
    problemsOf({
      ...withReport(''),
      'models/r.yml': `reports:\n  - { name: b, type: uniques, interval: day, event: E, by: user, breakdown: { property: value, limit: ${value} } }\n`,
    })

  test('read them', () => {
    const breakdown = 'breakdown: { property: value, limit: 7 }'
    const sql = compiled({
      ...withReport(''),
      'models/r.yml': `reports:\n  - { name: b, type: uniques, interval: day, event: E, by: user, ${breakdown} }\n`,
    })
    expect(sql).toMatch(/<= 7|limit 7/)
  })

  test('say what to do about quotes', async () => {
    expect(await limit("'7'")).toMatchInlineSnapshot(`
      "models/r.yml:2:103  invalid_value
        Report \`b\`: \`breakdown.limit\` must be a number.
          2 |   - { name: b, type: uniques, interval: day, event: E, by: user, breakdown: { property: value, limit: '7' } }
            |                                                                                                       ^
        Write 7 without quotes.

      exit code 2"
    `)
  })
})

test('a list where one value is asked for says what may stand there', async () => {
  expect(await problemsOf(withReport('{ property: value, value: { a: 1 } }'))).toContain(
    'must be a text or a number, or true or false, or a list.',
  )
})

describe('files without entries', () => {
  test.each([
    ['nothing', ''],
    ['comments', '# later\n# more\n'],
    ['sections without entries', 'models:\nreports:\nunit_tests:\n'],
    ['a document without a value', '---\n'],
  ])('may hold %s', (_, text) => {
    const dir = writeProject({ 'project.yml': PROJECT, 'models/a.yml': text, 'connectors/b.yaml': '' })
    expect(load(dir, { env: {} }).plan.models.length).toBeGreaterThan(5)
  })

  test('as project.yml may have sections without entries', () => {
    const empty = 'vars:\nmodels:\nreports:\nunit_tests:\ndata_tests:\nexclude_events:\nlimits:\n'
    const dir = writeProject({ 'project.yml': `${PROJECT}${empty}` })
    expect(load(dir, { env: {} }).plan.models.length).toBeGreaterThan(5)
  })
})

describe('merge keys', () => {
  const merged = (second: string) => ({
    'project.yml': PROJECT.replace(
      '- { name: company_id, b2b: true }',
      `- &company { name: company_id, b2b: true, label: Company }\n  - ${second}`,
    ),
  })

  test('take in what is not there', () => {
    const dir = writeProject(merged('{ <<: *company, name: team_id, b2b: false }'))
    expect(load(dir, { env: {} }).plan.catalog.groupKeys).toMatchObject([
      { name: 'company_id', label: 'Company', b2b: true },
      { name: 'team_id', label: 'Company', b2b: false },
    ])
  })

  test('and what is wrong in it is shown where it stands', async () => {
    const files = merged('{ <<: *company, name: team_id, b2b: false }')
    const wrong = files['project.yml'].replace('label: Company', 'noun: 1 company')
    expect(await problemsOf({ 'project.yml': wrong })).toMatch(/project\.yml:7:\d+ {2}invalid_value/)
  })

  test('take in maps only', async () => {
    expect(await problemsOf(merged('{ <<: company, name: team_id }'))).toMatchInlineSnapshot(`
      "project.yml:8:11  invalid_yaml
        \`<<\` takes in the fields of a map, or of a list of maps.
          8 |   - { <<: company, name: team_id }
            |           ^
        Write \`<<: *name\` where another map is marked \`&name\`, or put \`"<<"\` into quotes.

      exit code 2"
    `)
  })

  test.each(['*none', '[*company, *none]'])('take in what is marked: %s', async (taken) => {
    expect(await problemsOf(merged(`{ <<: ${taken}, name: team_id }`))).toContain(
      '`*none` stands for a value that is marked `&none`, and there is none.',
    )
  })

  test('cannot go round', async () => {
    const round = `${PROJECT}vars: &vars { inner: *vars }\n`
    expect(await problemsOf({ 'project.yml': round })).toMatchInlineSnapshot(`
      "project.yml:14:22  invalid_yaml
        \`*vars\` stands for a value that it is a part of.
          14 | vars: &vars { inner: *vars }
             |                      ^
        Write out what is meant.

      exit code 2"
    `)
  })
})

test('one key in two spellings is there twice', async () => {
  expect(await problemsOf({ 'project.yml': `${PROJECT}vars: { 1: a, "1": b }\n` })).toContain(
    'The key `1` is there twice.',
  )
})

test('aliases do not multiply without end', async () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `  l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
  )
  const text = `${PROJECT}vars:\n  l0: &l0 [x]\n${levels.join('\n')}\n`
  expect(await problemsOf({ 'project.yml': text })).toContain('Aliases stand for too many values here.')
})

test('JSON keeps all digits, and what is no number of JSON is a text', () => {
  const { yaml } = readYaml('x', '[9007199254740993, 1.10, 02134, 0x1F, true, null, { a: -0.5e3 }]')
  expect(jsonText(yaml.value)).toBe('[9007199254740993,1.10,"02134","0x1F",true,null,{"a":-0.5e3}]')
})
