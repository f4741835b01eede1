/** `target/sources.json`, in the shape of dbt's v3 artifact. */
import type { Project } from '../project/load.ts'
import { withoutSecretsIn } from '../project/secrets_in_fields.ts'
import { plainJson } from '../project/plain_text.ts'
import { NEVER, type FreshnessResult } from '../run/freshness.ts'
import { executionOf } from './execution.ts'
import { writeWhole } from './files.ts'

export interface FreshnessRun {
  readonly runId: string
  readonly version: string
  readonly seconds: number
}

/** @param file absolute path */
export function writeSources(
  file: string,
  project: Project,
  run: FreshnessRun,
  results: readonly FreshnessResult[],
): void {
  const content = {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/sources/v3.json',
      dbt_version: `gwh ${run.version}`,
      generated_at: new Date().toISOString(),
      invocation_id: run.runId,
      env: {},
    },
    results: results.map((result) => resultOf(project, result)),
    elapsed_time: run.seconds,
  }
  writeWhole(file, `${plainJson(JSON.stringify(withoutSecretsIn(content, project.secrets), null, 2))}\n`)
}

function resultOf(project: Project, result: FreshnessResult) {
  const { name, status, latest, askedAt, age, criteria, message, startedAt, seconds } = result
  const unique_id = `source.${project.name}.${name}`
  if (status === 'runtime error') return { unique_id, error: message ?? null, status }
  const limit = (given: typeof criteria.warn_after) => given ?? { count: null, period: null }
  return {
    unique_id,
    max_loaded_at: (latest ?? NEVER).toISOString(),
    snapshotted_at: askedAt.toISOString(),
    max_loaded_at_time_ago_in_s: age,
    status,
    criteria: {
      warn_after: limit(criteria.warn_after),
      error_after: limit(criteria.error_after),
      filter: criteria.filter ?? null,
    },
    adapter_response: {},
    ...executionOf({ startedAt, seconds }),
  }
}
