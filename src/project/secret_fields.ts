/** Which fields of the YAML files hold secrets, by what they are called: known before it is known what they hold. */
import { PLAIN_FIELDS, URL_FIELDS } from '../engines/targets.ts'
import type { Path } from './path.ts'
import { Unquoted } from './scalars.ts'
import { isSecretName, type Secrets } from './secrets.ts'

/** Below these the keys are names of columns, tests and limits. */
const NAMED_BY_DATA = [
  'accepted_values',
  'arguments',
  'column_types',
  'columns',
  'data_tests',
  'expect',
  'given',
  'group_keys',
  'limits',
  'properties',
  'rows',
  'tests',
]

/** What stands at a place that must not be printed: all of it, or what a URL has of secrets. */
export function secretAt(path: Path): 'whole' | 'url' | undefined {
  const [section, , field, ...below] = path
  if (section === 'targets') {
    if (path.length < 3) return 'url'
    if (URL_FIELDS.includes(String(field))) return path.length === 3 ? 'url' : 'whole'
    // What a target has no field for is taken for a secret.
    const isPlain = PLAIN_FIELDS.includes(String(field)) && !below.some((part) => isSecretName(String(part)))
    return isPlain ? undefined : 'whole'
  }
  const names = path.filter((part) => typeof part === 'string')
  const isOfData = section !== 'vars' && names.some((name) => NAMED_BY_DATA.includes(name))
  return !isOfData && names.some(isSecretName) ? 'whole' : undefined
}

/** Tells of all secrets that are in a value of the YAML files, at any depth. */
export function findSecrets(value: unknown, secrets: Secrets, path: Path = []): void {
  if (typeof value === 'string' || value instanceof Unquoted) {
    const text = typeof value === 'string' ? value : value.text
    const kind = secretAt(path)
    secrets.addUrl(text, kind === 'url')
    if (path[0] === 'targets') secrets.addConnection(text)
    if (kind === 'whole') secrets.add(text)
    // The URL of a target that is none: a connection string of another kind, or a password in the wrong place.
    if (kind === 'url' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim())) secrets.add(text)
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) findSecrets(item, secrets, [...path, i])
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) findSecrets(item, secrets, [...path, key])
  }
}
