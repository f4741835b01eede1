/**
 * dbt's selectors: names with `*`, `+` before and after (with a depth: `2+x+1`), methods, spaces for
 * "or" and commas for "and".
 */
import { quotedList, nearest, ProblemError, suggest } from '../problems.ts'
import type { Plan } from './plan.ts'
import { modelBehind } from './source_models.ts'

/** Something that can be selected: a model, a source, a data test or a unit test. */
export interface SelectableNode {
  readonly name: string
  /** Its name in version 0.1. */
  readonly formerly?: string | undefined
  readonly type: 'model' | 'source' | 'test' | 'unit_test'
  /** Asked only where a selector looks for parents or children: some tests make their SQL to know them. */
  readonly parents: () => readonly string[]
  readonly file?: string | undefined
  readonly groupKey?: string | undefined
  readonly report?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** Of a data test: a query in tests/, or one that a check has made. */
  readonly testType?: 'generic' | 'singular' | undefined
}

const isTest = ({ type }: SelectableNode) => type === 'test' || type === 'unit_test'

export interface Selection {
  readonly select?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
}

const METHODS = [
  'path',
  'source',
  'group_key',
  'report',
  'resource_type',
  'tag',
  'test_name',
  'test_type',
] as const

const TEST_TYPES = ['generic', 'singular', 'unit', 'data']

/**
 * The selected nodes' names; all when nothing is selected.
 * Tests come with the models that they look at.
 * @throws ProblemError `empty_selection` when nothing is left
 */
export function selectNodes(nodes: readonly SelectableNode[], selection: Selection): Set<string> {
  const { select = [], exclude = [] } = selection
  const chosen = select.length > 0 ? union(nodes, select) : new Set(nodes.map((node) => node.name))
  for (const name of exclude.length > 0 ? union(nodes, exclude) : []) chosen.delete(name)
  if (chosen.size > 0) return chosen
  const asked = [...select.map((s) => `--select ${s}`), ...exclude.map((s) => `--exclude ${s}`)].join(' ')
  throw new ProblemError({
    code: 'empty_selection',
    message: asked === '' ? 'There is nothing to select.' : `Nothing matches ${asked}.`,
    fix: hintFor(select, nodes),
  })
}

/** The names that `--exclude` takes away. */
export const excludedNodes = (
  nodes: readonly SelectableNode[],
  { exclude = [] }: Selection,
): ReadonlySet<string> => (exclude.length > 0 ? union(nodes, exclude) : new Set())

function hintFor(select: readonly string[], nodes: readonly SelectableNode[]): string | undefined {
  const parts = select.flatMap((s) => s.split(/[\s,]+/).map((part) => ({ part, joined: s.includes(',') })))
  const read = parts.map(({ part, joined }) => ({ joined, ...parse(part) }))
  const wrong = read.find(({ value }) => !nodes.some((node) => node.name === value))
  if (wrong === undefined) {
    return read.some(({ joined }) => joined) ? 'A comma means "and"; write a space for "or".' : undefined
  }
  if (wrong.method === 'tag') {
    const tags = new Set(nodes.flatMap((node) => node.tags ?? []))
    return suggest(wrong.value, tags, 'The tags are') ?? 'No test has a tag.'
  }
  const kind = wrong.method === 'source' ? 'source' : wrong.method === 'test_name' ? 'test' : undefined
  const names = nodes.filter((node) => (kind ?? node.type) === node.type).map((node) => node.name)
  if (nearest(wrong.value, names) !== undefined) return suggest(wrong.value, names)
  // There are many tests, and few are selected by name.
  const shown = nodes.filter((node) => (kind === undefined ? !isTest(node) : node.type === kind))
  return shown.length === 0 ? undefined : `There is: ${quotedList(shown.map((node) => node.name))}.`
}

/** A selector's method and value, without the plus signs. */
function parse(term: string): { method: string | undefined; value: string } {
  const groups = /^(?:\d*\+)?(?:(?<method>[a-z_]+):)?(?<value>.*?)(?:\+\d*)?$/.exec(term)?.groups
  return { method: groups?.['method'], value: groups?.['value'] ?? term }
}

function union(nodes: readonly SelectableNode[], terms: readonly string[]): Set<string> {
  const spaced = terms.flatMap((term) => term.split(/\s+/).filter((part) => part !== ''))
  return new Set(spaced.flatMap((term) => [...intersection(nodes, term)]))
}

function intersection(nodes: readonly SelectableNode[], term: string): Set<string> {
  const [first = new Set<string>(), ...rest] = term.split(',').map((part) => matching(nodes, part))
  return new Set([...first].filter((name) => rest.every((other) => other.has(name))))
}

