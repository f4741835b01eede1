import { thousands, type Location } from '../problems.ts'

/** What happened to one node of a run, and how a run tells of its progress. */
export type NodeStatus = 'success' | 'error' | 'skipped' | 'pass' | 'warn' | 'fail'

export interface NodeResult {
  readonly name: string
  /** `source`: one that lost rows, so that nothing may be published. */
  readonly type: 'seed' | 'source' | 'model' | 'test' | 'unit_test'
  readonly status: NodeStatus
  /** `table`, `view`, the type of a source, the check of a test, or the model of a unit test. */
  readonly kind: string
  readonly seconds: number
  readonly startedAt: Date
  readonly rows?: number | undefined
  /** Of a test, as dbt counts them. */
  readonly failures?: number | undefined
  /** Up to five wrong rows in sentences. */
  readonly examples?: readonly string[] | undefined
  /** How many wrong rows there are beside the examples. */
  readonly more?: number | undefined
  /** How to mend what a test found. */
  readonly fix?: string | undefined
  /** What went wrong, or was noteworthy. */
  readonly message?: string | undefined
  /** `schema.name` of what it made; of a test the table of its failures. */
  readonly relation?: string | undefined
  readonly compiledFile?: string | undefined
  readonly compiledSql?: string | undefined
  readonly description?: string | undefined
  /** Where the project declares it. */
  readonly at?: Location | undefined
}

/** What there is to say of a test or model that did not pass, a part after the other, for what has no room of its own. */
export function detailsOf({ type, ...result }: NodeResult): string[] {
  const { description, message, examples = [], more = 0, fix, compiledFile } = result
  return [
    ...(type === 'model' ? [] : [description]),
    message,
    ...examples,
    ...(more > 0 ? [`… and ${thousands(more)} more`] : []),
    fix,
    ...(type === 'test' && compiledFile !== undefined ? [`The query: ${compiledFile}`] : []),
  ].filter((part): part is string => part !== undefined && part !== '')
}

export interface Reporter {
  /** A node begins; `total` nodes are to come in this phase. */
  started(node: { name: string; type: NodeResult['type']; kind: string; index: number; total: number }): void
  /** How far it is, between start and end. */
  progress(text: string): void
  /** Something takes long, and nothing of the run can be done about it. */
  waiting?(text: string): void
  finished(result: NodeResult, index: number, total: number): void
}

export const SILENT: Reporter = {
  started: () => undefined,
  progress: () => undefined,
  finished: () => undefined,
}

/** Runs `work` and says how many seconds it took. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ value: T; seconds: number; startedAt: Date }> {
  const startedAt = new Date()
  const start = performance.now()
  const value = await work()
  return { value, seconds: (performance.now() - start) / 1000, startedAt }
}

export const failed = (results: readonly NodeResult[]): boolean =>
  results.some(({ status }) => status === 'error' || status === 'fail')
