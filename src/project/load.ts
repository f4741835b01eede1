/** Reads a project's YAML files into one validated value; every problem at once. */
import path from 'node:path'
import type * as z from 'zod'
import { suggest, type Problem } from '../problems.ts'
import { Broken } from './broken.ts'
import { readYaml } from './yaml_document.ts'
import type { Path } from './path.ts'
import { environmentOf, type EnvironmentOptions } from './env_file.ts'
import { pathText, problemsOf, type Locator } from './zod_problems.ts'
import { isMap, MergedFiles } from './merged_files.ts'
import { decode, plainValue } from './scalars.ts'
import { NO_TARGET, PASSWORD_VARIABLES, type TargetOptions } from '../engines/targets.ts'
import { ownField } from './own_field.ts'
import { loadPlugins, targetsOf, type Plugin } from './plugins.ts'
import { projectSchemaWith, type ProjectOptions } from './schema.ts'
import { soundPart } from './sound.ts'
import { findSecrets } from './secret_fields.ts'
import { isAlwaysSecret, isSecretName, Secrets } from './secrets.ts'
import { resolveVariables, type Variables } from './variables.ts'

export interface LoadOptions extends EnvironmentOptions {
  /** Name of the target; default: GWH_TARGET, then `target:`, then the only one. */
  readonly target?: string | undefined
  /** `--vars`: a YAML map, or `name=value` pairs separated by spaces or commas. */
  readonly vars?: string | undefined
  /** No database will be opened: a connection whose variables are not set is no problem. */
  readonly offline?: boolean | undefined
  /** Is told of every secret as soon as it is read, also where loading fails. */
  readonly secrets?: Secrets | undefined
}

export interface Project extends Omit<ProjectOptions, 'targets' | 'target' | 'plugins'>, Locator {
  /** Absolute path of the project's folder. */
  readonly dir: string
  readonly target: TargetOptions & { readonly name: string }
  readonly targetNames: readonly string[]
  /** Those that could be loaded. */
  readonly plugins: readonly Plugin[]
  /** It is clear which target is meant, and nothing is wrong with it: its database can be opened. */
  readonly targetIsSound: boolean
  /** Values that must never be printed. There are more of them with each secret variable that is read. */
  readonly secrets: Secrets
  /** Takes the values of variables for secrets that stand in fields of which a problem tells. */
  hideFailed(problems: readonly Problem[]): void
  /** What is not in here because something is wrong with it. */
  readonly broken: Broken
  /** The value of a variable of the environment or the env file; it is a secret from then on if its name says so. */
  variable(name: string): string | undefined
}

/**
 * @param dir folder with project.yml
 * @param problems is given everything that is wrong in the YAML files; what they say otherwise is returned
 * @throws ProblemError where there is no project.yml
 */