function matching(nodes: readonly SelectableNode[], term: string): Set<string> {
  const parsed =
    /^(?:(?<up>\d*)(?<before>\+))?(?:(?<method>[a-z_]+):)?(?<value>[^+]*)(?:(?<after>\+)(?<down>\d*))?$/.exec(
      term,
    )?.groups
  const { up, before, method, value = '', after, down } = parsed ?? {}
  if (parsed === undefined || value === '' || (method !== undefined && !METHODS.some((m) => m === method))) {
    throw new ProblemError({
      code: 'usage',
      message: `\`${term}\` is not a selector.`,
      fix:
        (method === undefined ? undefined : suggest(method, METHODS, 'The methods are')) ??
        'Write a name, +name, name+, na*, or path:, source:, group_key:, report:, resource_type:, tag:, test_name:, test_type: and a value.',
    })
  }
  if (method === 'test_type' && !TEST_TYPES.includes(value)) {
    throw new ProblemError({
      code: 'usage',
      message: `\`${value}\` is not a type of test.`,
      fix: suggest(value, TEST_TYPES, 'The types are'),
    })
  }
  const pattern = new RegExp(
    `^${value.replaceAll(/[.*+?^${}()|[\]\\]/g, (c) => (c === '*' ? '.*' : `\\${c}`))}$`,
  )
  const hit = (node: SelectableNode): boolean => {
    switch (method) {
      case 'path':
        return (
          node.file !== undefined &&
          (pattern.test(node.file) || node.file.startsWith(`${value.replace(/\/$/, '')}/`))
        )
      case 'source':
        return node.type === 'source' && pattern.test(node.name)
      case 'group_key':
        return node.groupKey !== undefined && pattern.test(node.groupKey)
      case 'report':
        // its tests come along; what they look at is no parent of it
        return !isTest(node) && node.report !== undefined && pattern.test(node.report)
      case 'resource_type':
        return pattern.test(node.type)
      case 'test_name':
        return isTest(node) && pattern.test(node.name)
      case 'test_type':
        if (value === 'unit') return node.type === 'unit_test'
        return node.type === 'test' && (value === 'data' || node.testType === value)
      case 'tag':
        return node.tags?.some((tag) => pattern.test(tag)) ?? false
      default:
        return pattern.test(node.name) || (node.formerly !== undefined && pattern.test(node.formerly))
    }
  }
  const found = new Set(nodes.filter(hit).map((node) => node.name))
  const depth = (text: string | undefined) => (text === undefined || text === '' ? Infinity : Number(text))
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const parents = (name: string) => byName.get(name)?.parents() ?? []
  const children = childrenIn(nodes)
  const all = new Set(found)
  if (before) reach(found, parents, depth(up), all)
  if (after) reach(found, children, depth(down), all)
  const reports = new Set(
    nodes.flatMap(({ name, type, report }) => (type === 'model' && all.has(name) ? [report] : [])),
  )
  for (const node of nodes) {
    if (!isTest(node)) continue
    // one that is about a report may look at nothing of it: at the events that it names
    const isAbout = node.report !== undefined && reports.has(node.report)
    if (isAbout || node.parents().some((parent) => all.has(parent))) all.add(node.name)
  }
  return all
}

/** Looks for all children at once, and only when somebody asks. */
function childrenIn(nodes: readonly SelectableNode[]): (name: string) => readonly string[] {
  let known: Map<string, string[]> | undefined
  return (name) => {
    known ??= childrenOf(nodes)
    return known.get(name) ?? []
  }
}

function childrenOf(nodes: readonly SelectableNode[]): Map<string, string[]> {
  const children = new Map<string, string[]>()
  for (const node of nodes) {
    for (const parent of new Set(node.parents())) {
      const known = children.get(parent)
      if (known) known.push(node.name)
      else children.set(parent, [node.name])
    }
  }
  return children
}

function reach(
  from: Iterable<string>,
  next: (name: string) => readonly string[],
  depth: number,
  into: Set<string>,
): void {
  let edge = [...from]
  for (let step = 0; step < depth && edge.length > 0; step++) {
    const seen = new Set(into)
    edge = edge.flatMap(next).filter((name) => !seen.has(name))
    for (const name of edge) into.add(name)
  }
}

/** The models and sources of a plan as selectable nodes; checks add their tests. */
export function nodesOf(plan: Plan): SelectableNode[] {
  const keyOf = new Map(plan.catalog.groupKeys.map((key) => [`${key.noun}_profiles`, key.name]))
  return [
    ...plan.catalog.sources.map((source) => ({
      name: source.name,
      type: 'source' as const,
      parents: () => [modelBehind(source)].filter((name) => name !== undefined),
      groupKey: source.groupKey,
    })),
    ...plan.models.map((model) => ({
      name: model.name,
      formerly: model.formerly,
      type: 'model' as const,
      parents: () => [...model.sources, ...model.dependsOn],
      file: model.file,
      groupKey: keyOf.get(model.name),
      report: model.report,
    })),
  ]
}
