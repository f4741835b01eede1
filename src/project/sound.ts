/** What of a project can be decoded although something in it is wrong, so that all problems are found at once. */
import type * as z from 'zod'
import type { Broken, BrokenSection } from './broken.ts'
import type { Path } from './path.ts'
import { isMap, type MergedFiles } from './merged_files.ts'
import { decode, Unquoted } from './scalars.ts'
import { OUTPUT_TYPES, projectSchema, type ProjectOptions } from './schema.ts'

type Issues = readonly z.core.$ZodIssue[]

/** Entries of these are left out as a whole: what is left of one would have problems that are not there. */
const WHOLE: readonly unknown[] = ['sources', 'reports', 'unit_tests']

/** Of these it is known what else they bring about. */
const REFERRED: readonly unknown[] = ['external_paths', 'group_keys', 'models', 'vars', ...WHOLE]

/**
 * @param files is told of the entries that are left out, `broken` of their names
 * @param unset paths of texts with variables that are not set
 */
export function soundPart(
  given: Readonly<Record<string, unknown>>,
  issues: Issues,
  unset: readonly Path[],
  files: MergedFiles,
  broken: Broken,
): ProjectOptions {
  const value = copy(given) as Record<string, unknown>
  const paths = issues.flatMap((issue): Path[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => [...(issue.path as Path), key])
      : [issue.path as Path],
  )
  remove(value, [...paths, ...unset.filter(([section]) => REFERRED.includes(section))], files, broken, false)
  const second = decode(projectSchema, value)
  if (second.success) return second.data
  remove(
    value,
    second.error.issues.map((issue) => issue.path as Path),
    files,
    broken,
    true,
  )
  value['name'] ??= 'project'
  value['targets'] ??= {}
  const third = decode(projectSchema, value)
  if (third.success) return third.data
  throw third.error
}

/** @param entirely takes out whole entries and fields, where taking out what is wrong in them was not enough */
function remove(
  value: Record<string, unknown>,
  paths: readonly Path[],
  files: MergedFiles,
  broken: Broken,
  entirely: boolean,
): void {
  const entries = new Map<string, Set<number>>()
  for (const at of paths) {
    const section = String(at[0])
    const [, i] = at
    if (typeof i === 'number' && (WHOLE.includes(section) || (REFERRED.includes(section) && entirely))) {
      entries.set(section, (entries.get(section) ?? new Set()).add(i))
      continue
    }
    const target = section === 'targets' && at.length > 1
    const part = entirely ? at.slice(0, target ? 2 : 1) : outsideOfLists(value, at)
    if (REFERRED.includes(section) && part.length <= 2 && typeof i !== 'number')
      broken.add(section as BrokenSection, typeof i === 'string' && section === 'vars' ? i : undefined)
    const parent = part.slice(0, -1).reduce<unknown>(childOf, value)
    if (isMap(parent)) Reflect.deleteProperty(parent, String(part.at(-1)))
  }
  for (const [section, gone] of entries) {
    const all = value[section] as unknown[]
    for (const i of gone) {
      const entry = all[i]
      const name = isMap(entry) ? entry['name'] : undefined
      broken.add(section as BrokenSection, typeof name === 'string' ? name : undefined)
      if (section === 'sources') broken.add('properties', typeOf(entry))
    }
    value[section] = all.filter((_, i) => !gone.has(i))
    files.drop(section, gone)
  }
}

/** What a source brings; undefined where it may be anything. */
function typeOf(source: unknown): string | undefined {
  const type = isMap(source) ? source['type'] : undefined
  return OUTPUT_TYPES.find((known) => known === type)
}

/** Taking a member out of a list would move those behind it, so that the list goes; but for the entries of a section. */
function outsideOfLists(value: unknown, at: Path): Path {
  let end = at.length
  let node = value
  for (const [depth, part] of at.entries()) {
    if (Array.isArray(node) && depth > 1) {
      end = depth
      break
    }
    node = childOf(node, part)
  }
  return at.slice(0, end)
}

const childOf = (node: unknown, part: string | number): unknown =>
  Array.isArray(node)
    ? (node as unknown[])[Number(part)]
    : isMap(node) && Object.hasOwn(node, part)
      ? node[part]
      : undefined

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isMap(value) || value instanceof Unquoted) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
}