export function loadProject(dir: string, options: LoadOptions, problems: Problem[]): Project {
  const broken = new Broken()
  const secrets = options.secrets ?? new Secrets()
  const files = new MergedFiles(path.resolve(dir), problems, broken, secrets)
  const variables = environmentOf(options, files.dir, problems, broken)
  for (const [name, value = ''] of Object.entries(variables)) if (isAlwaysSecret(name)) secrets.add(value)
  const target = chooseTarget(files, options, variables, broken, problems)
  const vars = commandLineVars(options.vars, problems, secrets)
  findSecrets({ vars }, secrets)

  const unset = new Map<string, Path>()
  const variable = (name: string, fallback?: string) => {
    const value = ownField(variables, name)
    const used = value || (fallback ?? '')
    if (isSecretName(name)) secrets.add(used)
    secrets.addUrl(used)
    return value
  }
  const uses: Use[] = []
  const isUnread = ([section]: Path) => options.offline === true && section === 'targets'
  const otherTarget = (at: Path) => at[0] === 'targets' && at.length > 1 && at[1] !== target
  const resolved = resolveVariables(
    files.value,
    (name, at, fallback) => {
      const value = variable(name, fallback)
      uses.push({ name, at, value: value || (fallback ?? '') })
      return value === '' && isUnread(at) ? undefined : value
    },
    (name, at) => {
      if (isUnread(at)) return
      unset.set(pathText(at), at)
      if (broken.has('environment', name)) return
      problems.push({
        code: 'unset_variable',
        message: `The environment variable \`${name}\` is not set.`,
        at: files.locate(at),
        fix: `Set it, put it into \`.env\`, or write a default: \${${name}:-…}.`,
      })
    },
    otherTarget,
  ) as Record<string, unknown>
  findSecrets(resolved, secrets)
  for (const name of namesInView(files.value)) secrets.show(name)
  const written = JSON.stringify(resolved['targets'] ?? null)
  for (const [type, names] of Object.entries(PASSWORD_VARIABLES))
    if (written.includes(`"type":"${type}"`))
      for (const name of names) secrets.addPassword(variables[name] ?? '')
  const before = problems.length
  const plugins = loadPlugins(files, problems)
  // What they would bring is unknown then, and not wrong.
  if (problems.length > before) broken.add('plugins', undefined)
  const schema = projectSchemaWith(targetsOf(plugins))
  const decoded = decode(schema, resolved)
  // A field that could not be resolved is reported once, as unset.
  const issues = (decoded.error?.issues ?? []).filter(
    (issue) =>
      !unset.has(pathText(issue.path as Path)) &&
      !(broken.any('plugins') && isTypeOfTarget(issue.path as Path)),
  )
  for (const { at, value } of uses)
    if (issues.some((issue) => isOneInTheOther(at, issue.path as Path))) secrets.add(value)
  // What is missing in a file that cannot be read may be there.
  if (files.isRead) {
    const { empty, others } = setToNothing(issues, uses, files)
    problems.push(...empty, ...problemsByName(others, resolved, files, schema))
  }
  const sound =
    decoded.success && unset.size === 0
      ? decoded.data
      : soundPart(resolved, decoded.error?.issues ?? [], [...unset.values()], files, broken)

  const { targets, ...rest } = sound
  const chosen = ownField(targets, target) ?? NO_TARGET
  const ofTarget: Path = ['targets', target]
  const faults = [...(decoded.error?.issues ?? []).map((issue) => issue.path as Path), ...unset.values()]
  return {
    ...rest,
    plugins,
    vars: plainValue({ ...rest.vars, ...vars }) as Record<string, unknown>,
    dir: files.dir,
    target: { ...chosen, name: target },
    targetNames: Object.keys(targets),
    targetIsSound:
      ownField(targets, target) !== undefined &&
      !problems.some(({ code }) => code === 'unknown_target') &&
      !faults.some((at) => at.length > 0 && isOneInTheOther(at, ofTarget)),
    broken,
    secrets,
    hideFailed: (found) => hideFailed(found, uses, files, secrets),
    variable: (name) => variable(name),
    locate: (at) => files.locate(at),
    locateKey: (at) => files.locateKey(at),
    written: (at) => files.written(at),
  }
}

/** A variable in a field: where it stands, and its value. */
interface Use {
  readonly name: string
  readonly at: Path
  readonly value: string
}

/** A field that takes no empty text, and has it from a variable: what CI gives in place of a secret that is not there. */
function setToNothing(issues: Issues, uses: readonly Use[], files: Locator) {
  const nameIn = ({ input, path }: Issues[number]) =>
    input === '' ? uses.find(({ at }) => pathText(at) === pathText(path as Path))?.name : undefined
  const empty = issues.flatMap((issue): Problem[] => {
    const name = nameIn(issue)
    if (name === undefined) return []
    return [
      {
        code: 'unset_variable',
        message: `The environment variable \`${name}\` is set to nothing, and this field takes no empty text.`,
        at: files.locate(issue.path as Path),
        fix: `Give it a value, or write a default: \${${name}:-…}.`,
      },
    ]
  })
  return { empty, others: issues.filter((issue) => nameIn(issue) === undefined) }
}

const isTypeOfTarget = ([section, , field, ...more]: Path): boolean =>
  section === 'targets' && field === 'type' && more.length === 0

const isOneInTheOther = (a: Path, b: Path): boolean =>
  a.slice(0, Math.min(a.length, b.length)).every((part, i) => part === b[i])

/** A variable in a field that does not take its value is maybe another than was meant. Paths say where files are. */
function hideFailed(
  problems: readonly Problem[],
  uses: readonly Use[],
  files: Locator,
  secrets: Secrets,
): void {
  const places = new Set(
    problems
      .filter(({ code }) => code !== 'path_outside_project' && code !== 'missing_file')
      .map(({ at }) => at && JSON.stringify([at.file, at.line, at.column])),
  )
  for (const { at, value } of uses) {
    for (const { file, line, column } of [files.locate(at), files.locateKey(at)])
      if (places.has(JSON.stringify([file, line, column]))) secrets.add(value)
  }
}

