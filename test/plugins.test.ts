/** Plugins: what they bring is there under its name, only what project.yml names runs, and what is wrong is said where. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { JsonSchema } from '../src/editors/json_schema.ts'
import { load } from '../src/gwh.ts'
import { freshPostgres } from './support/databases.ts'
import { gwh, type Said } from './support/cli.ts'
import { complaints } from './support/json_schema.ts'
import { tempFolder } from './support/engines.ts'
import { goodBut, problems, writeFiles, writeProject, type Files } from './support/projects.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '..')

/** The package as npm would put it into a project. */
function installGwh(dir: string): void {
  mkdirSync(path.join(dir, 'node_modules'))
  symlinkSync(REPOSITORY, path.join(dir, 'node_modules/gwh'), 'dir')
}

/** A project outside of the repository with a plugin of each kind. */
function toys(): string {
  const dir = tempFolder()
  cpSync('test/fixtures/plugins', dir, { recursive: true })
  installGwh(dir)
  return dir
}

test('a project may have a copy of gwh of its own beside the one that runs', async () => {
  const dir = tempFolder()
  cpSync('test/fixtures/plugins', dir, { recursive: true })
  const copy = path.join(dir, 'node_modules/gwh')
  for (const part of ['dist', 'package.json']) cpSync(part, path.join(copy, part), { recursive: true })
  symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(copy, 'node_modules'), 'dir')
  const env = { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' }
  expect(await gwh(dir, ['build'], env)).toMatchObject({ code: 0, stderr: '' })
  // what is refused by the engine of the plugin is told as what is refused by one of gwh's own
  const refused = await gwh(dir, ['show', '--inline', 'select missing_column from events'], env)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('missing_column')
  expect(refused.stderr).not.toContain('fault in gwh')
  writeFiles(dir, { 'models/broken.sql': "select nothing from {{ ref('events') }}\n" })
  const broken = await gwh(dir, ['build'], env)
  expect(broken.code).toBe(1)
  expect(broken.stdout).toMatch(/✗ broken +\(model/)
})

describe('a plugin of each kind, each one file', () => {
  let dir: string
  let built: Said
  const env = { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' }
  beforeAll(async () => {
    dir = toys()
    built = await gwh(dir, ['build'], env)
  })

  test('builds on the engine of the plugin', () => {
    expect(built.stderr).toBe('')
    expect(built.stdout).toContain('toys → dev: Quack in target/pond.duckdb, schema toys')
    expect(built.stdout).toMatch(/toys\.new_companies +table +2 +day/)
    expect(built.stdout).toMatch(/toys\.event_counts +table +2 +event_name/)
    expect(built.stdout).toContain('- 7 has 2 events')
    expect(built.code).toBe(0)
    expect(existsSync(path.join(dir, 'target/pond.duckdb'))).toBe(true)
  })

  const csv = (relation: string) => gwh(dir, ['show', relation, '--output', 'csv'], env)

  test.each([
    ['new_companies', 'day,groups\n2024-01-01,1\n2024-01-03,1\n'],
    ['event_counts', 'event_name,events\npaid,2\nrefunded,1\n'],
  ])('%s', async (relation, rows) => {
    expect((await csv(relation)).stdout).toBe(rows)
  })

  test('reads what its connector describes', async () => {
    const query = `select user_id, device_id, group_id, day from event_groups join events using (event_id, user_id, day) order by day, group_id`
    const { stdout } = await gwh(dir, ['show', '--inline', query, '--output', 'csv'], env)
    expect(stdout).toBe(
      'user_id,device_id,group_id,day\n7,ledger,acme,2024-01-01\n7,ledger,acme,2024-01-02\nann,ledger,acme,2024-01-03\nann,ledger,globex,2024-01-03\n',
    )
    const profiles = 'select company_id, display_name, plan from company_profiles order by 1'
    const { stdout: named } = await gwh(dir, ['show', '--inline', profiles, '--output', 'csv'], env)
    expect(named).toBe('company_id,display_name,plan\nacme,Acme Inc.,pro\nglobex,Globex,\n')
  })

  test('gwh schema writes what editors need to know of them', async () => {
    const { stdout, code } = await gwh(dir, ['schema'], env)
    expect(stdout).toContain(
      'Wrote target/schemas/project.schema.json, target/schemas/connectors.schema.json',
    )
    expect(code).toBe(0)
    const own = JSON.parse(
      readFileSync(path.join(dir, 'target/schemas/project.schema.json'), 'utf8'),
    ) as JsonSchema
    const shipped = JSON.parse(readFileSync('schemas/project.schema.json', 'utf8')) as JsonSchema
    const project = parse(readFileSync(path.join(dir, 'project.yml'), 'utf8')) as Record<string, unknown>
    expect(complaints(own, project)).toEqual([])
    expect(complaints(shipped, project)).not.toEqual([])
    const misspelt = {
      ...project,
      targets: { dev: { type: 'quak' } },
      reports: [{ name: 'x', type: 'first_day' }],
      data_tests: { busy_users: { at_least: 1 } },
    }
    const said = complaints(own, misspelt).map(([at, what]) => `${at} ${what}`)
    expect(said).toContainEqual(expect.stringMatching(/^targets.dev.type is none of .*quack/))
    expect(said).toContainEqual(expect.stringMatching(/^reports.0.type is none of .*first_days/))
    expect(said).toContain('data_tests.busy_users.at_least is not a known field')
  })

  test('builds the same on PostgreSQL', { timeout: 120_000 }, async () => {
    const own = { GWH_POSTGRES_URL: await freshPostgres() }
    const { code, stdout } = await gwh(dir, ['build', '--target', 'postgres'], own)
    expect(stdout).toMatch(/toys\.event_counts +table +2 +event_name/)
    expect(code).toBe(0)
    const { stdout: days } = await gwh(
      dir,
      ['show', 'new_companies', '--output', 'csv', '--target', 'postgres'],
      own,
    )
    expect(days).toBe('day,groups\n2024-01-01,1\n2024-01-03,1\n')
  })

  test('is shown by debug and ls', async () => {
    const debug = await gwh(dir, ['debug'], env)
    expect(debug.stdout).toContain('plugin         ✓ ./plugins/quack.js: engine `quack`')
    expect(debug.stdout).toContain('plugin         ✓ ./plugins/ledger.js: connector `ledger`')
    const ls = await gwh(dir, ['ls', '--resource-type', 'plugin', '--output', 'json'], env)
    expect(ls.stdout.trim().split('\n')).toHaveLength(5)
    expect(JSON.parse(ls.stdout.split('\n')[3] ?? '')).toMatchObject({
      name: './plugins/busy_users.js',
      resource_type: 'plugin',
      kind: 'check',
      description: 'check `busy_users`',
    })
    const all = await gwh(dir, ['ls', '--output', 'name'], env)
    expect(all.stdout).toContain('\nevent_counts\n')
    expect(all.stdout).toContain('\n./plugins/quack.js\n')
    const selected = await gwh(dir, ['ls', '--output', 'name', '--select', 'event_counts'], env)
    expect(selected.stdout).not.toContain('plugins/')
  })
})

describe('the example', () => {
  test('is as the guide prints it', () => {
    const guide = readFileSync('docs/guide/plugins.md', 'utf8')
    expect(guide).toContain('```js\n' + readFileSync('examples/plugins/plugins/worklog.js', 'utf8') + '```')
  })

  test('builds', async () => {
    const dir = tempFolder()
    cpSync('examples/plugins', dir, { recursive: true })
    installGwh(dir)
    const { code, stdout } = await gwh(dir, ['build'])
    expect(stdout).toContain("- 'x' (1 events)")
    expect(code).toBe(0)
    const query = 'select company_id, events, users from company_profiles order by 1'
    const { stdout: rows } = await gwh(dir, ['show', '--inline', query, '--output', 'csv'])
    expect(rows).toBe('company_id,events,users\nacme,3,2\nglobex,1,1\n')
  })
})

/** A part of a plugin without the kit: what marks it. */
const part = (kind: string, name: string) => `{ gwh: '${kind}', name: '${name}', value: {} }`

const withPlugins = (plugins: string, files: Files = {}): Files =>
  goodBut({ 'name: small\n': `name: small\nplugins: ${plugins}\n` }, files)

describe('what is run', () => {
  const TELLS = `import { writeFileSync } from 'node:fs'\nwriteFileSync(import.meta.dirname + '/loaded', '')\nexport default ${part('model', 'm')}\n`

  test('is what project.yml names, and nothing for --help', async () => {
    const dir = writeProject(withPlugins('[./one.mjs]', { 'one.mjs': TELLS, 'data/two.mjs': TELLS }))
    for (const args of [['--help'], ['build', '--help'], ['--version']]) {
      expect((await gwh(dir, args)).code).toBe(0)
      expect(existsSync(path.join(dir, 'loaded'))).toBe(false)
    }
    expect((await gwh(dir, ['ls', '--output', 'name'])).code).not.toBe(null)
    expect(existsSync(path.join(dir, 'loaded'))).toBe(true)
    expect(existsSync(path.join(dir, 'data/loaded'))).toBe(false)
  })

  test('is never named by another file than project.yml', async () => {
    const dir = writeProject(goodBut({}, { 'models/m.yml': 'plugins: [./one.mjs]\n', 'one.mjs': TELLS }))
    expect(await problems(dir, () => load(dir, { env: {} }))).toContain('unknown_field')
    expect(existsSync(path.join(dir, 'loaded'))).toBe(false)
  })
})

/** The problems of a project with these plugins. */
async function said(plugins: string, files: Files = {}, prepare?: (dir: string) => void): Promise<string> {
  const dir = writeProject(withPlugins(plugins, files))
  prepare?.(dir)
  return problems(dir, () => load(dir, { env: {} }))
}

describe('what is wrong is said where it stands', () => {
  test('a file and a package that are not there', async () => {
    expect(await said('[./none.js, gwh-plugin-none]')).toMatchInlineSnapshot(`
      "project.yml:2:11  missing_plugin
        There is no file \`./none.js\` to load as a plugin.
          2 | plugins: [./none.js, gwh-plugin-none]
            |           ^
        Paths are relative to the project's folder, <project>.

      project.yml:2:22  missing_plugin
        The package \`gwh-plugin-none\` is not installed where the project is.
          2 | plugins: [./none.js, gwh-plugin-none]
            |                      ^
        Install it there with \`npm install gwh-plugin-none\`; a file of the project is written as \`./gwh-plugin-none.js\`.

      exit code 2"
    `)
  })

  test('code that fails, and code that waits', async () => {
    const files = {
      'throws.mjs': `throw new Error('no licence')\n`,
      'syntax.mjs': 'export default {{\n',
      'waits.mjs': 'await Promise.resolve()\nexport default 1\n',
    }
    expect(await said('[./throws.mjs, ./syntax.mjs, ./waits.mjs]', files)).toMatchInlineSnapshot(`
      "project.yml:2:11  plugin_failed
        The plugin \`./throws.mjs\` cannot be loaded: its code fails.
          2 | plugins: [./throws.mjs, ./syntax.mjs, ./waits.mjs]
            |           ^
        no licence
        A plugin is JavaScript for this version of Node, and finds its own packages; what it throws stands above.

      project.yml:2:25  plugin_failed
        The plugin \`./syntax.mjs\` cannot be loaded: its code fails.
          2 | plugins: [./throws.mjs, ./syntax.mjs, ./waits.mjs]
            |                         ^
        Unexpected token '{'
        A plugin is JavaScript for this version of Node, and finds its own packages; what it throws stands above.

      project.yml:2:39  plugin_failed
        The plugin \`./waits.mjs\` waits for something while it is loaded.
          2 | plugins: [./throws.mjs, ./syntax.mjs, ./waits.mjs]
            |                                       ^
        Leave \`await\` at the top of the module out; what takes time belongs into functions.

      exit code 2"
    `)
  })

  test('exports that are nothing', async () => {
    const files = { 'a.mjs': 'export const connector = { name: "x" }\n', 'b.cjs': 'module.exports = null\n' }
    expect(await said('[./a.mjs, ./b.cjs]', files)).toMatchInlineSnapshot(`
      "project.yml:2:11  plugin_failed
        The plugin \`./a.mjs\` exports nothing that gwh knows.
          2 | plugins: [./a.mjs, ./b.cjs]
            |           ^
        Export what the functions of \`gwh/kit\` return: \`export default connector({…})\`, or a list of them.

      project.yml:2:20  plugin_failed
        The plugin \`./b.cjs\` exports nothing that gwh knows.
          2 | plugins: [./a.mjs, ./b.cjs]
            |                    ^
        Export what the functions of \`gwh/kit\` return: \`export default connector({…})\`, or a list of them.

      exit code 2"
    `)
  })

  test('names that are taken', async () => {
    const files = {
      'a.mjs': `export default [${part('connector', 'columns')}, ${part('check', 'unique')}, ${part('engine', 'duckdb')}]\n`,
      'b.mjs': `export default ${part('report', 'mine')}\nexport const other = ${part('report', 'funnel')}\n`,
      'c.mjs': `export default ${part('report', 'mine')}\n`,
    }
    expect(await said('[./a.mjs, ./b.mjs, ./c.mjs]', files)).toMatchInlineSnapshot(`
      "project.yml:2:11  duplicate_name
        The plugin \`./a.mjs\` brings a connector \`columns\`, which gwh has already.
          2 | plugins: [./a.mjs, ./b.mjs, ./c.mjs]
            |           ^
        Leave one of the two out, or give it another name.

      project.yml:2:11  duplicate_name
        The plugin \`./a.mjs\` brings a check \`unique\`, which gwh has already.
          2 | plugins: [./a.mjs, ./b.mjs, ./c.mjs]
            |           ^
        Leave one of the two out, or give it another name.

      project.yml:2:11  duplicate_name
        The plugin \`./a.mjs\` brings an engine \`duckdb\`, which gwh has already.
          2 | plugins: [./a.mjs, ./b.mjs, ./c.mjs]
            |           ^
        Leave one of the two out, or give it another name.

      project.yml:2:20  duplicate_name
        The plugin \`./b.mjs\` brings a report \`funnel\`, which gwh has already.
          2 | plugins: [./a.mjs, ./b.mjs, ./c.mjs]
            |                    ^
        Leave one of the two out, or give it another name.

      project.yml:2:29  duplicate_name
        The plugin \`./c.mjs\` brings a report \`mine\`, as \`./b.mjs\` does.
          2 | plugins: [./a.mjs, ./b.mjs, ./c.mjs]
            |                             ^
        Leave one of the two out, or give it another name.

      exit code 2"
    `)
  })

  test('places outside of the project, also through links', async () => {
    const outside = writeProject({ 'evil.mjs': `throw new Error('it ran')\n` })
    const link = (dir: string) => {
      symlinkSync(path.join(outside, 'evil.mjs'), path.join(dir, 'link.mjs'))
      symlinkSync(path.join(outside, 'evil.mjs'), path.join(dir, 'other.js'))
    }
    const text = await said(
      `['${path.join(outside, 'evil.mjs')}', ../evil.mjs, ./link.mjs, ./other]`,
      {},
      link,
    )
    expect(text.replaceAll(outside, '<outside>')).toMatchInlineSnapshot(`
      "project.yml:2:11  path_outside_project
        The plugin \`<outside>/evil.mjs\` lies outside of the project's folder.
          2 | plugins: ['<outside>/evil.mjs', ../evil.mjs, ./link.mjs, ./other]
            |           ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      project.yml:2:47  path_outside_project
        The plugin \`../evil.mjs\` lies outside of the project's folder.
          2 | plugins: ['<outside>/evil.mjs', ../evil.mjs, ./link.mjs, ./other]
            |                                               ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      project.yml:2:60  path_outside_project
        \`./link.mjs\` is a link, or in a folder that is one, to a place outside of the project's folder.
          2 | plugins: ['<outside>/evil.mjs', ../evil.mjs, ./link.mjs, ./other]
            |                                                            ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      project.yml:2:72  path_outside_project
        The plugin \`./other\` lies outside of the project's folder.
          2 | plugins: ['<outside>/evil.mjs', ../evil.mjs, ./link.mjs, ./other]
            |                                                                        ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      exit code 2"
    `)
  })

  test('a folder outside that the project names is no problem', async () => {
    const outside = writeProject({ 'fine.mjs': `export default ${part('connector', 'fine')}\n` })
    const dir = writeProject(
      withPlugins(`['${path.join(outside, 'fine.mjs')}']\nexternal_paths: ['${outside}']`),
    )
    const { plan } = load(dir, { env: {} })
    expect(plan.catalog.project.plugins.flatMap(({ parts }) => parts.map(({ name }) => name))).toEqual([
      'fine',
    ])
  })

  test('names that are none, or not said by the project', async () => {
    expect(await said(`['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']`))
      .toMatchInlineSnapshot(`
      "project.yml:2:11  unset_variable
        The environment variable \`PLUGIN\` is not set.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |           ^
        Set it, put it into \`.env\`, or write a default: \${PLUGIN:-…}.

      project.yml:2:11  invalid_value
        The plugin \`\${PLUGIN}\` is named by a variable, and what code runs is said by project.yml alone.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |           ^
        Write the name of the package, or the path of the file.

      project.yml:2:24  invalid_value
        \`node:fs\` is neither a package nor a file.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |                        ^
        Write the name of a package, or the path of a file that begins with \`./\`.

      project.yml:2:35  invalid_value
        \`fs\` is neither a package nor a file.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |                                   ^
        Write the name of a package, or the path of a file that begins with \`./\`.

      project.yml:2:39  path_outside_project
        The plugin \`../../x y\` lies outside of the project's folder.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |                                       ^
        If that is meant, name its folder under \`external_paths:\` in project.yml.

      project.yml:2:52  invalid_value
        \`a/../b\` is neither a package nor a file.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |                                                    ^
        Write the name of a package, or the path of a file that begins with \`./\`.

      project.yml:2:62  invalid_value
        \`data:text/javascript,1\` is neither a package nor a file.
          2 | plugins: ['\${PLUGIN}', 'node:fs', fs, '../../x y', 'a/../b', 'data:text/javascript,1']
            |                                                              ^
        Write the name of a package, or the path of a file that begins with \`./\`.

      exit code 2"
    `)
  })

  test('what a plugin would bring is not told of as missing', async () => {
    const files = goodBut(
      {
        'name: small\n': `name: small\nplugins: [./none.js]\n`,
        '{ type: duckdb, path: target/small.duckdb }': '{ type: quack }',
        'file: events.csv\n': 'connector: mine\n    file: events.csv\n',
      },
      { 'models/r.yml': 'reports: [{name: r, type: mine}]\nmodels: [{name: events, data_tests: [mine]}]\n' },
    )
    const dir = writeProject(files)
    expect(await problems(dir, () => load(dir, { env: {} }))).toMatchInlineSnapshot(`
      "project.yml:2:11  missing_plugin
        There is no file \`./none.js\` to load as a plugin.
          2 | plugins: [./none.js]
            |           ^
        Paths are relative to the project's folder, <project>.

      exit code 2"
    `)
  })
})

test('a model of a plugin with the name of another one', async () => {
  const dir = toys()
  mkdirSync(path.join(dir, 'models'))
  writeFileSync(path.join(dir, 'models/event_counts.sql'), 'select 1 as one')
  const { stderr, code } = await gwh(dir, ['ls'], { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' })
  expect(stderr).toContain(
    '`event_counts` is the name of two relations: one of the plugin `./plugins/event_counts.js` and models/event_counts.sql.',
  )
  expect(code).toBe(2)
})
