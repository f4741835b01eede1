/** Data that speaks: what stands in data, names and messages of databases is shown, and obeyed by nobody. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { csvText } from '../src/cli/csv.ts'
import { readCsv } from '../src/project/csv.ts'
import { oneLine, plainJson, shownControls, withoutCommands } from '../src/project/plain_text.ts'
import { gwh, type Said } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { withClient } from './support/postgres-url.ts'
import { goodBut, writeProject, type Files } from './support/projects.ts'
import { readXml, type Element } from './support/xml.ts'

/** What a terminal, GitHub, Azure and TeamCity would obey; the words are harmless. */
const PAYLOAD = [
  '\n::error::canary',
  '\n \t\u00a0\u3000::notice file=x::canary',
  '\r::warning::canary',
  '\n##[error]canary',
  'x ##vso[task.logissue type=error]canary',
  "##teamcity[message text='canary']",
  '\u001b[31mred\u001b[0m\u001b]0;canary\u0007\u009b2J\b\u007f',
  '\u2028::error::canary\u0085::error::canary\u000b::error::canary\u000c::error::canary',
  '\u202egnp.yranac\u202c\u2066x\u2069',
].join('')

/** What is obeyed: white space before `::` means nothing, and the other marks are found anywhere in a line. */
const commandsIn = (text: string): string[] =>
  text
    .split(/\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/)
    .map((line) => line.replace(/^[\s\u0085\u180e\u200b]+/, ''))
    .filter((line) => line.startsWith('::') || /##\w*\[/.test(line))

/** As YAML takes it: a control character stands in a text only as an escape. */
const inYaml = (text: string) => JSON.stringify(text).replaceAll('\u007f', '\\u007f')
const IN_YAML = inYaml(PAYLOAD)

/** All but ends of lines. */
const controlsIn = (text: string): string[] =>
  text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g) ?? []

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