/** Names that are printed wherever a project is told of, as they stand in the file. */
function namesInView(value: Readonly<Record<string, unknown>>): string[] {
  const { name, targets, group_keys: keys, sources } = value
  const maps = [targets, keys, sources].flatMap((entries) =>
    entries !== null && typeof entries === 'object' ? (Object.values(entries) as unknown[]) : [],
  )
  const named = maps.filter(isMap).flatMap((map) => [map['name'], map['type'], map['schema'], map['path']])
  const texts = [name, ...named].filter((text) => typeof text === 'string' && !text.includes('${'))
  return ['gwh', ...(isMap(targets) ? Object.keys(targets) : []), ...(texts as string[])]
}

type Issues = Parameters<typeof problemsOf>[0]

/** A report is known by its name, as in everything else that is said of it; other places by where they are. */
function problemsByName(issues: Issues, value: unknown, files: MergedFiles, schema: z.ZodType): Problem[] {
  const { reports } = value as { reports?: { name?: unknown }[] }
  const nameOf = ({ path: [section, i, field] }: Issues[number]) => {
    if (section !== 'reports' || field === undefined || field === 'name') return undefined
    const name = reports?.[Number(i)]?.name
    return typeof name === 'string' ? name : undefined
  }
  const byName = new Map<string | undefined, Issues[number][]>()
  for (const issue of issues) {
    const name = nameOf(issue)
    const known = byName.get(name)
    if (known) known.push(issue)
    else byName.set(name, [issue])
  }
  return [...byName].flatMap(([name, own]) => {
    if (name === undefined) return problemsOf(own, schema, files)
    const inReport: Locator = {
      locate: (at) => files.locate(at),
      locateKey: (at) => files.locateKey(at),
      written: (at) => files.written(at).slice(2),
    }
    return problemsOf(own, schema, inReport).map((problem) => ({
      ...problem,
      message: `Report \`${name}\`: ${problem.message}`,
    }))
  })
}

function chooseTarget(
  files: MergedFiles,
  options: LoadOptions,
  variables: Variables,
  broken: Broken,
  problems: Problem[],
): string {
  const targets = isMap(files.value['targets']) ? Object.keys(files.value['targets']) : []
  const inFile = files.value['target']
  // There is no target without a name.
  const fromEnvironment = options.target === undefined ? variables['GWH_TARGET'] || undefined : undefined
  const chosen = options.target ?? fromEnvironment ?? (typeof inFile === 'string' ? inFile : targets[0])
  if (chosen === undefined) return ''
  if (targets.length > 0 && !targets.includes(chosen)) {
    const at = chosen === inFile ? files.locate(['target']) : files.locateKey(['targets'])
    const named = fromEnvironment === undefined ? '' : ', which GWH_TARGET names'
    problems.push({
      code: 'unknown_target',
      message: `There is no target \`${chosen}\`${named}.`,
      at,
      fix: suggest(chosen, targets, 'The targets are'),
    })
  } else if (
    options.target === undefined &&
    inFile === undefined &&
    targets.length > 1 &&
    fromEnvironment === undefined &&
    !broken.has('environment', 'GWH_TARGET')
  ) {
    problems.push({
      code: 'unknown_target',
      message: 'There are several targets and none is named as the one in use.',
      at: files.locateKey(['targets']),
      fix: `Add \`target: ${chosen}\`, or call gwh with --target.`,
    })
  }
  return chosen
}

/** `{n: 3}` or `n=3,m=x` */
function commandLineVars(
  text: string | undefined,
  problems: Problem[],
  secrets: Secrets,
): Record<string, unknown> {
  if (text === undefined || text.trim() === '') return {}
  const invalid = (message: string) => {
    problems.push({ code: 'usage', message, fix: "Write --vars '{name: value}' or --vars name=value." })
    return {}
  }
  const read = (yaml: string) => {
    const { yaml: file, problems: found } = readYaml('--vars', yaml, secrets)
    return found.length > 0 ? undefined : { value: file.value }
  }
  if (/^\s*[A-Za-z_]\w*=/.test(text)) {
    const pairs = text.split(/[,\s]+(?=[A-Za-z_]\w*=)/).map((pair) => {
      const equals = pair.indexOf('=')
      return [pair.slice(0, equals).trim(), read(pair.slice(equals + 1))] as const
    })
    const wrong = pairs.find(([, given]) => given === undefined)
    if (wrong) return invalid(`The value of \`${wrong[0]}\` in --vars is not readable as YAML.`)
    return Object.fromEntries(pairs.map(([name, given]) => [name, given?.value]))
  }
  const given = read(text)
  if (given === undefined) return invalid('--vars is not readable as YAML.')
  return isMap(given.value) ? given.value : invalid('--vars must be a map of names to values.')
}
