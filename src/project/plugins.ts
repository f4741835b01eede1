/**
 * Plugins: modules that project.yml names under `plugins:`, and nothing else does. Loading one runs its code, with
 * the rights of whoever runs gwh. What a plugin brings is known here by its kind and name only.
 */
import { createRequire, isBuiltin } from 'node:module'
import path from 'node:path'
import type { ZodObject } from 'zod'
import type { Location, Problem } from '../problems.ts'
import { isBelow, isInside, linkedOutside, type Bounds } from './inside.ts'
import type { Locator } from './zod_problems.ts'

/** Everything that plugins may bring. */
export const PLUGIN_KINDS = ['engine', 'connector', 'model', 'report', 'check'] as const

export type PluginKind = (typeof PLUGIN_KINDS)[number]

/** One thing that a plugin brings, as the functions of `gwh/kit` make it. */
export interface PluginPart<Value = unknown> {
  /** Marks it among what a module exports. */
  readonly gwh: PluginKind
  /** As project.yml names it. */
  readonly name: string
  readonly value: Value
  /** Of an engine: what project.yml may say of its targets. */
  readonly target?: ZodObject | undefined
}

export interface Plugin {
  /** As project.yml names it. */
  readonly name: string
  readonly at: Location
  readonly parts: readonly PluginPart[]
}

/** For people: connector `x`. */
export const partText = ({ gwh, name }: PluginPart): string => `${gwh} \`${name}\``

/** What plugins bring of one kind, with the plugin that each is of. */
export const partsOfKind = (plugins: readonly Plugin[], kind: PluginKind) =>
  plugins.flatMap((plugin) =>
    plugin.parts.filter(({ gwh }) => gwh === kind).map((part) => ({ plugin, part })),
  )

/** What project.yml may say of the targets of engines that plugins bring. */
export const targetsOf = (plugins: readonly Plugin[]): ZodObject[] =>
  partsOfKind(plugins, 'engine').flatMap(({ part }) => part.target ?? [])

