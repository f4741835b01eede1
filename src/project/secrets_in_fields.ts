/** JSON without secrets: what a field holds says what may be a secret in it. */
import type { Secrets } from './secrets.ts'

/** Words of gwh's own, and times: they are never secrets, whatever the password is. */
const WORDS = new Set([
  'code',
  'completed_at',
  'generated_at',
  'invocation_id',
  'level',
  'materialized',
  'resource_type',
  'started_at',
  'status',
  'thread_id',
  'ts',
  'type',
  'which',
])

/** Names of the project, and files that are named after them. */
const NAMES = new Set([
  'artifacts',
  'compiledFile',
  'depends_on',
  'file',
  'files',
  'kind',
  'model',
  'models',
  'name',
  'parents',
  'relation',
  'relation_name',
  'unique_id',
])

/**
 * @param value as it will be JSON
 * @param hide for what is neither a word nor a name: messages, and values of the project
 */
export function withoutSecretsIn(
  value: unknown,
  secrets: Secrets,
  hide: (text: string) => string = (text) => secrets.hide(text),
  field = '',
): unknown {
  if (typeof value === 'string')
    return WORDS.has(field) ? value : NAMES.has(field) ? secrets.hideInName(value) : hide(value)
  // A list has what its field says.
  if (Array.isArray(value)) return value.map((item) => withoutSecretsIn(item, secrets, hide, field))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withoutSecretsIn(item, secrets, hide, name)]),
  )
}