/** Ids, names and values of events, names of properties, of files, of models, texts of the project: all of them speak. */
const SPEAKING: Files = goodBut(
  {
    'target: dev': `target: dev\ndescription: ${IN_YAML} # \u202e`,
    'file: events.csv': `file: 'data/*.csv'\n    description: ${IN_YAML}\n    loaded_at_field: time\n    freshness: { error_after: { count: 1, period: day } }`,
  },
  {
    'data/a\n::error::canary\u001b[31m.csv': `event,time,user_id,company_id\n${quoted(PAYLOAD)},2024-01-01T10:00:00Z,${quoted(PAYLOAD)},${quoted(PAYLOAD)}\nlog_in,2024-01-02T10:00:00Z,bob,${quoted(`::error::${PAYLOAD}`)}\n`,
    'models/named.yml': `models:
  - name: events
    description: ${IN_YAML}
    data_tests:
      - expression_is_true: { expression: ${inYaml(`event_name = '${PAYLOAD.replaceAll("'", "''")}x'`)} }
    columns:
      - name: event_name
        data_tests:
          - accepted_values: { values: [sign_up, ${IN_YAML}, x], severity: warn }
          - accepted_values: { values: [nothing], name: unlisted }
unit_tests:
  - name: speaking
    model: group_events_daily
    description: ${IN_YAML}
    given: []
    expect: { rows: [{ group_id: ${IN_YAML}, events: 1 }] }
`,
    'models/wrong.sql': `select cast(user_id as integer) as n from {{ ref('events') }}\n`,
    'tests/rows.sql': "select event_name, user_id from {{ ref('events') }}\n",
  },
)

const all = ({ stdout, stderr }: Said) => `${stdout}\n${stderr}`

const textsOf = (element: Element): string[] => [
  ...Object.values(element.attributes),
  element.text,
  ...element.children.flatMap(textsOf),
]

describe.each(['dev', 'pg'])('on %s', (target) => {
  const setUp = async () => {
    const env = target === 'pg' ? { GWH_POSTGRES_URL: await freshPostgres() } : {}
    return { dir: writeProject(SPEAKING), env: { ...env, GWH_TARGET: target } }
  }

  test('no text for people is obeyed, and all of it is there', async () => {
    const { dir, env } = await setUp()
    const speaking: string[] = []
    for (const command of [
      ['build', '--exclude', 'speaking'],
      ['build', '--exclude', 'speaking', 'wrong', '--debug', '--store-failures'],
      ['build', '-q', '-s', 'test_type:unit'],
      ['run', '--exclude', 'wrong'],
      ['test', '--exclude', 'wrong', 'speaking'],
      ['source', 'freshness'],
      ['show', 'events'],
      ['show', '--inline', `select user_id as ${quoted(`::error::${PAYLOAD}`)}, event_name from events`],
      ['show', '--inline', `select cast(user_id as integer) as n from events`],
      ['show', PAYLOAD],
      ['ls'],
      ['ls', '--output', 'name'],
      ['ls', '-s', PAYLOAD],
      ['debug'],
      ['compile', '--inline', `select 1\n::integer as n`],
      ['build', `--${PAYLOAD}`],
      ['--project-dir', PAYLOAD, 'ls'],
      ['-t', PAYLOAD, 'ls'],
      ['--vars', PAYLOAD, 'ls'],
    ]) {
      const said = all(await gwh(dir, command, env))
      expect(commandsIn(said)).toEqual([])
      expect(controlsIn(said)).toEqual([])
      if (said.includes('canary')) speaking.push(command.join(' ').slice(0, 30))
    }
    expect(speaking.length).toBeGreaterThan(12)
  })

  test('colours are those of gwh alone', async () => {
    const { dir, env } = await setUp()
    for (const command of [
      ['build', '--exclude', 'speaking'],
      ['show', '--inline', 'select 1 as a'],
      ['show', 'nothing'],
    ]) {
      const said = all(await gwh(dir, command, { ...env, NO_COLOR: '', FORCE_COLOR: '1' }))
      expect(said).toContain('\u001b[')
      const without = said.replaceAll(/\u001b\[(31|32|33|36|39|1|2|22)m/g, '')
      expect(controlsIn(without)).toEqual([])
      expect(commandsIn(without)).toEqual([])
      expect(without).not.toMatch(/\[\d+;\d+/)
      if (without.includes('canary')) expect(without).toContain('\\x1b[31mred')
    }
  })

  test("GitHub's annotations are gwh's own, and reports and JSON hold the texts", async () => {
    const { dir, env } = await setUp()
    const onGitHub = { ...env, GITHUB_ACTIONS: 'true' }
    const args = ['build', '--exclude', 'speaking', 'wrong', '--junit', 'report.xml']
    const { stdout, stderr } = await gwh(dir, args, onGitHub)
    const commands = commandsIn(stdout)
    expect(commands.length).toBeGreaterThan(3)
    for (const command of commands)
      expect(command).toMatch(/^::(error|warning) (\w+=[^:,]*,)*title=[^:,]*::./)
    expect(commands.filter((command) => /##\w*\[/.test(command))).toEqual([])
    expect(commandsIn(stderr)).toEqual([])
    expect(controlsIn(stdout + stderr)).toEqual([])

    const xml = readFileSync(path.join(dir, 'report.xml'), 'utf8')
    const texts = textsOf(readXml(xml)).join('\n')
    expect(texts).toContain('\\x1b[31mred')
    for (const text of [xml, texts]) {
      expect(commandsIn(text)).toEqual([])
      expect(controlsIn(text)).toEqual([])
    }

    const results = readFileSync(path.join(dir, 'target/run_results.json'), 'utf8')
    expect(commandsIn(results)).toEqual([])
    expect(controlsIn(results)).toEqual([])
    expect(JSON.parse(results)).toBeTypeOf('object')
  })

  test('JSON and CSV hold the values', async () => {
    const { dir, env } = await setUp()
    await gwh(dir, ['seed'], env)
    await gwh(dir, ['run', '--exclude', 'wrong'], env)
    const query = ['show', '--inline', "select user_id as u from events where event_name <> 'log_in'"]
    const json = await gwh(dir, [...query, '--output', 'json'], env)
    expect(JSON.parse(json.stdout)).toEqual([{ u: PAYLOAD }])
    const raw = await gwh(dir, [...query, '--output', 'csv', '--raw'], env)
    expect(readCsv(raw.stdout).rows.map(({ fields }) => fields)).toEqual([[PAYLOAD]])
    const csv = await gwh(dir, [...query, '--output', 'csv'], env)
    expect(readCsv(csv.stdout).rows.map(({ fields }) => fields)).toEqual([
      [withoutCommands(shownControls(PAYLOAD, '\n\t'))],
    ])
    for (const { stdout } of [json, csv]) {
      expect(commandsIn(stdout)).toEqual([])
      expect(controlsIn(stdout.replaceAll('\t', ''))).toEqual([])
    }
    const log = await gwh(dir, ['build', '--exclude', 'speaking', 'wrong', '--log-format', 'json'], env)
    expect(commandsIn(log.stdout)).toEqual([])
    expect(controlsIn(log.stdout)).toEqual([])
    const lines = log.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { data: { examples?: string[] } })
    expect(lines.flatMap(({ data }) => data.examples ?? []).join()).toContain('\\x1b[31mred')
  })
})

test('names in a database are shown too', async () => {
  const url = await freshPostgres()
  await withClient(url, async (client) => {
    await client.query('create schema raw')
    await client.query(
      `create table raw.${quoted(`events${PAYLOAD.slice(0, 20)}`)} (${quoted(`\n::error::c\u001b[1m`)} int)`,
    )
    await client.query(`create table raw.near (${quoted(`\n::error::c\u001b[1m`)} int)`)
  })
  for (const table of ['raw.event', 'raw.near']) {
    const dir = writeProject(goodBut({ 'file: events.csv': `table: ${table}` }))
    const said = all(await gwh(dir, ['build', '-t', 'pg'], { GWH_POSTGRES_URL: url }))
    expect(said).toContain('\\x3a:error')
    expect(commandsIn(said)).toEqual([])
    expect(controlsIn(said)).toEqual([])
  }
})

describe('a line of the project in a message', () => {
  test.each([
    ['project.yml', goodBut({ 'name: small': `name: small\nnmae: "\u001b[31m\u202e" # ::error::x` })],
    ['project.yml', goodBut({ 'name: small': `name: small\n::error::canary: 1` })],
    ['models/a.sql', goodBut({}, { 'models/a.sql': '\t\u001b[31m {{ nothing() }} ##[error]x' })],
    ['models/a.yml', goodBut({}, { 'models/a.yml': '\u001b[31m: [\n' })],
    [
      'tests/fixtures/f.csv',
      goodBut(
        {},
        {
          'tests/fixtures/f.csv': 'a,\u001b[31m\n1\n',
          'models/u.yml':
            "unit_tests: [{ name: u, model: group_events_daily, given: [{ input: ref('event_groups'), fixture: f }], expect: { rows: [] } }]",
        },
      ),
    ],
  ])('of %s is shown', async (file, files) => {
    const said = all(await gwh(writeProject(files), ['ls']))
    expect(said).toContain(`${file}:`)
    expect(commandsIn(said)).toEqual([])
    expect(controlsIn(said)).toEqual([])
  })
})

