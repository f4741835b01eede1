/** Local hours of every zone, against a clock on the wall: when they begin, and which comes after which. */
import { describe, expect, test } from 'vitest'
import { hourRuns } from '../src/project/local_time.ts'
import { ENGINES as BY_NAME } from '../src/engines/index.ts'
import type { ModelContext } from '../src/graph/model.ts'
import { load } from '../src/gwh.ts'
import { numberOf, startOf } from '../models/reports/periods.ts'
import { identifier, join, literal, sql, toText, type Sql } from '../src/sql/sql.ts'
import { prepareState } from '../src/run/state.ts'
import { openWarehouse, type Warehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor, type Engine } from './support/engines.ts'
import { GOOD, writeProject } from './support/projects.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Around changes of the clock: by half an hour, a quarter, a whole day; or of zones that have another offset since. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  'Australia/Lord_Howe': ['2024-04-06T15:00Z', '2024-10-05T15:30Z', '2030-04-06T15:00Z', '1985-10-26T15:30Z'],
  'Asia/Kathmandu': ['1985-12-31T18:30Z', '2024-05-01T00:00Z'],
  'Asia/Kolkata': ['2024-05-01T00:00Z'],
  'Asia/Pyongyang': ['2015-08-14T15:00Z', '2018-05-04T15:00Z'],
  'America/Caracas': ['2007-12-09T07:00Z', '2016-05-01T07:00Z'],
  'Australia/Eucla': ['2024-04-06T15:00Z'],
  'Pacific/Chatham': ['2024-04-06T14:00Z', '2024-09-28T14:00Z'],
  'Pacific/Apia': ['2011-12-30T10:00Z'],
  'Pacific/Norfolk': ['2015-10-03T14:30Z', '2024-04-06T15:00Z'],
  'America/St_Johns': ['2024-03-10T05:30Z', '2024-11-03T04:30Z'],
  'Asia/Almaty': ['2024-02-29T18:00Z'],
  'Asia/Qostanay': ['2024-02-29T18:00Z'],
  'America/Chihuahua': ['2022-10-30T08:00Z'],
  'America/Ciudad_Juarez': ['2022-10-30T08:00Z', '2022-11-30T06:00Z'],
  'Africa/Juba': ['2021-01-31T21:00Z'],
  'Asia/Amman': ['2022-10-27T22:00Z'],
  'Asia/Damascus': ['2022-10-27T22:00Z'],
  'America/Nuuk': ['2023-03-26T01:00Z', '2024-10-27T00:00Z'],
  'America/Scoresbysund': ['2024-03-31T00:00Z'],
  'Africa/Monrovia': ['1972-01-07T00:44:30Z', '2024-05-01T00:00Z'],
  'Asia/Colombo': ['1996-10-25T18:00Z', '2006-04-14T18:30Z'],
}

/** When the hour on the clock began; it has minutes and seconds, and no date. */
function hourOnTheWall(at: number, clock: Intl.DateTimeFormat): number {
  const [minutes, seconds] = clock.format(at).split(':').map(Number)
  return at - (at % 1_000) - minutes! * MINUTE - seconds! * 1_000
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, minute: 'numeric', second: 'numeric' })
  clocks.set(timeZone, clock)
  return clock
}

/** The hours of a zone that a few hours around an instant have, one after the other. */
function hoursAround(center: number, zone: string): number[] {
  const clock = clockOf(zone)
  const seen = new Set<number>()
  for (let at = center - 5 * HOUR; at <= center + 5 * HOUR; at += MINUTE / 2)
    seen.add(hourOnTheWall(at, clock))
  return [...seen].sort((a, b) => a - b)
}

interface Read {
  readonly zone: string
  readonly at: number
}

