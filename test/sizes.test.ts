/** What grows with a project: lists by name, orders and tables of many. */
import { describe, expect, test } from 'vitest'
import { buildOrder, CycleError } from '../src/graph/build_order.ts'
import { called, distinct } from '../src/graph/called.ts'
import { table } from '../src/cli/text.ts'
import { load } from '../src/gwh.ts'
import { funnelsYaml, projectYaml } from './bench/sizes.ts'
import { gwh } from './support/cli.ts'
import { goodBut, problemsOf, writeProject, type Files } from './support/projects.ts'

describe('the order in which models are built', () => {
  test('puts parents first, and keeps the order given otherwise', () => {
    const parents = new Map([
      ['report', ['events', 'days']],
      ['events', ['raw']],
      ['days', ['events']],
      ['alone', []],
    ])
    expect(buildOrder(parents)).toEqual(['events', 'days', 'report', 'alone'])
  })

  test('has no limit to how deep parents lie', () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `model_${i}`)
    const chain = new Map(names.map((name, i) => [name, names.slice(i + 1, i + 2)]))
    expect(buildOrder(chain)).toEqual([...names].reverse())
  })

  test('names the circle alone, and not the way to it', () => {
    const parents = new Map([
      ['report', ['a']],
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
    ])
    expect(() => buildOrder(parents)).toThrow(CycleError)
    expect(() => buildOrder(parents)).toThrow('a cycle: a, b, c, a')
  })
})

describe('members by name', () => {
  test('are the first of their name', () => {
    const list = [
      { name: 'a', n: 1 },
      { name: 'b', n: 2 },
      { name: 'a', n: 3 },
    ]
    expect(called(list, 'a')?.n).toBe(1)
    expect(called(list, 'constructor')).toBeUndefined()
    expect(distinct(list).map(({ n }) => n)).toEqual([1, 2])
  })
})

test.each([
  ['many kinds', projectYaml],
  ['funnels', funnelsYaml],
])('the project of the benches of %s is one without a fault', (_, yaml) => {
  const dir = writeProject({ 'project.yml': yaml({ reports: 8, groupKeys: 3 }) })
  const { plan } = load(dir, { env: {} })
  expect(plan.catalog.reports).toHaveLength(8)
  expect(plan.catalog.groupKeys).toHaveLength(3)
})

describe('tables', () => {
  test('line up what is wide, what is coloured and what has several lines', () => {
    const rows = [
      ['x', '1'],
      ['日本', '22'],
      ['two\nlines', '3'],
      ['\u001b[31mred\u001b[39m', ''],
    ]
    expect(table(['a', 'bb'], rows, [1])).toBe(
      [
        '  a      bb',
        '  x       1',
        '  日本   22',
        '  two     3',
        '  lines',
        '  \u001b[31mred\u001b[39m',
      ].join('\n'),
    )
  })

  test('have room for as many rows as there are', () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => [`model_${i}`, 'view'])
    expect(table(['model', 'kind'], rows).split('\n')).toHaveLength(50_001)
  })
})

