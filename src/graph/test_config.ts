/** How a data test is judged: dbt's severity, thresholds and limit, with dbt's precedence. */
import { THRESHOLD, type DeclaredTestFields } from '../project/test_schema.ts'

export interface TestConfig {
  readonly severity: 'error' | 'warn'
  readonly warnIf: Threshold
  readonly errorIf: Threshold
  /** Only of tests declared for a relation or a column: SQL of the user. */
  readonly where?: string | undefined
  /** At most so many failures are counted. */
  readonly limit?: number | undefined
  readonly storeFailures: boolean
  /** At most so many failures are stored. */
  readonly storeFailuresLimit: number
  readonly tags: readonly string[]
  readonly description?: string | undefined
  readonly name?: string | undefined
}

/** A condition on the number of failures. */
export type Threshold =
  | { readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: number }
  | { readonly operator: 'between'; readonly from: number; readonly to: number }

const ANY: Threshold = { operator: '!=', value: 0 }

export const DEFAULT_TEST_CONFIG = {
  warnIf: ANY,
  errorIf: ANY,
  storeFailures: false,
  storeFailuresLimit: 1_000,
  tags: [],
} as const

/**
 * Reads dbt's spelling: `> 10`, `!= 0`, `between 1 and 3`.
 * @throws RangeError where it is none; the configuration has been held against the same form
 */
export function thresholdOf(text: string): Threshold {
  const [, operator, value, from, to] = THRESHOLD.exec(text) ?? []
  if (from !== undefined) return { operator: 'between', from: Number(from), to: Number(to) }
  if (operator === undefined) throw new RangeError(`not a threshold: ${text}`)
  return {
    operator: operator === '<>' ? '!=' : (operator as '=' | '!=' | '<' | '<=' | '>' | '>='),
    value: Number(value),
  }
}

/** A threshold as dbt writes it. */
export const thresholdText = (threshold: Threshold): string =>
  threshold.operator === 'between'
    ? `between ${threshold.from} and ${threshold.to}`
    : `${threshold.operator} ${threshold.value}`

export function holds(threshold: Threshold, failures: number): boolean {
  switch (threshold.operator) {
    case 'between':
      return failures >= threshold.from && failures <= threshold.to
    case '=':
      return failures === threshold.value
    case '!=':
      return failures !== threshold.value
    case '<':
      return failures < threshold.value
    case '<=':
      return failures <= threshold.value
    case '>':
      return failures > threshold.value
    case '>=':
      return failures >= threshold.value
  }
}

/** dbt's precedence: at severity error `error_if` first and then `warn_if`, at severity warn only `warn_if`. */
export function statusOf(failures: number, config: TestConfig): 'pass' | 'warn' | 'fail' {
  if (config.severity === 'error' && holds(config.errorIf, failures)) return 'fail'
  return holds(config.warnIf, failures) ? 'warn' : 'pass'
}

/** What the fields of a test say; fields that are left out are left out. */
export function givenConfig(fields: Partial<DeclaredTestFields>): Partial<TestConfig> {
  const given: { -readonly [Field in keyof TestConfig]?: TestConfig[Field] | undefined } = {
    severity: fields.severity,
    warnIf: fields.warn_if === undefined ? undefined : thresholdOf(fields.warn_if),
    errorIf: fields.error_if === undefined ? undefined : thresholdOf(fields.error_if),
    where: fields.where,
    limit: fields.limit,
    storeFailures: fields.store_failures,
    storeFailuresLimit: fields.store_failures_limit,
    tags: fields.tags,
    description: fields.description,
    name: fields.name,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