/** What project.yml says, as far as plugins are concerned: before variables are resolved and fields are checked. */
interface Given extends Pick<Locator, 'locate'> {
  readonly dir: string
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Loads the plugins of a project.
 * @param problems is given those that cannot be loaded, and names that are there twice
 */
export function loadPlugins(given: Given, problems: Problem[]): Plugin[] {
  const names = given.value['plugins']
  if (!Array.isArray(names)) return []
  const external = given.value['external_paths']
  const paths = Array.isArray(external) ? external.filter((one) => typeof one === 'string') : []
  const bounds = { dir: given.dir, external_paths: paths }
  const plugins = names.flatMap((name: unknown, i) => {
    if (typeof name !== 'string' || name === '') return []
    const at = given.locate(['plugins', i])
    const found = loadPlugin(name, at, bounds)
    if ('parts' in found) return [found]
    problems.push(found)
    return []
  })
  problems.push(...doubled(plugins))
  return plugins
}

/** `./x.js` is a file of the project; everything else is a package. */
const isFile = (name: string) => /^\.{0,2}[/\\]|^[a-z]:[/\\]/i.test(name)

const PACKAGE = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/i

function loadPlugin(name: string, at: Location, bounds: Bounds): Plugin | Problem {
  if (name.includes('${')) {
    return {
      code: 'invalid_value',
      message: `The plugin \`${name}\` is named by a variable, and what code runs is said by project.yml alone.`,
      at,
      fix: 'Write the name of the package, or the path of the file.',
    }
  }
  const load = createRequire(path.join(bounds.dir, 'project.yml'))
  if (isFile(name)) {
    const wrong = outside(name, path.resolve(bounds.dir, name), bounds)
    if (wrong) return { ...wrong, at }
  } else if (!PACKAGE.test(name) || isBuiltin(name)) {
    return {
      code: 'invalid_value',
      message: `\`${name}\` is neither a package nor a file.`,
      at,
      fix: 'Write the name of a package, or the path of a file that begins with `./`.',
    }
  }
  let file: string
  try {
    file = load.resolve(name)
  } catch {
    return {
      code: 'missing_plugin',
      message: isFile(name)
        ? `There is no file \`${name}\` to load as a plugin.`
        : `The package \`${name}\` is not installed where the project is.`,
      at,
      fix: isFile(name)
        ? `Paths are relative to the project's folder, ${bounds.dir}.`
        : `Install it there with \`npm install ${name}\`; a file of the project is written as \`./${name}.js\`.`,
    }
  }
  // `./x` may be found as `./x.js`.
  const wrong = isFile(name) ? outside(name, file, bounds) : undefined
  if (wrong) return { ...wrong, at }
  try {
    const parts = partsIn(load(file) as unknown)
    if (parts.length > 0) return { name, at, parts }
    return {
      code: 'plugin_failed',
      message: `The plugin \`${name}\` exports nothing that gwh knows.`,
      at,
      fix: 'Export what the functions of `gwh/kit` return: `export default connector({…})`, or a list of them.',
    }
  } catch (error) {
    return failed(name, at, error)
  }
}

/** Undefined for a file that may be loaded. @param file absolute */
function outside(name: string, file: string, bounds: Bounds): Problem | undefined {
  if (isInside(bounds, file)) return undefined
  if (isBelow(file, bounds.dir)) return linkedOutside(name)
  return {
    code: 'path_outside_project',
    message: `The plugin \`${name}\` lies outside of the project's folder.`,
    fix: 'If that is meant, name its folder under `external_paths:` in project.yml.',
  }
}

function failed(name: string, at: Location, error: unknown): Problem {
  const isAsync = error instanceof Error && 'code' in error && error.code === 'ERR_REQUIRE_ASYNC_MODULE'
  return {
    code: 'plugin_failed',
    message: isAsync
      ? `The plugin \`${name}\` waits for something while it is loaded.`
      : `The plugin \`${name}\` cannot be loaded: its code fails.`,
    at,
    cause: isAsync ? undefined : error instanceof Error ? error.message.split('\n')[0] : String(error),
    fix: isAsync
      ? 'Leave `await` at the top of the module out; what takes time belongs into functions.'
      : 'A plugin is JavaScript for this version of Node, and finds its own packages; what it throws stands above.',
  }
}

/** All that a module exports and that is marked, by itself or in lists; nothing twice. */
function partsIn(module: unknown): PluginPart[] {
  if (module === null || typeof module !== 'object') return []
  const exported = Object.values(module).flat() as unknown[]
  return [...new Set(exported.filter(isPart))]
}

function isPart(value: unknown): value is PluginPart {
  if (value === null || typeof value !== 'object') return false
  const { gwh, name, value: brought } = value as Partial<PluginPart>
  return PLUGIN_KINDS.some((kind) => kind === gwh) && typeof name === 'string' && brought !== undefined
}

/** Two plugins must not bring the same thing. */
function doubled(plugins: readonly Plugin[]): Problem[] {
  const owners = new Map<string, Plugin>()
  return plugins.flatMap((plugin) =>
    plugin.parts.flatMap(({ gwh, name }): Problem[] => {
      const owner = owners.get(`${gwh} ${name}`)
      owners.set(`${gwh} ${name}`, plugin)
      return owner === undefined ? [] : [clash(plugin, gwh, name, `as \`${owner.name}\` does`)]
    }),
  )
}

/** @param whose where the other one is from: `as … does` */
export const clash = (
  { name: plugin, at }: Plugin,
  kind: PluginKind,
  name: string,
  whose: string,
): Problem => ({
  code: 'duplicate_name',
  message: `The plugin \`${plugin}\` brings ${kind === 'engine' ? 'an' : 'a'} ${kind} \`${name}\`, ${whose}.`,
  at,
  fix: 'Leave one of the two out, or give it another name.',
})
