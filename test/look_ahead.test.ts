/** The next event of a row: what a row without a time must not find, however the engine plans it. */
import { describe, expect, test } from 'vitest'
import { ENGINES as BY_NAME } from '../src/engines/index.ts'
import { sql, toText } from '../src/sql/sql.ts'
import { ENGINES, optionsFor, tempFolder, type Engine } from './support/engines.ts'
import { loadProject } from '../src/project/load.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

async function found(engine: Engine, rows: number, onlyFound: boolean) {
  const dir = tempFolder()
  const targets = {
    dev: { type: 'duckdb', path: 'warehouse.duckdb', schema: 's' },
    postgres: { type: 'postgres', url: '${GWH_POSTGRES_URL}', schema: 's' },
  }
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify({ name: 'look_ahead', targets }))
  await using warehouse = await openWarehouse(loadProject(dir, await optionsFor(engine), []))
  const looked = BY_NAME[engine].functions('s_gwh').nextAt({
    rows: sql`starts`,
    keep: [sql`who`, sql`start_us`],
    from: sql`start_us`,
    events: sql`later`,
    keys: [sql`who`],
    at: sql`at_us`,
    strictly: true,
    as: sql`next_us`,
    found: onlyFound,
  })
  const numbers = toText(
    BY_NAME[engine].functions('s_gwh').eachInteger({
      from: sql`1`,
      to: sql`rows_wanted`,
      as: sql`n`,
    }),
  )
  const [row] = await warehouse.query<Record<string, number>>(`
    with
    numbers as (${numbers.replace('rows_wanted', String(rows))}),
    starts as (
      select cast(n as bigint) as who, case when n % 2 = 0 then cast(10 as bigint) end as start_us
      from numbers
    ),
    later as (
      select cast(n as bigint) as who, cast(5 as bigint) as at_us from numbers
      union all
      select cast(n as bigint), cast(10 as bigint) from numbers
      union all
      select cast(n as bigint), cast(20 as bigint) from numbers
    ),
    looked as (
      ${toText(looked)}
    )
    select
      count(*) as all_rows,
      count(next_us) as with_next,
      count(case when start_us is null then next_us end) as from_nothing,
      count(case when next_us = 20 then 1 end) as right_ones
    from looked
  `)
  return row
}

describe.each(ENGINES)('looking ahead on %s', (engine) => {
  test.each([2, 1000])('finds the next event of %i rows, and none where there is no time', async (rows) => {
    const half = rows / 2
    expect(await found(engine, rows, false)).toMatchObject({
      all_rows: rows,
      with_next: half,
      from_nothing: 0,
      right_ones: half,
    })
    expect(await found(engine, rows, true)).toMatchObject({
      all_rows: half,
      with_next: half,
      from_nothing: 0,
      right_ones: half,
    })
  })
})