describe('YAML that is no project', () => {
  const wrong = (text: string) => problemsOf(goodBut({ 'group_keys:': `${text}\ngroup_keys:` }))

  test.each([
    ['lists in brackets', `vars: { a: ${'['.repeat(100_000)} }`, 'project.yml:6:'],
    ['maps in brackets', `vars: ${'{ a: '.repeat(5_000)}x${' }'.repeat(5_000)}`, 'project.yml:6:'],
    ['lists by dashes', `vars:\n  a:\n    ${'- '.repeat(20_000)}x`, 'project.yml:8:'],
    [
      'maps by indentation',
      `vars:\n${Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i + 1)}a:\n`).join('')}`,
      'project.yml:106:',
    ],
  ])('%s lie too deep', async (_, text, place) => {
    const said = await wrong(text)
    expect(said).toMatch(
      /^project\.yml:\d+:\d+ {2}invalid_yaml\n {2}Lists and maps lie more than 100 levels deep/,
    )
    expect(said).toContain(place)
    expect(said.length).toBeLessThan(700)
  })

  test('a hundred levels are not too deep', () => {
    const deep = goodBut({ 'group_keys:': `vars: { a: ${'['.repeat(98)}1${']'.repeat(98)} }\ngroup_keys:` })
    expect(load(writeProject(deep), { env: {} }).plan.models.length).toBeGreaterThan(5)
  })

  test('a map of many keys, and many aliases, cost no more than they are', () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}: ${i}`).join(', ')
    const aliases = Array.from({ length: 50_000 }, () => '*one').join(', ')
    // Each map takes in the one before twice: as texts they would be 2 to the power of 60.
    const merged = Array.from({ length: 60 }, (_, i) => `  m${i + 1}: &m${i + 1} { <<: [*m${i}, *m${i}] }\n`)
    const large = goodBut({
      'group_keys:': `vars:\n  one: &one x\n  keys: { ${keys} }\n  list: [${aliases}]\n  m0: &m0 { n: 1 }\n${merged.join('')}group_keys:`,
    })
    const { vars } = load(writeProject(large), { env: {} }).plan.catalog.project
    expect(Object.keys(vars['keys'] as object)).toHaveLength(50_000)
    expect(vars['list']).toHaveLength(50_000)
    expect(vars['m60']).toEqual({ n: 1 })
  })

  test('control characters', async () => {
    expect(await wrong('description: "a\u0007b"')).toMatchInlineSnapshot(`
      "project.yml:6:16  invalid_yaml
        The control character U+0007 cannot stand in YAML.
          6 | description: "ab"
            |                ^
        Take it out, or write it as "\\u0007" in double quotes.

      exit code 2"
    `)
    expect(await wrong('description: "a\\0b"')).toMatchInlineSnapshot(`
      "project.yml:6:14  invalid_yaml
        The character U+0000 (NUL) is in this text, and no database stores it.
          6 | description: "a\\0b"
            |              ^
        Take it out.

      exit code 2"
    `)
    expect(await wrong('description: a\u0000b')).toMatchInlineSnapshot(`
      "project.yml:6:15  unreadable_file
        The character U+0000 (NUL) is in this file, and no database stores it.
        Take it out; if every other character is one, save the file as UTF-8.

      exit code 2"
    `)
    expect(await problemsOf({ ...goodBut({}), 'models/m.sql': "select 1 as a\n, 'b\u0000' as b\n" }))
      .toMatchInlineSnapshot(`
      "models/m.sql:2:5  unreadable_file
        The character U+0000 (NUL) is in this file, and no database stores it.
        Take it out; if every other character is one, save the file as UTF-8.

      exit code 2"
    `)
  })

  test('more group keys than a relation has columns', async () => {
    const keys = (count: number) =>
      Array.from({ length: count }, (_, i) => `  - { name: key_${i} }\n`).join('')
    expect(await problemsOf(goodBut({ '  - name: company_id\n': keys(100_000) }))).toMatchInlineSnapshot(`
      "project.yml:6:1  invalid_value
        There are 100,000 group keys, and a project has room for 1,000.
          6 | group_keys:
            | ^
        A group key is a kind of group, such as \`company_id\`; the groups themselves are in the data.

      exit code 2"
    `)
    const most = goodBut({ '  - name: company_id\n': `${keys(1_000)}limits: { profile: none }\n` })
    expect(load(writeProject(most), { env: {} }).plan.catalog.groupKeys).toHaveLength(1_000)
  })
})

