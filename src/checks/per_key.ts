/** Options whose value is one number for all group keys, or a map with one for some of them. */
import { ownField } from '../project/own_field.ts'
import * as z from 'zod'
import type { Catalog, GroupKey } from '../graph/catalog.ts'
import { ProblemError, suggest } from '../problems.ts'

type Given = number | Readonly<Record<string, number>> | null

/** @param number what each value may be */
export const perKey = (number: z.ZodNumber, what: string) =>
  z
    .union([number, z.record(z.string(), number), z.null()])
    .default(null)
    .describe(`${what} One number, or a map by group key; default: none, and no test.`)

/**
 * The keys that have a value.
 * @throws ProblemError where the map names a key that is not registered
 */
export function valuesPerKey(
  catalog: Catalog,
  given: Given,
  path: readonly [check: string, option: string],
): { key: GroupKey; value: number }[] {
  if (given === null) return []
  const { groupKeys, project } = catalog
  if (typeof given === 'number') return groupKeys.map((key) => ({ key, value: given }))
  const names = groupKeys.map(({ name }) => name)
  const unknown = Object.keys(given).filter(
    (name) => !names.includes(name) && !project.broken.has('group_keys', name),
  )
  if (unknown.length > 0) {
    throw new ProblemError(
      unknown.map((name) => ({
        code: 'key_not_registered' as const,
        message: `\`data_tests.${path[0]}.${path[1]}\`: the group key \`${name}\` is not registered.`,
        at: project.locateKey(['data_tests', ...path, name]),
        fix: suggest(name, names, 'The registered keys are'),
      })),
    )
  }
  return groupKeys.flatMap((key) => {
    const value = ownField(given, key.name)
    return value === undefined ? [] : [{ key, value }]
  })
}
