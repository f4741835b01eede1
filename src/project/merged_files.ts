/** project.yml with the lists of connectors/*.yml and models/*.yml appended, and where each entry came from. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ProblemError, suggest, thousands, type Location, type Problem } from '../problems.ts'
import type { Broken, BrokenSection } from './broken.ts'
import { readYaml, type YamlFile } from './yaml_document.ts'
import type { Path } from './path.ts'
import type { Bounds } from './inside.ts'
import { pathText, type Locator } from './zod_problems.ts'
import { Unquoted } from './scalars.ts'
import { MERGED_SECTIONS } from './schema.ts'
import type { Secrets } from './secrets.ts'
import { filesBelow, readText } from './text_files.ts'

const FILE = 'project.yml'

/** All that project.yml may hold and other files refer to. */
const SECTIONS = [
  'external_paths',
  'group_keys',
  'models',
  'reports',
  'sources',
  'unit_tests',
  'vars',
] as const satisfies readonly BrokenSection[]

interface Origin {
  readonly yaml: YamlFile
  readonly path: Path
}

export class MergedFiles implements Locator {
  readonly dir: string
  readonly value: Record<string, unknown>
  /** project.yml is a map, whatever is in it. */
  readonly isRead: boolean
  readonly #main: YamlFile
  /** By section, in the order of its entries. */
  readonly #origins = new Map<string, Origin[]>()

  /**
   * @param problems is given what is wrong in the files; what they hold is not known then, and `broken` says so
   * @param secrets is told of those that stand in the files
   * @throws ProblemError where there is no project.yml
   */
  constructor(dir: string, problems: Problem[], broken: Broken, secrets: Secrets) {
    this.dir = dir
    if (!existsSync(path.join(dir, FILE))) {
      throw new ProblemError({
        code: 'project_not_found',
        message: `There is no ${FILE} in ${dir}.`,
        fix: 'Run gwh in the folder of your project, or name it with --project-dir.',
      })
    }
    const main = read({ dir, external_paths: [] }, FILE, problems, secrets)
    if (!isMap(main.value)) for (const section of SECTIONS) broken.add(section, undefined)
    if (main.value === null) problems.push(noMap(main))
    this.#main = main
    this.isRead = isMap(main.value)
    this.value = isMap(main.value) ? { ...main.value } : {}
    for (const [section, entries] of Object.entries(this.value)) {
      if (!Array.isArray(entries)) continue
      this.#origins.set(
        section,
        entries.map((_, i) => ({ yaml: main, path: [section, i] })),
      )
    }
    const external: unknown = this.value['external_paths']
    const named = Array.isArray(external) ? external.filter((item) => typeof item === 'string') : []
    const bounds = { dir, external_paths: named }
    for (const [folder, sections] of Object.entries(MERGED_SECTIONS)) {
      for (const file of filesBelow(dir, folder, /\.ya?ml$/)) {
        const yaml = read(bounds, file, problems, secrets)
        if (yaml.value === undefined) for (const section of sections) broken.add(section, undefined)
        this.#merge(yaml, sections, problems, broken)
      }
    }
    this.#checkGroupKeys()
  }

  /** @throws ProblemError at once: whatever else was found would be said for each key */
  #checkGroupKeys(): void {
    const keys = this.value['group_keys']
    if (!Array.isArray(keys) || keys.length <= MOST_GROUP_KEYS) return
    throw new ProblemError({
      code: 'invalid_value',
      message: `There are ${thousands(keys.length)} group keys, and a project has room for ${thousands(MOST_GROUP_KEYS)}.`,
      at: this.locateKey(['group_keys']),
      fix: 'A group key is a kind of group, such as `company_id`; the groups themselves are in the data.',
    })
  }

  #merge(yaml: YamlFile, sections: readonly BrokenSection[], problems: Problem[], broken: Broken): void {
    if (!isMap(yaml.value)) return
    for (const [section, entries] of Object.entries(yaml.value)) {
      // dbt asks for `version: 2` at the top of such files.
      if (section === 'version' && entries instanceof Unquoted && entries.value === 2) continue
      const at = yaml.locateKey([section])
      if (!sections.some((known) => known === section)) {
        const message = `\`${section}\` is not a known field of ${yaml.file}.`
        problems.push({ code: 'unknown_field', message, at, fix: suggest(section, sections, 'It may hold') })
        // It may be a section that is misspelled.
        for (const known of sections) broken.add(known, undefined)
      } else if (Array.isArray(entries)) {
        // What is no list in project.yml is a problem there.
        const before = this.value[section] ?? []
        if (!Array.isArray(before)) continue
        const origins = this.#origins.get(section) ?? []
        for (const i of entries.keys()) origins.push({ yaml, path: [section, i] })
        this.#origins.set(section, origins)
        // In place: there may be a file for each of thousands of reports.
        for (const entry of entries as unknown[]) (before as unknown[]).push(entry)
        this.value[section] = before
      } else if (entries !== null) {
        problems.push({ code: 'invalid_value', message: `\`${section}\` must be a list.`, at })
        for (const known of sections.filter((s) => s === section)) broken.add(known, undefined)
      }
    }
  }

  /** Forgets entries of a section; places are asked for by what is left. */
  drop(section: string, entries: ReadonlySet<number>): void {
    const origins = this.#origins.get(section) ?? []
    this.#origins.set(
      section,
      origins.filter((_, i) => !entries.has(i)),
    )
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

  #origin(at: Path): Origin {
    const [section, i] = at
    const origin = typeof i === 'number' ? this.#origins.get(pathText([section ?? '']))?.[i] : undefined
    return origin
      ? { yaml: origin.yaml, path: [...origin.path, ...at.slice(2)] }
      : { yaml: this.#main, path: at }
  }
}

/** A file's value: a map, null where there is nothing in it, undefined where it is wrong. */
function read(bounds: Bounds, file: string, problems: Problem[], secrets: Secrets): YamlFile {
  const text = readText(bounds, file, problems)
  const { yaml, problems: found } = readYaml(file, text ?? '', secrets)
  problems.push(...found)
  if (text === undefined || found.length > 0) return { ...yaml, value: undefined }
  if (isMap(yaml.value) || yaml.value === null) return yaml
  problems.push(noMap(yaml))
  return { ...yaml, value: undefined }
}

/** A relation of PostgreSQL has room for 1,600 columns, and events have one for each group key. */
const MOST_GROUP_KEYS = 1_000

const noMap = (yaml: YamlFile): Problem => ({
  code: 'invalid_value',
  message: `${yaml.file} must be a map of fields.`,
  at: yaml.locate([]),
})

export const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Unquoted)
