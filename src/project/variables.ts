/**
 * `${VAR}` and `${VAR:-default}` in strings of the configuration. `$${` stands for a literal `${`.
 * A variable that is set to nothing is the empty text, and takes its default where there is one, as in a shell.
 */
import type { Path } from './path.ts'
import { Unquoted } from './scalars.ts'

export type Variables = Readonly<Record<string, string | undefined>>

const REFERENCE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g

/** Told about each variable that is neither set nor has a default. */
export type OnUnset = (name: string, path: Path) => void

/**
 * The value with every reference resolved, at any depth; `skip` leaves a branch as it is written.
 * @param variable the value of a variable, and what is written for the case that it has none
 */
export function resolveVariables(
  value: unknown,
  variable: (name: string, path: Path, fallback?: string) => string | undefined,
  onUnset: OnUnset,
  skip: (path: Path) => boolean = () => false,
  path: Path = [],
): unknown {
  if (skip(path)) return value
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (whole, literal: string | undefined, name: string, fallback?: string) => {
      if (literal !== undefined) return '${'
      const found = variable(name, path, fallback)
      if (found !== undefined && (found !== '' || fallback === undefined)) return found
      if (fallback !== undefined) return fallback
      onUnset(name, path)
      return whole
    })
  }
  if (Array.isArray(value)) {
    return value.map((item, i) => resolveVariables(item, variable, onUnset, skip, [...path, i]))
  }
  if (value !== null && typeof value === 'object' && !(value instanceof Unquoted)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolveVariables(item, variable, onUnset, skip, [...path, key]),
      ]),
    )
  }
  return value
}
