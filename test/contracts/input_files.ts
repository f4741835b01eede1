/** The files of a project's sources as they might as well have been. */
import type { Files } from '../support/projects.ts'

const INPUT = /\.(csv|ndjson)$/

const mapInputs = (files: Files, change: (header: readonly string[], rows: readonly string[]) => string[]) =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      if (text === undefined || !INPUT.test(name)) return [name, text]
      const lines = text.split('\n').filter((line) => line !== '')
      const header = name.endsWith('.csv') ? 1 : 0
      return [
        name,
        change(lines.slice(0, header), lines.slice(header))
          .map((line) => `${line}\n`)
          .join(''),
      ]
    }),
  )

/** Sources without rows. */
export const emptied = (files: Files): Files => mapInputs(files, (header) => [...header])

/** The same rows in another order, which is the same each time. */
export const reordered = (files: Files): Files =>
  mapInputs(files, (header, rows) => [...header, ...shuffled(rows)])

function shuffled(rows: readonly string[]): string[] {
  let seed = 7
  const order = rows.map((row) => {
    seed = (seed * 48_271) % 2_147_483_647
    return [seed, row] as const
  })
  return order.sort(([a], [b]) => a - b).map(([, row]) => row)
}
