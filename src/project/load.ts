/** Reads a project's YAML files into one validated value; every problem at once. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import { ProblemError, suggest, throwIfAny, type Location, type Problem } from '../problems.ts'
import { readYaml, type Path, type YamlFile } from './document.ts'
import { pathText, problemsOf, type Locator } from './issues.ts'
import { MERGED_SECTIONS, projectSchema, type ProjectOptions, type TargetOptions } from './schema.ts'
import { isAlwaysSecret, isSecretName, secretsOf } from './secrets.ts'
import { resolveVariables, type Variables } from './variables.ts'

export interface LoadOptions {
  /** Name of the target; default: GWH_TARGET, then `target:`, then the only one. */
  readonly target?: string | undefined
  /** A file of NAME=value lines that is read before the process's own environment, which wins. */
  readonly envFile?: string | undefined
  /** `--vars`: a YAML map, or `name=value` pairs separated by spaces or commas. */
  readonly vars?: string | undefined
  /** No database will be opened: a connection whose variables are not set is no problem. */
  readonly offline?: boolean | undefined
  /** The environment; default: the process's. */
  readonly env?: Variables | undefined
}

export interface Project extends Omit<ProjectOptions, 'targets' | 'target'>, Locator {
  /** Absolute path of the project's folder. */
  readonly dir: string
  readonly target: TargetOptions & { readonly name: string }
  readonly targetNames: readonly string[]
  /** Values that must never be printed. There are more of them with each secret variable that is read. */
  readonly secrets: readonly string[]
  /** The value of a variable of the environment or the env file; it is a secret from then on if its name says so. */
  variable(name: string): string | undefined
}

const FILE = 'project.yml'

/**
 * @param dir folder with project.yml
 * @throws ProblemError with every problem of the YAML files
 */
export function loadProject(dir: string, options: LoadOptions = {}): Project {
  const files = new MergedFiles(path.resolve(dir))
  const variables = environment(options)
  const target = chooseTarget(files, options, variables)

  const problems: Problem[] = []
  const unset = new Set<string>()
  const secretVariables = new Set(Object.keys(variables).filter(isAlwaysSecret))
  const variable = (name: string) => {
    if (isSecretName(name)) secretVariables.add(name)
    return variables[name]
  }
  const otherTarget = (at: Path) => at[0] === 'targets' && at.length > 1 && at[1] !== target
  const resolved = resolveVariables(
    files.value,
    variable,
    (name, at) => {
      if (options.offline && at[0] === 'targets') return
      unset.add(pathText(at))
      problems.push({
        code: 'unset_variable',
        message: `The environment variable \`${name}\` is not set.`,
        at: files.locate(at),
        hint: `Set it, put it into a file for --env-file, or write a default: \${${name}:-…}.`,
      })
    },
    otherTarget,
  )
  const decoded = projectSchema.safeParse(resolved, { reportInput: true })
  // A field that could not be resolved is reported once, as unset.
  const issues = (decoded.error?.issues ?? []).filter((issue) => !unset.has(pathText(issue.path as Path)))
  problems.push(...problemsByName(issues, resolved, files))
  throwIfAny(problems)
  if (!decoded.success) throw decoded.error

  const { targets, ...rest } = decoded.data
  const chosen = targets[target]
  if (chosen === undefined) throw unknownTarget(target, Object.keys(targets), files.locateKey(['targets']))
  return {
    ...rest,
    vars: { ...rest.vars, ...commandLineVars(options.vars) },
    dir: files.dir,
    target: { ...chosen, name: target },
    targetNames: Object.keys(targets),
    get secrets() {
      return secretsOf(chosen, variables, secretVariables)
    },
    variable,
    locate: (at) => files.locate(at),
    locateKey: (at) => files.locateKey(at),
  }
}

type Issues = Parameters<typeof problemsOf>[0]

/** A report is known by its name, as in everything else that is said of it; other places by where they are. */
function problemsByName(issues: Issues, value: unknown, files: MergedFiles): Problem[] {
  const { reports } = value as { reports?: { name?: unknown }[] }
  const nameOf = ({ path: [section, i, field] }: Issues[number]) => {
    if (section !== 'reports' || field === undefined || field === 'name') return undefined
    const name = reports?.[Number(i)]?.name
    return typeof name === 'string' ? name : undefined
  }
  return [...new Set(issues.map(nameOf))].flatMap((name) => {
    const own = issues.filter((issue) => nameOf(issue) === name)
    if (name === undefined) return problemsOf(own, projectSchema, files)
    const inReport: Locator = {
      locate: (at) => files.locate(at),
      locateKey: (at) => files.locateKey(at),
      written: (at) => files.written(at).slice(2),
    }
    return problemsOf(own, projectSchema, inReport).map((problem) => ({
      ...problem,
      message: `Report \`${name}\`: ${problem.message}`,
    }))
  })
}

/** project.yml with the lists of connectors/*.yml and models/*.yml appended, and where each entry came from. */
class MergedFiles implements Locator {
  readonly dir: string
  readonly value: Record<string, unknown>
  readonly #main: YamlFile
  readonly #origins = new Map<string, { yaml: YamlFile; path: Path }>()

