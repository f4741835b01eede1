/** The benches keep working; what they measure is not judged here. */
import { expect, test, vi } from 'vitest'
import { REPORTS } from './bench/reports/project.ts'
import { runReports } from './bench/reports.ts'
import { measureTests } from './bench/tests.ts'
import { tempFolder } from './support/engines.ts'

test('every report is measured, and is the same from days and from events', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const measured = await runReports({
    target: 'duckdb',
    data: { events: 20_000, groups: 100, even: false },
    rounds: 1,
    reports: REPORTS,
    rivals: false,
    folder: tempFolder(),
  })
  const lines = printed.mock.calls.flat().map(String)
  printed.mockRestore()

  expect(lines.filter((line) => /failed|DIFFER/.test(line))).toEqual([])
  expect(measured.map(({ name }) => name)).toEqual(REPORTS.map(({ name }) => name))
  for (const { name, cpu, wall, rows, memory } of measured) {
    expect([cpu, wall, rows, memory?.peak].every(Number.isFinite), name).toBe(true)
  }
})

test('every data test is measured, and passes on the generated events', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const measured = await measureTests({
    target: 'duckdb',
    data: { events: 20_000, groups: 100, even: false, wide: true },
    rounds: 1,
    folder: tempFolder(),
  })
  printed.mockRestore()

  expect(measured.length).toBeGreaterThan(40)
  expect(measured.filter(({ status }) => status !== 'pass')).toEqual([])
  for (const { name, cpu, wall } of measured) expect([cpu, wall].every(Number.isFinite), name).toBe(true)
})