/** What an engine says of instants: when their hours begin, the numbers of these, and where those lead back to. */
async function saidBy(engine: Engine, asked: readonly Read[], w: Warehouse) {
  const fn = BY_NAME[engine].functions('gwh_gwh')
  const said: { starts: number; number: number; back: number }[] = []
  const numbered = asked.map((one, i) => ({ ...one, i }))
  for (const zone of new Set(asked.map((one) => one.zone))) {
    const reads = numbered.filter((one) => one.zone === zone)
    const c = {
      fn,
      catalog: { project: { timezone: zone, week_start: 'monday' } },
    } as unknown as ModelContext
    const instant = fn.instantOf(sql`cast(us as bigint)`)
    const number = numberOf(sql`starts`, 'hour', c)
    const us = (time: Sql) => fn.microseconds(time)
    const rows = await w.query<{ i: number; starts: number; number: number; back: number }>(
      toText(sql`
        select i, ${us(sql`starts`)} as starts, number, ${us(startOf(sql`number`, 'hour', c))} as ${identifier('back')}
        from (
          select i, starts, ${number} as number
          from (
            select i, ${fn.hourStart(instant, zone)} as starts
            from (values ${join(
              reads.map(({ i, at }) => sql`(${literal(i)}, ${literal(at * 1_000)})`),
              ', ',
            )}) as asked(i, us)
          ) as started
        ) as numbered
      `),
    )
    for (const { i, starts, number, back } of rows)
      said[i] = { starts: starts / 1_000, number, back: back / 1_000 }
  }
  return said
}

async function warehouseOf(engine: Engine): Promise<Warehouse> {
  const loading = { ...(await optionsFor(engine)), target: engine === 'postgres' ? 'pg' : 'dev' }
  const warehouse = await openWarehouse(load(writeProject(GOOD), loading).plan.catalog.project)
  await prepareState(warehouse, BY_NAME[engine], { schema: 'gwh' })
  return warehouse
}

/** The same instants each time, in no pattern. */
function* instants(from: number, to: number): Generator<number> {
  for (let seed = 12345; ;) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    yield Math.floor(from + (seed / 2 ** 32) * (to - from))
  }
}

describe.each(ENGINES)('on %s', (engine) => {
  test('around changes of the clock hours begin as they do on the wall, and none is missing', async () => {
    await using w = await warehouseOf(engine)
    for (const [zone, changes] of Object.entries(CHANGES)) {
      for (const change of changes) {
        const hours = hoursAround(Date.parse(change), zone)
        const clock = clockOf(zone)
        const reads: Read[] = []
        for (let at = hours[1]!; at < hours.at(-1)!; at += 5 * MINUTE) reads.push({ zone, at })
        const said = await saidBy(engine, reads, w)
        const from = said[0]!
        const expected = reads.map(({ at }) => {
          const start = hourOnTheWall(at, clock)
          const number = from.number + hours.indexOf(start) - hours.indexOf(from.starts)
          return { starts: start, number, back: start }
        })
        expect({ zone, change, said }).toEqual({ zone, change, said: expected })
      }
    }
  })

  test('in every zone, at any instant since 1972', { timeout: 300_000 }, async () => {
    await using w = await warehouseOf(engine)
    const random = instants(Date.parse('1972-02-01'), Date.parse('2037-12-31'))
    const asked = Intl.supportedValuesOf('timeZone').flatMap((zone): Read[] =>
      Array.from({ length: 4 }, () => ({ zone, at: random.next().value as number })),
    )
    const said = await saidBy(engine, asked, w)
    const different = asked.flatMap(({ zone, at }, i) => {
      const start = hourOnTheWall(at, clockOf(zone))
      const found = said[i]!
      return found.starts === start && found.back === start
        ? []
        : [{ zone, at: new Date(at), start, ...found }]
    })
    expect(different).toEqual([])
  })
})

test('most zones have hours an hour apart, and nothing to look up', () => {
  expect(hourRuns('Europe/Paris')).toHaveLength(1)
  expect(hourRuns('Asia/Kolkata').map(({ offset }) => offset)).toEqual([30 * MINUTE * 1_000])
  // two hours within one of UTC, when clocks went back by half an hour
  expect(hourRuns('Asia/Pyongyang').map(({ between }) => between)).toEqual([0, 1, 1])
})