describe('texts', () => {
  test.each([
    ['a\tb\r\nc', 'a\\tb\nc', 'a\\tb\\r\\nc'],
    ['\u0000\u001b\u007f\u009b', '\\x00\\x1b\\x7f\\x9b', '\\x00\\x1b\\x7f\\x9b'],
    [
      '\u2028\u202e\u2066\u200e\u061c',
      '\\u2028\\u202e\\u2066\\u200e\\u061c',
      '\\u2028\\u202e\\u2066\\u200e\\u061c',
    ],
    [
      'a\u200bb\u180e\u00ad\ufeff\u{e0001}',
      'a\\u200bb\\u180e\\xad\\ufeff\\u{e0001}',
      'a\\u200bb\\u180e\\xad\\ufeff\\u{e0001}',
    ],
    // What writes from right to left by itself, accents and signs stay.
    ['שלום é 😀 👩‍💻', 'שלום é 😀 👩‍💻', 'שלום é 😀 👩‍💻'],
  ])('%j', (text, lines, line) => {
    expect(shownControls(text)).toBe(lines)
    expect(oneLine(text)).toBe(line)
  })

  test.each([
    ['::error::x', '\\x3a:error::x'],
    ['a\n  ::error::x\n::', 'a\n  \\x3a:error::x\n\\x3a:'],
    ['a ::b:: x::integer', 'a ::b:: x::integer'],
    ['a ##[error]b ##vso[x] ###[y] #[z] ## [x]', 'a \\x23#[error]b \\x23#vso[x] #\\x23#[y] #[z] ## [x]'],
  ])('without commands: %j', (text, expected) => {
    expect(withoutCommands(text)).toBe(expected)
    expect(commandsIn(expected)).toEqual([])
  })

  test('as JSON are the same', () => {
    const unseen = '\u200b\u{e0001}'
    expect(plainJson(JSON.stringify(unseen))).toBe('"\\u200b\\udb40\\udc01"')
    expect(JSON.parse(plainJson(JSON.stringify(unseen)))).toBe(unseen)
    const json = plainJson(JSON.stringify({ [PAYLOAD]: PAYLOAD }, null, 2))
    expect(JSON.parse(json)).toEqual({ [PAYLOAD]: PAYLOAD })
    expect(commandsIn(json)).toEqual([])
    expect(controlsIn(json)).toEqual([])
  })
})

