/** `gwh source freshness`: how old the latest rows are, on both engines. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshPostgres } from './support/databases.ts'
import { ENGINES, type Engine } from './support/engines.ts'
import { gwh } from './support/cli.ts'
import { writeProject } from './support/projects.ts'

const MINUTE = 60_000
/** An instant so many minutes ago, as ISO 8601. */
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString()
/** The same as a time of Kolkata (UTC+5:30 all year) that does not say so. */
const kolkata = (minutes: number) =>
  new Date(Date.now() - minutes * MINUTE + 330 * MINUTE).toISOString().slice(0, 19).replace('T', ' ')
const epochMs = (minutes: number) => String(Date.now() - minutes * MINUTE)

interface Given {
  /** More lines of the source. */
  readonly yaml: string
  readonly columns?: string
  readonly csv: string
}

const HOUR = 'freshness: { warn_after: { count: 1, period: hour }, error_after: { count: 1, period: day } }'

function project(sources: Readonly<Record<string, Given>>): string {
  const yaml = Object.entries(sources).map(
    ([name, { yaml: more, columns = '{ event: e, time: t }' }]) =>
      `  - name: ${name}\n    type: events\n    file: ${name}.csv\n    columns: ${columns}\n${more
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')}\n`,
  )
  return writeProject({
    'project.yml': `name: small
target: duckdb
targets:
  duckdb: { type: duckdb, path: target/small.duckdb }
  postgres: { type: postgres, url: '\${GWH_POSTGRES_URL}' }
sources:
${yaml.join('')}`,
    ...Object.fromEntries(Object.entries(sources).map(([name, { csv }]) => [`${name}.csv`, csv])),
  })
}

async function environment(engine: Engine): Promise<NodeJS.ProcessEnv> {
  return engine === 'postgres' ? { GWH_POSTGRES_URL: await freshPostgres() } : {}
}

