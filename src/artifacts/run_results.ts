/** `target/run_results.json`, in the shape of dbt's v6 artifact. */
import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import path from 'node:path'
import { isInside, requireInside } from '../project/inside.ts'
import type { Project } from '../project/load.ts'
import type { Problem } from '../problems.ts'
import { plainJson } from '../project/plain_text.ts'
import { HIDDEN, isSecretName } from '../project/secrets.ts'
import { withoutSecretsIn } from '../project/secrets_in_fields.ts'
import type { NodeResult, NodeStatus } from '../run/result.ts'
import { executionOf } from './execution.ts'
import { writeWhole } from './files.ts'

export interface RunInfo {
  readonly runId: string
  readonly command: string
  readonly startedAt: Date
  readonly seconds: number
  readonly version: string
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  readonly storeFailures: boolean
  readonly warnError: boolean
}

const FILE = 'target/run_results.json'

/**
 * @param problems what kept the run from coming to its end
 * @returns the file, relative to the project
 */
export function writeRunResults(
  project: Project,
  run: RunInfo,
  results: readonly NodeResult[],
  problems: readonly Problem[] = [],
): string {
  requireInside(project, path.dirname(FILE))
  const full = path.join(project.dir, FILE)
  // In the values and not in the text, where a password with quotes looks different and one of digits would
  // be found in numbers.
  const content = withoutSecretsIn(runResults(project, run, results, problems), project.secrets)
  writeWhole(full, `${plainJson(JSON.stringify(content, null, 2))}\n`)
  return FILE
}

/**
 * Removes what an earlier run has left: it must not stand for one that ends before it can write its own. Of files that
 * another program wrote, and of places outside of the project, nothing is removed.
 * @param dir the folder of the project
 */
export function clearRunResults(dir: string): void {
  const full = path.join(path.resolve(dir), FILE)
  try {
    if (isInside({ dir: path.resolve(dir), external_paths: [] }, full) && isOwn(full)) rmSync(full)
  } catch {
    // Whatever is in the way is told when the run writes its own.
  }
}

/** The version stands at the beginning, and a file of many models is long. */
function isOwn(file: string): boolean {
  const open = openSync(file, 'r')
  try {
    const start = Buffer.alloc(400)
    readSync(open, start)
    return start.includes(`"dbt_version": "${OWN_VERSION}`)
  } finally {
    closeSync(open)
  }
}

const OWN_VERSION = 'gwh '

function runResults(
  project: Project,
  run: RunInfo,
  results: readonly NodeResult[],
  problems: readonly Problem[],
) {
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
      dbt_version: `${OWN_VERSION}${run.version}`,
      generated_at: new Date().toISOString(),
      invocation_id: run.runId,
      env: {},
    },
    results: [
      ...results.map((result) => ({
        status: DBT_STATUS[result.status],
        ...executionOf(result),
        adapter_response: result.rows === undefined ? {} : { rows_affected: result.rows },
        message:
          [result.message, ...(result.examples ?? [])].filter((part) => part !== undefined).join('\n') ||
          null,
        failures: result.failures ?? null,
        unique_id: uniqueId(project, result),
        compiled: result.compiledSql !== undefined,
        compiled_code: result.compiledSql ?? null,
        relation_name: result.relation ?? null,
      })),
      ...problems.map((problem, i) => problemResult(project, run, problem, i)),
    ],
    elapsed_time: run.seconds,
    args: {
      which: run.command,
      target: project.target.name,
      select: run.select,
      exclude: run.exclude,
      store_failures: run.storeFailures,
      warn_error: run.warnError,
      vars: withoutSecrets(project.vars),
    },
  }
}

/** dbt has results of nodes only; what is no node's is an operation's, as its hooks are. */
const problemResult = (
  { name }: Project,
  run: RunInfo,
  { code, message, cause, fix }: Problem,
  index: number,
) => ({
  status: 'error',
  ...executionOf(run),
  adapter_response: {},
  message: [message, cause, fix].filter((part) => part !== undefined).join('\n'),
  failures: null,
  unique_id: `operation.${name}.${code}.${index}`,
  compiled: false,
  compiled_code: null,
  relation_name: null,
})

/** As with variables of the environment, the name says what is a secret; numbers and lists are some too. */
const withoutSecrets = (vars: Project['vars']) =>
  JSON.parse(JSON.stringify(vars), (name, value: unknown) => (isSecretName(name) ? HIDDEN : value)) as unknown

/** dbt names unit tests by their model too. */
const uniqueId = ({ name: project }: Project, { type, kind, name }: NodeResult) =>
  type === 'unit_test' ? `unit_test.${project}.${kind}.${name}` : `${type}.${project}.${name}`

const DBT_STATUS: Record<NodeStatus, string> = {
  success: 'success',
  error: 'error',
  skipped: 'skipped',
  pass: 'pass',
  warn: 'warn',
  fail: 'fail',
}