  constructor(dir: string) {
    this.dir = dir
    const file = path.join(dir, FILE)
    if (!existsSync(file)) {
      throw new ProblemError({
        code: 'project_not_found',
        message: `There is no ${FILE} in ${dir}.`,
        hint: 'Run gwh in the folder of your project, or name it with --project-dir.',
      })
    }
    const problems: Problem[] = []
    const read = (relative: string) => {
      const result = readYaml(relative, readFileSync(path.join(dir, relative), 'utf8'))
      problems.push(...result.problems)
      if (result.problems.length === 0 && !isMap(result.yaml.value)) {
        problems.push({
          code: 'invalid_value',
          message: `${relative} must be a map of fields.`,
          at: result.yaml.locate([]),
        })
      }
      return result.yaml
    }
    this.#main = read(FILE)
    this.value = isMap(this.#main.value) ? { ...this.#main.value } : {}
    for (const [folder, sections] of Object.entries(MERGED_SECTIONS)) {
      for (const relative of yamlFilesIn(dir, folder)) {
        const yaml = read(relative)
        problems.push(...this.#merge(yaml, sections))
      }
    }
    throwIfAny(problems)
  }

  #merge(yaml: YamlFile, sections: readonly string[]): Problem[] {
    if (!isMap(yaml.value)) return []
    const problems: Problem[] = []
    for (const [section, entries] of Object.entries(yaml.value)) {
      // dbt asks for `version: 2` at the top of such files.
      if (section === 'version' && entries === 2) continue
      const at = yaml.locateKey([section])
      if (!sections.includes(section)) {
        const message = `\`${section}\` is not a known field of ${yaml.file}.`
        problems.push({ code: 'unknown_field', message, at, hint: suggest(section, sections, 'It may hold') })
      } else if (!Array.isArray(entries)) {
        problems.push({ code: 'invalid_value', message: `\`${section}\` must be a list.`, at })
      } else {
        const merged = Array.isArray(this.value[section]) ? [...(this.value[section] as unknown[])] : []
        for (const [i, entry] of entries.entries()) {
          this.#origins.set(`${section}[${merged.length}]`, { yaml, path: [section, i] })
          merged.push(entry)
        }
        this.value[section] = merged
      }
    }
    return problems
  }

  locate(at: Path): Location {
    const { yaml, path } = this.#origin(at)
    return yaml.locate(path)
  }

  locateKey(at: Path): Location {
    const { yaml, path } = this.#origin(at)
    return yaml.locateKey(path)
  }

  written(at: Path): Path {
    return this.#origin(at).path
  }

  #origin(at: Path): { yaml: YamlFile; path: Path } {
    const origin = at.length >= 2 ? this.#origins.get(pathText(at.slice(0, 2))) : undefined
    return origin
      ? { yaml: origin.yaml, path: [...origin.path, ...at.slice(2)] }
      : { yaml: this.#main, path: at }
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

function yamlFilesIn(dir: string, folder: string): string[] {
  const full = path.join(dir, folder)
  if (!existsSync(full)) return []
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
}

function environment(options: LoadOptions): Variables {
  const env = options.env ?? process.env
  if (options.envFile === undefined) return env
  if (!existsSync(options.envFile)) {
    throw new ProblemError({
      code: 'missing_file',
      message: `The file for --env-file does not exist: ${options.envFile}`,
    })
  }
  return { ...(parseEnv(readFileSync(options.envFile, 'utf8')) as Variables), ...env }
}

function chooseTarget(files: MergedFiles, options: LoadOptions, variables: Variables): string {
  const targets = isMap(files.value['targets']) ? Object.keys(files.value['targets']) : []
  const inFile = files.value['target']
  // An empty variable counts as unset, as everywhere.
  const fromEnvironment = options.target === undefined ? variables['GWH_TARGET'] || undefined : undefined
  const chosen = options.target ?? fromEnvironment ?? (typeof inFile === 'string' ? inFile : targets[0])
  if (chosen === undefined) return ''
  if (targets.length > 0 && !targets.includes(chosen)) {
    const at = chosen === inFile ? files.locate(['target']) : files.locateKey(['targets'])
    throw unknownTarget(chosen, targets, at, fromEnvironment === undefined ? '' : ', which GWH_TARGET names')
  }
  if (
    options.target === undefined &&
    inFile === undefined &&
    targets.length > 1 &&
    fromEnvironment === undefined
  ) {
    throw new ProblemError({
      code: 'unknown_target',
      message: 'There are several targets and none is named as the one in use.',
      at: files.locateKey(['targets']),
      hint: `Add \`target: ${chosen}\`, or call gwh with --target.`,
    })
  }
  return chosen
}

function unknownTarget(target: string, targets: readonly string[], at: Location, named = ''): ProblemError {
  return new ProblemError({
    code: 'unknown_target',
    message: `There is no target \`${target}\`${named}.`,
    at,
    hint: suggest(target, targets, 'The targets are'),
  })
}

/** `{n: 3}` or `n=3,m=x` */
function commandLineVars(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  const invalid = (message: string) =>
    new ProblemError({ code: 'usage', message, hint: "Write --vars '{name: value}' or --vars name=value." })
  if (/^\s*[A-Za-z_]\w*=/.test(text)) {
    return Object.fromEntries(
      text.split(/[,\s]+(?=[A-Za-z_]\w*=)/).map((pair) => {
        const equals = pair.indexOf('=')
        return [pair.slice(0, equals).trim(), parse(pair.slice(equals + 1)) as unknown]
      }),
    )
  }
  let value: unknown
  try {
    value = parse(text)
  } catch {
    throw invalid('--vars is not readable as YAML.')
  }
  if (!isMap(value)) throw invalid('--vars must be a map of names to values.')
  return value
}