describe('CSV for spreadsheets', () => {
  const cells = (values: readonly unknown[], raw: boolean) =>
    readCsv(csvText([values.map((_, i) => `c${i}`), values], { raw, hide: (text) => text })).rows[0]?.fields

  const FORMULAS = ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '"=1"', ' =1', '\uff1d1', '-', '-a', '\r=1']
  const HARMLESS = ['-1', '+1.5', '-1e5', '.5', '-.5', 'a=b', '2024-01-01', "'=1", '1-1', '', 'a\nb', 'x,"y"']

  test.each(FORMULAS)('%j is no formula', (text) => {
    const [cell = ''] = cells([text], false) ?? []
    expect(cell).toMatch(/^'/)
    expect(cell?.slice(1)).toBe(text.replaceAll('\r', '\\r'))
    expect(cells([text], true)).toEqual([text])
  })

  test.each(HARMLESS)('%j stays', (text) => {
    expect(cells([text, 'x'], false)).toEqual([text, 'x'])
  })

  test('numbers and null stay, and headings are cells', () => {
    expect(cells([-1, null, true], false)).toEqual(['-1', null, 'true'])
    expect(csvText([['=a', 'b']], { raw: false, hide: (text) => text })).toBe("'=a,b\n")
  })

  test('is what show writes, and --raw is for CSV alone', async () => {
    const dir = writeProject(goodBut({ 'target/small.duckdb': "':memory:'" }))
    const query = ['show', '--inline', `select '=1+1' as "=a", -1 as b, '-1' as c`]
    expect((await gwh(dir, [...query, '--output', 'csv'])).stdout).toBe("'=a,b,c\n'=1+1,-1,-1\n")
    expect((await gwh(dir, [...query, '--output', 'csv', '--raw'])).stdout).toBe('=a,b,c\n=1+1,-1,-1\n')
    expect(await gwh(dir, [...query, '--raw'])).toMatchObject({ code: 2, stdout: '' })
  })
})