describe('what is said', () => {
  test('shows a part of a long line', async () => {
    const line = `exclude_events: [${'e, '.repeat(5_000)}{ a: 1 }, ${'e, '.repeat(5_000)}f]`
    expect(await problemsOf(goodBut({ 'group_keys:': `${line}\ngroup_keys:` }))).toMatchInlineSnapshot(`
      "project.yml:6:15018  invalid_value
        \`exclude_events[5000]\` must be a text.
          6 | …, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, { a: 1 }, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e…
            |                                                                                  ^

      exit code 2"
    `)
    expect(await problemsOf(goodBut({ 'group_keys:': `exclude_event: ${'e'.repeat(5_000)}\ngroup_keys:` })))
      .toMatchInlineSnapshot(`
      "project.yml:6:1  unknown_field
        \`exclude_event\` is not a known field.
          6 | exclude_event: eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee…
            | ^
        Did you mean \`exclude_events\`?

      exit code 2"
    `)
  })

  test('shows the first of many problems, and counts the others', async () => {
    const dir = writeProject(
      goodBut({
        'group_keys:': `${Array.from({ length: 1_000 }, (_, i) => `field_${i}: 1\n`).join('')}group_keys:`,
      }),
    )
    const { code, stderr } = await gwh(dir, ['compile'])
    expect(code).toBe(2)
    expect(stderr.match(/^\S+  unknown_field$/gm)).toHaveLength(100)
    expect(stderr).toContain('\n… and 900 more problems\n\n1,000 problems.\n')
    const json = await gwh(dir, ['compile', '--log-format', 'json'])
    expect(json.code).toBe(2)
    expect(json.stdout.trim().split('\n')).toHaveLength(1_000)
  })
})

describe('names on PostgreSQL', () => {
  const env = { GWH_POSTGRES_URL: 'postgresql://ann@db/stats' }
  const onPostgres = (files: Files) => problemsOf(files, { target: 'pg', env })
  const inSchema = (schema: string) =>
    goodBut({ "url: '${GWH_POSTGRES_URL}' }": `url: '\${GWH_POSTGRES_URL}', schema: ${schema} }` })

  test('one schema for all has room for less beside what is published', async () => {
    const single = (files: Files = {}) => ({
      ...inSchema(`${'s'.repeat(63)}, single_schema: true`),
      ...files,
    })
    expect(await onPostgres(single({ [`models/${'m'.repeat(53)}.sql`]: 'select 1 as n' })))
      .toMatchInlineSnapshot(`
      "models/mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm.sql:1:1  invalid_value
        \`mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\` is too long for PostgreSQL, which has room for 52 bytes here.
          1 | select 1 as n
            | ^
        Rename the file.

      exit code 2"
    `)
    expect(await onPostgres(single({ 'models/_gwh_runs.sql': 'select 1 as n' }))).toMatchInlineSnapshot(`
      "models/_gwh_runs.sql:1:1  reserved_name
        Names that begin with \`_gwh_\`, such as \`_gwh_runs\`, are those of gwh's own relations.
          1 | select 1 as n
            | ^
        Rename the file.

      exit code 2"
    `)
  })

  test('a schema leaves room for the names of those beside it', async () => {
    expect(await onPostgres(inSchema('s'.repeat(58)))).toMatchInlineSnapshot(`
      "project.yml:5:61  invalid_value
        \`ssssssssssssssssssssssssssssssssssssssssssssssssssssssssss\` is too long for PostgreSQL, which has room for 57 bytes here.
          5 |   pg: { type: postgres, url: '\${GWH_POSTGRES_URL}', schema: ssssssssssssssssssssssssssssssssssssssssssssssssssssssssss }
            |                                                             ^
        Give it a shorter name.

      exit code 2"
    `)
    const longest = load(writeProject(inSchema('s'.repeat(57))), { target: 'pg', env })
    expect(Buffer.byteLength(`${longest.plan.catalog.project.target.schema}_stage`)).toBe(63)
    expect(load(writeProject(inSchema('s'.repeat(63))), { env: {} }).plan.models.length).toBeGreaterThan(5)
  })

  test('an ephemeral model leaves room for its name in queries', async () => {
    const model = (bytes: number) => ({
      ...goodBut({}),
      // Two bytes a letter.
      [`models/${'é'.repeat(bytes / 2)}.sql`]: "{{ config(materialized='ephemeral') }} select 1 as n",
    })
    expect(await onPostgres(model(60))).toContain('has room for 58 bytes here.')
    expect(load(writeProject(model(58)), { target: 'pg', env }).plan.models.length).toBeGreaterThan(5)
  })
})
