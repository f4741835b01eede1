/** What a type of query is: the fields that a case may use, the report that asks it, and where its answers are. */
import type * as z from 'zod'
import { startText } from './clock.ts'

export type Row = Record<string, unknown>

/** Rows of a relation of the report: `''` for the one of its name, `_entities` for that with the suffix. */
export type Read = (suffix: string) => Promise<Row[]>

export interface Setting {
  readonly timezone: string
  /** `user` or a group key. */
  readonly entity: string
}

/** For each field that a case may expect, how it is read from what was published. */
export type Answers<Expected> = { [Field in keyof Expected]-?: () => Promise<unknown> }

export interface Kind<Query = never, Expected = never> {
  /** Both are strict: a field that they do not name must not be ignored. */
  readonly query: z.ZodType<Query>
  readonly expected: z.ZodType<Expected>
  /** The entry of the project's `reports`, without its name and `by`. */
  report(query: Query): object
  answers(query: Query, read: Read, setting: Setting, expected: Expected): Answers<Expected>
}

/** Types the functions by the schemas without repeating them. */
export function kind<Query, Expected>(definition: Kind<Query, Expected>): Kind {
  return definition as unknown as Kind
}

/** The answers that an expectation asks for, in its order. */
export async function answersTo(expected: object, answers: Answers<object>): Promise<object> {
  const found: Record<string, unknown> = {}
  for (const field of Object.keys(expected)) {
    found[field] = await (answers as Record<string, () => Promise<unknown>>)[field]?.()
  }
  return found
}

/** The same for each value of a breakdown, those included that nobody expects. */
export async function answersBySegment(
  expected: Readonly<Record<string, object>> | undefined,
  rows: readonly Row[],
  answersOf: (which: (row: Row) => boolean) => Answers<object>,
): Promise<object> {
  const [usual = {}] = Object.values(expected ?? {})
  const found: Record<string, object> = {}
  for (const segment of sorted(new Set(rows.map((row) => String(row['segment']))))) {
    const answers = answersOf((row) => row['segment'] === segment)
    found[segment] = await answersTo(expected?.[segment] ?? usual, answers)
  }
  return found
}

export const number = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value)

/** Texts in the order in which cases list entities. */
export const sorted = (texts: Iterable<string>): string[] => [...texts].sort()

export const by =
  (column: string) =>
  (a: Row, b: Row): number =>
    Number(a[column]) - Number(b[column])

/** Rows by the start of their period, each with it. */
export function byStart(rows: readonly Row[]): (Row & { start: string })[] {
  return rows
    .map((row) => ({ ...row, start: startText(row['period_start']) }))
    .sort((a, b) => (a.start < b.start ? -1 : 1))
}