interface Sources {
  metadata: { dbt_schema_version: string }
  elapsed_time: number
  results: {
    unique_id: string
    status: string
    max_loaded_at: string
    max_loaded_at_time_ago_in_s: number
    snapshotted_at: string
    criteria: unknown
    error?: string
  }[]
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Sources

describe.each(ENGINES)('on %s', (engine) => {
  async function asked(dir: string, ...args: string[]) {
    const env = await environment(engine)
    if (engine === 'postgres') expect(await gwh(dir, ['seed', '-t', engine], env)).toMatchObject({ code: 0 })
    const said = await gwh(dir, ['source', 'freshness', '-t', engine, ...args], env)
    const file = path.join(dir, 'target/sources.json')
    return { ...said, file: existsSync(file) ? read(file) : undefined }
  }
  const statuses = (file: Sources | undefined) =>
    Object.fromEntries(
      (file?.results ?? []).map(({ unique_id, status }) => [unique_id.split('.')[2] ?? '', status]),
    )

  test('the latest row passes, warns or fails by its age', async () => {
    const dir = project({
      fresh: { yaml: HOUR, csv: `e,t\na,${ago(2000)}\nb,${ago(30)}\n` },
      late: { yaml: HOUR, csv: `e,t\na,${ago(2000)}\nb,${ago(90)}\n` },
      old: { yaml: HOUR, csv: `e,t\na,${ago(60 * 24 + 5)}\n` },
      empty: { yaml: HOUR, csv: 'e,t\na,\nb," "\n' },
      unasked: { yaml: 'event_name: x', columns: '{ time: t }', csv: 'e,t\na,never\n' },
    })
    const { stdout, code, file } = await asked(dir)
    expect(statuses(file)).toEqual({ fresh: 'pass', late: 'warn', old: 'error', empty: 'error' })
    expect(code).toBe(1)
    expect(stdout).toMatch(/fresh +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? +30 min +pass\n/)
    expect(stdout).toMatch(/late .* 1 h 30 min +warn\n {2}old .* 1 day 0 h +error\n {2}empty +never +error\n/)
    expect(stdout).toMatch(/1 source fresh, 1 warned, 2 failed\. Wrote target\/sources\.json\./)
    const late = file?.results[1]
    expect(file?.metadata.dbt_schema_version).toBe('https://schemas.getdbt.com/dbt/sources/v3.json')
    expect(late?.max_loaded_at_time_ago_in_s).toBeGreaterThan(90 * 60 - 1)
    expect(late?.max_loaded_at_time_ago_in_s).toBeLessThan(92 * 60)
    expect(Date.parse(late?.snapshotted_at ?? '') - Date.parse(late?.max_loaded_at ?? '')).toBeCloseTo(
      (late?.max_loaded_at_time_ago_in_s ?? 0) * 1000,
      0,
    )
    expect(late?.criteria).toEqual({
      warn_after: { count: 1, period: 'hour' },
      error_after: { count: 1, period: 'day' },
      filter: null,
    })
    expect(file?.results[3]?.max_loaded_at).toBe('0001-01-01T00:00:00.000Z')
  })

  test('a latest row that lies ahead warns, and says so in words', async () => {
    const dir = project({
      ahead: { yaml: HOUR, csv: `e,t\na,${ago(5000)}\nb,${ago(-(3 * 1440 + 125))}\n` },
      soon: { yaml: HOUR, csv: `e,t\na,${ago(-90)}\n` },
      clock: { yaml: HOUR, csv: `e,t\na,${ago(-0.5)}\n` },
    })
    const { stdout, code, file } = await asked(dir)
    expect(statuses(file)).toEqual({ ahead: 'warn', soon: 'warn', clock: 'pass' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/ahead .* 3 days [12] h ahead of now +warn\n/)
    expect(stdout).toMatch(/soon .* 1 h \d+ min ahead of now +warn\n/)
    expect(stdout).toMatch(/clock .* 0 min +pass\n/)
    expect(stdout).toContain(
      '\nahead: The latest row lies ahead of now, so how old the others are is not known.',
    )
    expect(file?.results[0]?.max_loaded_at_time_ago_in_s).toBeLessThan(-3 * 86_400)
  })

  test('a column that has no times is none that never was', async () => {
    const dir = project({
      users: { yaml: `${HOUR}\nloaded_at_field: u`, csv: `e,t,u\na,${ago(9)},\nb,${ago(9)},ann\n` },
      some: { yaml: `${HOUR}\nloaded_at_field: u`, csv: `e,t,u\na,1,ann\nb,2,${ago(9)}\n` },
      unreadable: { yaml: HOUR, csv: 'e,t\na,never\n' },
    })
    const { stdout, code, file } = await asked(dir)
    expect(statuses(file)).toEqual({ users: 'runtime error', some: 'pass', unreadable: 'runtime error' })
    expect(code).toBe(1)
    expect(stdout).not.toMatch(/users +never/)
    expect(stdout).toContain(
      "users: No value that says when a row came in can be read as a time; one is 'ann'. Name the column that has times with `loaded_at_field`.",
    )
    expect(file?.results[0]?.error).toContain("one is 'ann'")
  })

  test('times are those of arrival, of the zone and format of the source, or of a column of one’s own', async () => {
    const dir = project({
      arrival: {
        yaml: HOUR,
        columns: '{ event: e, time: t, ingested_at: i }',
        csv: `e,t,i\na,${ago(5000)},${ago(10)}\n`,
      },
      zone: { yaml: `${HOUR}\ntime_zone: Asia/Kolkata`, csv: `e,t\na,${kolkata(10)}\n` },
      epoch: { yaml: `${HOUR}\ntime_format: epoch_ms`, csv: `e,t\na,${epochMs(10)}\n` },
      own: {
        yaml: `${HOUR}\nloaded_at_field: l\ntime_zone: Asia/Kolkata\ntime_format: epoch_ms`,
        csv: `e,t,l\na,${epochMs(5000)},${kolkata(10)}\n`,
      },
      filtered: {
        yaml: `${HOUR.replace(' }', '}').replace('freshness: {', "freshness: { filter: e = 'b',")}`,
        csv: `e,t\na,${ago(10)}\nb,${ago(100)}\n`,
      },
    })
    const { file, code } = await asked(dir)
    expect(statuses(file)).toEqual({
      arrival: 'pass',
      zone: 'pass',
      epoch: 'pass',
      own: 'pass',
      filtered: 'warn',
    })
    for (const result of file?.results.slice(0, 4) ?? []) {
      expect(result.max_loaded_at_time_ago_in_s).toBeGreaterThan(9 * 60)
      expect(result.max_loaded_at_time_ago_in_s).toBeLessThan(15 * 60)
    }
    expect(code).toBe(0)
  })

  test('a source that cannot be asked fails; --warn-error fails on warnings; -o and -s are heeded', async () => {
    const dir = project({
      late: { yaml: HOUR, csv: `e,t\nb,${ago(90)}\n` },
      wrong: {
        yaml: HOUR.replace('freshness: {', 'freshness: { filter: nope = 1,'),
        csv: `e,t\nb,${ago(9)}\n`,
      },
    })
    const { file, code, stdout } = await asked(dir)
    expect(code).toBe(1)
    expect(statuses(file)).toEqual({ late: 'warn', wrong: 'runtime error' })
    expect(file?.results[1]).toEqual({
      unique_id: 'source.small.wrong',
      error: expect.stringMatching(/nope/) as string,
      status: 'runtime error',
    })
    expect(stdout).toMatch(/\nwrong: .*nope/)
    expect((await asked(dir, '-s', 'source:late')).code).toBe(0)
    const written = await asked(dir, '-s', 'late', '--warn-error', '-o', 'out/mine.json')
    expect(written.code).toBe(1)
    expect(statuses(read(path.join(dir, 'out/mine.json')))).toEqual({ late: 'warn' })
  })
})

test('the file for --output is refused where it is something else', async () => {
  const dir = project({ late: { yaml: HOUR, csv: `e,t\nb,${ago(9)}\n` } })
  const yaml = readFileSync(path.join(dir, 'project.yml'), 'utf8')
  const write = (file: string) => gwh(dir, ['source', 'freshness', '-o', file])
  expect(await write('project.yml')).toMatchObject({
    code: 2,
    stderr: `usage
  --output project.yml: \`project.yml\` is there, and is not a result of \`gwh source freshness\`. Nothing was changed.
  Name a file that is not there yet, or one that an earlier run wrote, such as --output target/sources.json.

What it means: gwh explain usage
`,
  })
  expect(readFileSync(path.join(dir, 'project.yml'), 'utf8')).toBe(yaml)
  expect((await write('.')).stderr).toMatch(/`\.` is a folder\./)
  expect(await write('out/mine.json')).toMatchObject({ code: 0 })
  expect(await write('out/mine.json')).toMatchObject({ code: 0 })
})

test('files on DuckDB need no database, and get none', async () => {
  const dir = project({ fresh: { yaml: HOUR, csv: `e,t\nb,${ago(30)}\n` } })
  expect(await gwh(dir, ['source', 'freshness'])).toMatchObject({ code: 0, stderr: '' })
  expect(existsSync(path.join(dir, 'target/small.duckdb'))).toBe(false)
})

test('tables on DuckDB are read where they are, before and after a build', async () => {
  const dir = project({ fresh: { yaml: HOUR, csv: `e,t\nb,${ago(30)}\n` } })
  const file = path.join(dir, 'project.yml')
  const { mkdirSync, writeFileSync } = await import('node:fs')
  mkdirSync(path.join(dir, 'models'))
  writeFileSync(
    path.join(dir, 'models/kept.sql'),
    `select 'b' as event_name, cast('${ago(30)}' as text) as occurred_at`,
  )
  await gwh(dir, ['build'])
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('file: fresh.csv', 'table: gwh.kept')
      .replace('{ event: e, time: t }', '{ event: event_name, time: occurred_at }'),
  )
  const { stdout, code } = await gwh(dir, ['source', 'freshness'])
  expect(stdout).toMatch(/fresh .* 30 min +pass/)
  expect(code).toBe(0)
  const events = (await gwh(dir, ['source', 'freshness', '--log-format', 'json'])).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { info: { name: string }; data: { status?: string } })
  expect(events.map(({ info, data }) => [info.name, data.status])).toEqual([
    ['source_freshness', 'pass'],
    ['freshness_finished', undefined],
  ])
})
