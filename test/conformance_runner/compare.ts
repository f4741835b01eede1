/** Whether what was found is what was expected. */

/** Averages of seconds may differ in their last digits between engines. */
const RELATIVE = 1e-6

export function agrees(expected: unknown, found: unknown): boolean {
  if (typeof expected === 'number' && typeof found === 'number')
    return Math.abs(expected - found) <= RELATIVE * Math.max(Math.abs(expected), Math.abs(found))
  if (Array.isArray(expected) && Array.isArray(found))
    return expected.length === found.length && expected.every((value, i) => agrees(value, found[i]))
  if (isMap(expected) && isMap(found)) {
    const names = Object.keys(expected)
    return (
      names.length === Object.keys(found).length &&
      names.every((name) => Object.hasOwn(found, name) && agrees(expected[name], found[name]))
    )
  }
  return expected === found
}

export interface Difference {
  readonly expected: string
  readonly found: string
}

/** The fields that differ, as text; undefined when all agree. */
export function difference(expected: object, found: object): Difference | undefined {
  const given = expected as Record<string, unknown>
  const got = found as Record<string, unknown>
  const wrong = Object.keys(given).filter((field) => !agrees(given[field], got[field]))
  if (wrong.length === 0) return undefined
  const text = (values: Record<string, unknown>) =>
    wrong.map((field) => `${field} ${JSON.stringify(values[field])}`).join(', ')
  return { expected: text(given), found: text(got) }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
