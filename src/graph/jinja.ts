/**
 * Users' own SQL files: Jinja with `ref`, `source`, `var`, `env_var`, `config`, `this` and `is_incremental`.
 * A file is rendered once; relations stay as markers until it is known where they are (published or staged).
 */
import { parse, Template, tokenize } from '@huggingface/jinja'
import { ProblemError, suggest, type Location, type Problem } from '../problems.ts'
import { suggestSource } from '../project/dbt_hints.ts'
import { currentName } from './old_names.ts'
import type { Catalog } from './catalog.ts'

export interface UserSql {
  /** Name of the file without folder and ending. */
  readonly name: string
  /** Path relative to the project, for messages. */
  readonly file: string
  readonly text: string
}

export interface Rendered {
  /** What `config()` sets. */
  readonly config: Readonly<Record<string, unknown>>
  /** Names of what `config()` sets. */
  readonly settings: readonly string[]
  /** What `config()` sets, as text. */
  setting(name: string): string | undefined
  readonly refs: readonly string[]
  readonly sources: readonly string[]
  /** The SQL with every relation put in. */
  fill(relations: { ref(model: string): string; source(name: string): string; self(): string }): string
}

const MARKER = /\u0001(ref|source|this):([^\u0001]*)\u0001/g
const mark = (kind: 'ref' | 'source' | 'this', name: string) => `\u0001${kind}:${name}\u0001`

/** Relations that a template names. */
export interface Named {
  readonly refs: Set<string>
  readonly sources: Set<string>
}

export const namesNothing = (): Named => ({ refs: new Set(), sources: new Set() })

/**
 * @param named is given the models and sources that the template names, also where it is broken
 * @throws ProblemError `template_error` with the place, where the template is broken
 */
export function renderUserSql(given: UserSql, catalog: Catalog, named: Named = namesNothing()): Rendered {
  const { refs, sources } = named
  let config: Record<string, unknown> = {}
  const problem = (message: string, searched: string, fix?: string): Problem => ({
    code: 'template_error',
    message,
    at: placeOf(given, searched),
    fix,
  })
  // What does not keep the rest from being rendered, each once, so that one fault does not hide another.
  const noted = new Map<string, Problem>()
  const note = (message: string, searched: string, fix?: string): string => {
    noted.set(message, problem(message, searched, fix))
    return ''
  }
  const { vars } = catalog.project
  const text = (of: string, name: unknown): string | undefined => {
    if (typeof name === 'string' && name !== '') return name
    note(`\`${of}()\` needs a name.`, of, `Write it in quotes: ${of}('name').`)
    return undefined
  }
  const functions = {
    ref: (...args: unknown[]) => {
      const name = text('ref', args.filter((arg) => typeof arg === 'string').at(-1))
      if (name === undefined) return ''
      const current = currentName(name, catalog)
      refs.add(current)
      return mark('ref', current)
    },
    source: (...args: unknown[]) => {
      const [first, ...rest] = args.filter((arg) => typeof arg === 'string')
      const known = text('source', first)
      if (known === undefined) return ''
      const name = sourceName([known, ...rest], catalog)
      sources.add(name)
      return mark('source', name)
    },
    var: (name: unknown, ...rest: unknown[]) => {
      const key = text('var', name)
      if (key === undefined) return ''
      if (Object.hasOwn(vars, key)) return vars[key]
      if (rest.length > 0 || catalog.project.broken.has('vars', key)) return fallbackOf(rest)
      return note(
        `The variable \`${key}\` is not set.`,
        key,
        suggest(key, Object.keys(vars)) ??
          `Set it under \`vars:\`, with --vars, or write a default: var('${key}', …).`,
      )
    },
    env_var: (name: unknown, ...rest: unknown[]) => {
      const key = text('env_var', name)
      if (key === undefined) return ''
      const found = catalog.project.variable(key)
      if (found !== undefined) return found
      if (rest.length > 0 || catalog.project.broken.has('environment', key)) return fallbackOf(rest)
      return note(
        `The environment variable \`${key}\` is not set.`,
        key,
        `Set it, put it into \`.env\`, or write a default: env_var('${key}', …).`,
      )
    },
    config: (...args: unknown[]) => {
      for (const arg of args)
        if (arg !== null && typeof arg === 'object') config = { ...config, ...plain(arg) }
      return ''
    },
    is_incremental: () => false,
    this: mark('this', given.name),
    target: {
      name: catalog.project.target.name,
      type: catalog.project.target.type,
      schema: catalog.project.target.schema,
    },
  }
  /** All that is wrong so far. */
  const faults = (): Problem[] => {
    const { broken } = catalog.project
    const unknown = [...sources].filter(
      (name) =>
        !catalog.sources.some((source) => source.name === name) &&
        !broken.has('sources', name.split('.').at(-1) ?? ''),
    )
    return [...noted.values(), ...unknown.map((name) => unknownSource(name, given, catalog))]
  }
  const missing = new Set<string>()
  let rendered = ''
  for (let again = true; again;) {
    again = false
    try {
      const template = new Template(given.text)
      // White space around tags stays, as in dbt: trimming would join words that stand on two lines.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call -- the package's types do not resolve
      template.parsed = parse(tokenize(given.text, {}))
      rendered = template.render({ ...functions, ...givingNothing(missing) })
    } catch (error) {
      addWritten(named, given.text, catalog)
      const thrown = error instanceof Error ? error.message : String(error)
      const unknown = thrown.startsWith('Cannot call something')
        ? unknownCall(given.text, functions, missing)
        : undefined
      if (unknown === undefined) {
        // It may well be that something is missing where nothing was put in its place.
        if (noted.size > 0) break
        // What the engine's parser throws when a tag ends too early.
        const message = /^(Cannot read properties|Unexpected end of input)/.test(thrown)
          ? 'a tag or block is not closed'
          : thrown
        throw new ProblemError([
          ...faults(),
          {
            code: 'template_error',
            message: `The template cannot be rendered: ${message.replace(/\.?$/, '.')}`,
            at: brokenPlace(given, message),
          },
        ])
      }
      note(
        `There is no function \`${unknown}()\` in templates.`,
        unknown,
        'They know ref(), source(), var(), env_var(), config(), this, target and is_incremental().',
      )
      missing.add(unknown)
      again = true
    }
  }
  const problems = faults()
  if (problems.length > 0) throw new ProblemError(problems)
  const trimmed = rendered
    .replace(/^\s*\n/, '')
    .replace(/\s*;\s*(--[^\n]*\s*)*$/, '')
    .trimEnd()
  if (/^(\s|--.*|\/\*[\s\S]*?\*\/)*$/.test(trimmed)) {
    throw new ProblemError(
      problem('There is no query in this file.', '', 'Write a `select`, or remove the file.'),
    )
  }
  return {
    config,
    settings: Object.keys(config),
    setting(name) {
      const value = config[name]
      return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
    },
    refs: [...refs],
    sources: [...sources],
    fill: (relations) =>
      trimmed.replaceAll(MARKER, (_, kind: string, name: string) =>
        kind === 'ref' ? relations.ref(name) : kind === 'source' ? relations.source(name) : relations.self(),
      ),
  }
}

