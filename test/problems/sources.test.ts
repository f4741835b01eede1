/** What is wrong with the files and tables that sources read, found before anything is built. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshPostgres } from '../support/databases.ts'
import { withClient } from '../support/postgres-url.ts'
import { build, buildProblems, GOOD, goodBut, problems, writeProject } from '../support/projects.ts'

const databaseless = (text: string) => text.replace(/gwh_test_\w+ on \S+?(?=[ .])/, '<database>')

describe('files', () => {
  test('one that does not exist', async () => {
    expect(await buildProblems(goodBut({ 'file: events.csv': 'file: event.csv' }))).toMatchInlineSnapshot(`
      "project.yml:11:11  missing_file
        Source \`app\`: the file \`event.csv\` does not exist.
          11 |     file: event.csv
             |           ^
        Did you mean \`events.csv\`? Paths are relative to the project's folder, <project>.

      exit code 2"
    `)
  })

  test('one of several that does not exist', async () => {
    const files = goodBut({ 'file: events.csv': 'file: [events.csv, data/more.csv]' })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:11:24  missing_file
        Source \`app\`: the file \`data/more.csv\` does not exist.
          11 |     file: [events.csv, data/more.csv]
             |                        ^
        Paths are relative to the project's folder, <project>.

      exit code 2"
    `)
  })

  test('a glob that matches nothing', async () => {
    expect(await buildProblems(goodBut({ 'file: events.csv': 'file: data/*.csv' }))).toMatchInlineSnapshot(`
      "project.yml:11:11  missing_file
        Source \`app\`: no file matches \`data/*.csv\`.
          11 |     file: data/*.csv
             |           ^
        Paths are relative to the project's folder, <project>.

      exit code 2"
    `)
  })

  test('one that is not what its ending says', async () => {
    const files = goodBut(
      { 'file: events.csv': 'file: events.parquet' },
      { 'events.parquet': 'event,time\n' },
    )
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:11:11  unreadable_file
        Source \`app\`: the file \`events.parquet\` is no Parquet file.
          11 |     file: events.parquet
             |           ^
        Say what it is: \`format: csv\` or \`format: ndjson\`.

      exit code 2"
    `)
  })

  test('lines that are not JSON', async () => {
    const files = goodBut(
      { 'file: events.csv': 'file: events.ndjson' },
      { 'events.ndjson': '{"event": "a",\n' },
    )
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:11:11  unreadable_file
        Source \`app\`: its files cannot be read as ndjson.
          11 |     file: events.ndjson
             |           ^
        events.ndjson, line 1: no JSON at byte 16, unexpected end of data
        Correct the line, or take it out: each line is one JSON object.

      exit code 2"
    `)
  })

  test('one that does not exist, on PostgreSQL', async () => {
    const options = { target: 'pg', env: { GWH_POSTGRES_URL: await freshPostgres() } }
    const files = goodBut({ 'file: events.csv': 'file: event.csv' })
    expect(await buildProblems(files, options)).toMatchInlineSnapshot(`
      "project.yml:11:11  missing_file
        Source \`app\`: the file \`event.csv\` does not exist.
          11 |     file: event.csv
             |           ^
        Did you mean \`events.csv\`? Paths are relative to the project's folder, <project>.

      exit code 2"
    `)
  })

  test('those of PostgreSQL are loaded first', async () => {
    const env = { GWH_POSTGRES_URL: await freshPostgres() }
    const text = await buildProblems(GOOD, { target: 'pg', env, command: 'run' })
    expect(databaseless(text)).toMatchInlineSnapshot(`
      "project.yml:11:11  seed_needed
        Source \`app\`: the files \`events.csv\` are not loaded into <database> yet.
          11 |     file: events.csv
             |           ^
        Load them with \`gwh seed\`, or let \`gwh build\` do it.

      exit code 2"
    `)
  })
})

describe('columns', () => {
  test('one that is missing', async () => {
    expect(await buildProblems(goodBut({ 'user: user_id': 'user: userid' }))).toMatchInlineSnapshot(`
      "project.yml:12:48  missing_column
        Source \`app\` has no column \`userid\`.
          12 |     columns: { event: event, time: time, user: userid }
             |                                                ^
        Did you mean \`user_id\`? Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      exit code 2"
    `)
  })

  test('one that is missing and like none', async () => {
    const files = goodBut({ 'user: user_id }': 'user: user_id, insert_id: message }' })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:12:68  missing_column
        Source \`app\` has no column \`message\`.
          12 |     columns: { event: event, time: time, user: user_id, insert_id: message }
             |                                                                    ^
        Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      exit code 2"
    `)
  })

  test('one that is there in another case', async () => {
    expect(await buildProblems(goodBut({ 'user: user_id': 'user: User_Id' }))).toMatchInlineSnapshot(`
      "project.yml:12:48  column_case_differs
        Source \`app\` has no column \`User_Id\`, only \`user_id\`: names are compared byte for byte.
          12 |     columns: { event: event, time: time, user: User_Id }
             |                                                ^
        Write \`user_id\`.

      exit code 2"
    `)
  })

  test('one that files have in two spellings', async () => {
    const later = 'event,time,user_id,Company_ID\nsign_up,2024-01-03T10:00:00Z,ann,acme\n'
    const files = goodBut({ 'file: events.csv': "file: ['*.csv']" }, { 'later.csv': later })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:9:5  column_in_two_spellings
        Source \`app\` has \`company_id\` also as \`Company_ID\`, in \`later.csv\`: files are read without regard to case, and the values of both would be mixed.
          9 |   - name: app
            |     ^
        Give the column one name in all files, or read the files of each spelling as a source of their own.

      exit code 2"
    `)
    // whichever comes first
    expect(await buildProblems({ ...files, 'earlier.csv': later })).toContain('column_in_two_spellings')
    // columns that no one reads may be called as they like
    const unread = {
      'later.csv': 'event,time,user_id,company_id,X\nlog_in,2024-01-03T10:00:00Z,bob,beta,1\n',
      'more.csv': 'event,time,user_id,company_id,x\nlog_in,2024-01-04T10:00:00Z,bob,beta,1\n',
    }
    const dir = writeProject(goodBut({ 'file: events.csv': "file: ['*.csv']" }, unread))
    expect(await build(dir)).toMatchObject({ ok: true })
  })

  test('one that one file has in two spellings', async () => {
    for (const names of ['company_id,Company_ID', 'Company_ID,company_id']) {
      const file = `event,time,user_id,${names}\nsign_up,2024-01-03T10:00:00Z,ann,acme,beta\n`
      expect(await buildProblems(goodBut({}, { 'events.csv': file }))).toContain(
        'Source `app` has `company_id` also as `Company_ID`, in `events.csv`',
      )
    }
  })

  test('one that one file has twice', async () => {
    const header = 'event,time,user_id,company_id,x,x,company_id\n'
    const row = 'sign_up,2024-01-03T10:00:00Z,ann,,1,2,acme\n'
    const files = goodBut({ 'file: events.csv': "file: ['*.csv']" }, { 'later.csv': header + row })
    const said = await buildProblems(files)
    expect(said).toMatchInlineSnapshot(`
      "project.yml:9:5  column_in_two_spellings
        Source \`app\` has \`company_id\` twice in \`later.csv\`, as fields 4 and 7: which one is meant is not known.
          9 |   - name: app
            |     ^
        Rename the others, or name all columns yourself: \`csv: { header: false, skip: 1, names: […] }\`.

      exit code 2"
    `)
    const onPostgres = { ...files, 'project.yml': files['project.yml']?.replace('target: dev', 'target: pg') }
    const env = { GWH_POSTGRES_URL: await freshPostgres() }
    expect(await buildProblems(onPostgres, { env })).toBe(said)
    const named = goodBut(
      {
        'file: events.csv':
          'file: events.csv\n    csv: { header: false, names: [event, time, user_id, company_id, x, x, company_id] }',
      },
      { 'events.csv': row },
    )
    expect(await buildProblems(named)).toContain('has `company_id` twice in `events.csv`, as fields 4 and 7')
    // columns that no one reads may be called as they like, and there is the way out
    const unread = 'event,time,user_id,company_id,x,x\nsign_up,2024-01-03T10:00:00Z,ann,acme,1,2\n'
    expect(await build(writeProject(goodBut({}, { 'events.csv': unread })))).toMatchObject({ ok: true })
    const out = goodBut(
      {
        'file: events.csv':
          'file: events.csv\n    csv: { header: false, skip: 1, names: [event, time, user_id, a, b, c, company_id] }',
      },
      { 'events.csv': header + row },
    )
    expect(await build(writeProject(out))).toMatchObject({ ok: true })
  })

  test('a group key that events have in another case', async () => {
    const files = goodBut({ '- name: company_id': '- name: Company_ID' })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:9:5  column_case_differs
        Source \`app\` has no column \`Company_ID\`, only \`company_id\`: names are compared byte for byte.
          9 |   - name: app
            |     ^
        Map it: \`group_keys: {Company_ID: company_id}\`, or register \`company_id\`.

      exit code 2"
    `)
  })

  test('a group key that events have not', async () => {
    const files = goodBut({ '- name: company_id': '- name: company_id\n  - name: team_id' })
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:10:5  missing_column
        Source \`app\` has no column \`team_id\`.
          10 |   - name: app
             |     ^
        Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.
        A source is read for every registered group key unless it says which it carries: \`group_keys: [key]\`, or \`{key: column}\` where the column is called otherwise.

      exit code 2"
    `)
  })

  test('a property in another case, of a list and of a map', async () => {
    const list = goodBut({ 'user: user_id }': 'user: user_id }\n    properties: [Company_Id]' })
    expect(await buildProblems(list)).toMatchInlineSnapshot(`
      "project.yml:13:18  column_case_differs
        Source \`app\` has no column \`Company_Id\`, only \`company_id\`: names are compared byte for byte.
          13 |     properties: [Company_Id]
             |                  ^
        Write \`company_id\`, or map it: \`{Company_Id: company_id}\`.

      exit code 2"
    `)
    const map = goodBut({ 'user: user_id }': 'user: user_id }\n    properties: { company: Company_Id }' })
    expect(await buildProblems(map)).toMatchInlineSnapshot(`
      "project.yml:13:28  column_case_differs
        Source \`app\` has no column \`Company_Id\`, only \`company_id\`: names are compared byte for byte.
          13 |     properties: { company: Company_Id }
             |                            ^
        Write \`company_id\`.

      exit code 2"
    `)
  })

  test('several of several sources are shown together, in order', async () => {
    const more =
      'sources:\n  - { name: web, type: events, file: events.csv, columns: { event: name, time: time } }\n'
    const files = goodBut({ 'event: event, time: time': 'event: evnt, time: tme' })
    expect(await buildProblems({ ...files, 'connectors/web.yml': more })).toMatchInlineSnapshot(`
      "connectors/web.yml:2:68  missing_column
        Source \`web\` has no column \`name\`.
          2 |   - { name: web, type: events, file: events.csv, columns: { event: name, time: time } }
            |                                                                    ^
        Did you mean \`time\`? Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      project.yml:12:23  missing_column
        Source \`app\` has no column \`evnt\`.
          12 |     columns: { event: evnt, time: tme, user: user_id }
             |                       ^
        Did you mean \`event\`? Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      project.yml:12:35  missing_column
        Source \`app\` has no column \`tme\`.
          12 |     columns: { event: evnt, time: tme, user: user_id }
             |                                   ^
        Did you mean \`time\`? Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.

      exit code 2"
    `)
  })

  test('of what Mixpanel exports', async () => {
    const files = goodBut(
      {
        '    file: events.csv\n    columns: { event: event, time: time, user: user_id }\n':
          '    connector: mixpanel\n    layout: pipeline\n    file: events.csv\n',
      },
      {},
    )
    expect(await buildProblems(files)).toMatchInlineSnapshot(`
      "project.yml:12:13  missing_column
        Source \`app\` has no columns \`event_name\`, \`distinct_id\`, \`device_id\`, \`insert_id\`, \`properties\`.
          12 |     layout: pipeline
             |             ^
        Its columns are: \`event\`, \`time\`, \`user_id\`, \`company_id\`.
        The connector reads columns of these names; \`connector: columns\` reads any.

      exit code 2"
    `)
  })

  test('missing on PostgreSQL', async () => {
    const options = { target: 'pg', env: { GWH_POSTGRES_URL: await freshPostgres() } }
    expect(await buildProblems(goodBut({ 'user: user_id': 'user: User_Id' }), options))
      .toMatchInlineSnapshot(`
        "project.yml:12:48  column_case_differs
          Source \`app\` has no column \`User_Id\`, only \`user_id\`: names are compared byte for byte.
            12 |     columns: { event: event, time: time, user: User_Id }
               |                                                ^
          Write \`user_id\`.

        exit code 2"
      `)
  })

  test('described for a relation that has it not', async () => {
    const docs =
      'models:\n  - name: events\n    columns:\n      - name: ocurred_at\n        description: When.\n'
    expect(await buildProblems({ ...GOOD, 'models/docs.yml': docs })).toMatchInlineSnapshot(`
      "models/docs.yml:4:15  missing_column
        \`events\` has no column \`ocurred_at\`.
          4 |       - name: ocurred_at
            |               ^
        Did you mean \`occurred_at\`?

      exit code 2"
    `)
  })
})

describe('tables', () => {
  test('one that is not there', async () => {
    const url = await freshPostgres()
    await withClient(url, (client) => client.query('create schema raw; create table raw.events (event text)'))
    const dir = writeProject(goodBut({ 'file: events.csv': 'table: raw.evnts' }))
    const work = () => build(dir, { target: 'pg', env: { GWH_POSTGRES_URL: url } })
    const text = await problems(dir, work)
    expect(databaseless(text)).toMatchInlineSnapshot(`
      "project.yml:11:12  missing_relation
        Source \`app\`: there is no relation \`raw.evnts\` in <database>.
          11 |     table: raw.evnts
             |            ^
        Did you mean \`events\`?

      exit code 2"
    `)
  })

  test('one in a schema that is not there', async () => {
    expect(await buildProblems(goodBut({ 'file: events.csv': 'table: raw.events' }))).toMatchInlineSnapshot(`
      "project.yml:11:12  missing_relation
        Source \`app\`: there is no relation \`raw.events\` in <project>/target/small.duckdb.
          11 |     table: raw.events
             |            ^
        There is nothing in \`raw\`.

      exit code 2"
    `)
  })

  test('one whose name differs in case', async () => {
    const url = await freshPostgres()
    await withClient(url, (client) => client.query('create schema raw; create table raw.events (event text)'))
    const dir = writeProject(goodBut({ 'file: events.csv': 'table: raw.Events' }))
    const text = await problems(dir, () => build(dir, { target: 'pg', env: { GWH_POSTGRES_URL: url } }))
    expect(text).toContain('Did you mean `events`?')
  })
})

test('nothing is written when sources are wrong', async () => {
  const dir = writeProject(goodBut({ 'user: user_id': 'user: userid' }))
  await problems(dir, () => build(dir))
  expect(existsSync(path.join(dir, 'target/run_results.json'))).toBe(false)
  expect(existsSync(path.join(dir, 'target/compiled'))).toBe(false)
})