/**
 * A piece of SQL from a YAML file: `var()`, `env_var()` and `target`, and no relations.
 * @param at where the text stands
 * @throws ProblemError `template_error` at that place
 */
export function renderSqlText(text: string, at: Location, catalog: Catalog): string {
  if (!/\{[{%#]/.test(text)) return text
  let rendered: Rendered
  try {
    rendered = renderUserSql({ name: '', file: at.file, text }, catalog)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ProblemError(error.problems.map((problem) => ({ ...problem, at })))
  }
  let relations = 0
  const relation = () => {
    relations += 1
    return ''
  }
  const filled = rendered.fill({ ref: relation, source: relation, self: relation })
  if (relations === 0 && rendered.settings.length === 0) return filled
  throw new ProblemError({
    code: 'template_error',
    message: 'Here a template knows var(), env_var() and target only.',
    at,
    fix: 'For a condition on other relations write a query into tests/.',
  })
}

/** `source('commits')`, or dbt's two names `source('raw', 'commits')` for a source with `table: raw.commits`. */
export function sourceName(names: readonly string[], catalog: Catalog): string {
  if (names.length < 2) return names[0] ?? ''
  const byTable = catalog.sources.find(
    ({ relation }) => relation.kind === 'table' && relation.parts.slice(-2).join('.') === names.join('.'),
  )
  return byTable?.name ?? names.join('.')
}

/** What a template names by words, where it was not rendered to its end; no more than what it would come to. */
function addWritten({ refs, sources }: Named, text: string, catalog: Catalog): void {
  const call = /(?<![\w.])(ref|source)\(\s*((?:'[^']+'|"[^"]+")(?:\s*,\s*(?:'[^']+'|"[^"]+"))*)\s*\)/g
  for (const [tag] of withoutBranches(text).matchAll(/\{[{%][\s\S]*?[}%]\}/g)) {
    // `ref('a') if … else ref('b')` is one of them
    if (/^\{\{.*\bif\b/s.test(tag.replaceAll(/'[^']*'|"[^"]*"/g, ''))) continue
    for (const [, kind, list = ''] of tag.matchAll(call)) {
      const names = [...list.matchAll(/'([^']+)'|"([^"]+)"/g)].map((m) => m[1] ?? m[2] ?? '')
      if (kind === 'ref') refs.add(currentName(names.at(-1) ?? '', catalog))
      else sources.add(sourceName(names, catalog))
    }
  }
}

/**
 * A template without comments and raw text, and without what is inside of `if`, `macro` and `call`: whether that
 * is rendered is not known.
 */
function withoutBranches(text: string): string {
  const shown = text.replaceAll(
    /\{#[\s\S]*?#\}|\{%[-+]?\s*raw\b[\s\S]*?(\{%[-+]?\s*endraw\b[\s\S]*?%\}|$)/g,
    '',
  )
  let kept = ''
  let depth = 0
  let from = 0
  for (const { 0: tag, 1: word = '', index } of shown.matchAll(/\{%[-+]?\s*(\w+)[\s\S]*?%\}/g)) {
    if (depth === 0) kept += shown.slice(from, index)
    from = index + tag.length
    // its condition is looked at, whatever comes of it
    if (depth === 0 && !/^(macro|call)$/.test(word)) kept += tag
    if (/^(if|macro|call)$/.test(word)) depth += 1
    else if (/^end(if|macro|call)$/.test(word)) depth = Math.max(depth - 1, 0)
  }
  return depth === 0 ? kept + shown.slice(from) : kept
}

function unknownSource(name: string, given: UserSql, catalog: Catalog): Problem {
  const known = catalog.sources.map((source) => source.name)
  return {
    code: 'missing_reference',
    message: `There is no source \`${name}\`.`,
    at: placeOf(given, name.split('.').at(-1) ?? name),
    fix: suggestSource(name, known),
  }
}

/** The first function that a tag calls and that there is not, of those that were not found before. */
function unknownCall(text: string, known: object, before: ReadonlySet<string>): string | undefined {
  const tags = text.match(/\{[{%][\s\S]*?[}%]\}/g) ?? []
  const called = tags.flatMap((tag) =>
    [...tag.matchAll(/(?<![\w.'"])([A-Za-z_][\w.]*)\s*\(/g)].map((m) => m[1] ?? ''),
  )
  return called.find((name) => !before.has(name) && !Object.hasOwn(known, name.split('.')[0] ?? ''))
}

/** Functions of these names, alone or in packages, that give nothing: what comes after their calls is looked at too. */
function givingNothing(names: ReadonlySet<string>): Record<string, unknown> {
  const nothing = () => ''
  const functions: Record<string, unknown> = {}
  for (const name of names) {
    const [first = '', second] = name.split('.')
    functions[first] = second === undefined ? nothing : { ...(functions[first] as object), [second]: nothing }
  }
  return functions
}

/** The first place of a word in a file; the file's start when it is not there. */
export function placeOf(given: UserSql, word: string): Location {
  const lines = given.text.split(/\r?\n/)
  const index = lines.findIndex((line) => line.includes(word))
  const excerpt = lines[Math.max(0, index)] ?? ''
  return {
    file: given.file,
    line: Math.max(0, index) + 1,
    column: Math.max(0, excerpt.indexOf(word)) + 1,
    excerpt,
  }
}

/**
 * The template engine gives no positions, so the first line with which the text stops being a template is
 * searched for, or else a name that the message quotes.
 */
function brokenPlace(given: UserSql, message: string): Location {
  const quoted = /'([^']+)'|"([^"]+)"|`([^`]+)`/.exec(message)
  const word = quoted?.[1] ?? quoted?.[2] ?? quoted?.[3]
  if (word !== undefined && given.text.includes(word)) return placeOf(given, word)
  const lines = given.text.split('\n')
  const opening = lines.findIndex(
    (line) => (line.match(/\{[{%]/g)?.length ?? 0) !== (line.match(/[}%]\}/g)?.length ?? 0),
  )
  const index =
    opening >= 0
      ? opening
      : Math.max(
          0,
          lines.findIndex((line) => /\{[{%]/.test(line)),
        )
  const excerpt = lines[index] ?? ''
  return { file: given.file, line: index + 1, column: Math.max(0, excerpt.search(/\{[{%]/)) + 1, excerpt }
}

/** The second argument of `var` and `env_var`; the engine gives `none` as undefined, and `default=…` as a map. */
const fallbackOf = ([fallback]: readonly unknown[]): unknown =>
  fallback instanceof Map ? unwrapped(fallback.get('default')) : fallback

function plain(value: object): Record<string, unknown> {
  const entries = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key, unwrapped(item)]))
}

/** The engine boxes values as `{type, value}`. */
function unwrapped(item: unknown): unknown {
  if (item === null || typeof item !== 'object' || !('value' in item)) return item
  const { value } = item
  if (Array.isArray(value)) return value.map(unwrapped)
  return value instanceof Map ? plain(value) : value
}
