/** The user's own relations and singular tests: `models/*.sql` and `tests/*.sql`. */
import path from 'node:path'
import * as z from 'zod'
import { engineOf } from '../engines/index.ts'
import { collecting, quotedList, ProblemError, suggest, type Location, type Problem } from '../problems.ts'
import type { Path } from '../project/path.ts'
import { problemsOf } from '../project/zod_problems.ts'
import { SETTING_NAMES } from '../project/relation_settings.ts'
import { queryTestFields } from '../project/test_schema.ts'
import type { Bounds } from '../project/inside.ts'
import { filesBelow, readText } from '../project/text_files.ts'
import { asWritten, textFor } from '../sql/spelling.ts'
import { sql } from '../sql/sql.ts'
import { hasBrokenColumns, isBrokenModel } from './broken_models.ts'
import { currentName } from './old_names.ts'
import type { Catalog } from './catalog.ts'
import type { DeclaredTest, Materialization, Model } from './model.ts'
import { called } from './called.ts'
import { settingsInSql, withSettings } from './relation_settings.ts'
import { givenConfig, type TestConfig } from './test_config.ts'
import { namesNothing, placeOf, renderUserSql, type Rendered, type UserSql } from './jinja.ts'

export interface UserModel extends Model {
  readonly rendered: Rendered
  readonly userSql: UserSql
}

/** A query in tests/ that returns the rows that are wrong. */
export interface SingularTest {
  readonly name: string
  /** What its `config()` says. */
  readonly config: Partial<TestConfig>
  /** SQL of the number of failures. */
  readonly failCalc: string | undefined
  readonly rendered: Rendered
  readonly userSql: UserSql
}

/** Where rows for unit tests are, as files. */
export const FIXTURES = 'tests/fixtures/'

const MATERIALIZATIONS: readonly Materialization[] = ['view', 'table', 'ephemeral']

/** SQL files below a folder of the project, by name. */
function sqlFilesIn(bounds: Bounds, folder: string, problems: Problem[]): SqlFile[] {
  return filesBelow(bounds.dir, folder, /\.sql$/).map((file) => ({
    name: path.basename(file, '.sql'),
    file,
    text: readText(bounds, file, problems),
  }))
}

/** One that cannot be read has no text, and that is a problem already. */
interface SqlFile extends Omit<UserSql, 'text'> {
  readonly text: string | undefined
}

const isRead = (file: SqlFile): file is UserSql => file.text !== undefined

/** The models that a file names, also one that is wrong otherwise. */
export interface References {
  readonly userSql: UserSql
  readonly refs: Iterable<string>
}

/**
 * Those that cannot be rendered are known by name alone.
 * @param references is given what each of them refers to
 */
export function userModels(catalog: Catalog, problems: Problem[], references: References[]): Model[] {
  const make = (userSql: UserSql): UserModel => {
    const named = namesNothing()
    references.push({ userSql, refs: named.refs })
    const rendered = renderUserSql(userSql, catalog, named)
    const at = placeOf(userSql, 'materialized')
    problems.push(...unknownSettings(rendered, ['materialized', ...SETTING_NAMES], userSql))
    return {
      name: userSql.name,
      description: '',
      grain: [],
      columns: {},
      dependsOn: rendered.refs,
      sources: rendered.sources,
      materialized: materializationOf(rendered, at, problems),
      file: userSql.file,
      at: placeOf(userSql, ''),
      settings: settingsInSql(rendered, userSql, problems),
      rendered,
      userSql,
      select: (c) =>
        asWritten(
          rendered.fill({
            ref: (model) => textFor(c.ref(model), engineOf(catalog.project)),
            source: (source) => textFor(c.given(source), engineOf(catalog.project)),
            self: () => textFor(c.ref(userSql.name), engineOf(catalog.project)),
          }),
        ),
    }
  }
  const files = sqlFilesIn(catalog.project, 'models', problems)
  return files.map(
    (file) => (isRead(file) ? collecting(problems, () => make(file))[0] : undefined) ?? stubOf(file, catalog),
  )
}

/** In the place of a model that cannot be rendered: what refers to it refers to something. */
function stubOf({ name, file }: SqlFile, { project }: Catalog): Model {
  project.broken.add('relations', name)
  const at = { file, line: 1, column: 1 }
  const none = { description: '', grain: [], columns: {}, dependsOn: [], sources: [] }
  return { ...none, name, materialized: 'view', file, at, select: () => sql`` }
}

const singularFields = z.strictObject(queryTestFields)

/**
 * Those that are not `enabled=false`.
 * @param references is given what each of them refers to
 */
export function singularTests(
  catalog: Catalog,
  problems: Problem[],
  references: References[],
): SingularTest[] {
  // Rows of unit tests are no tests themselves.
  const files = sqlFilesIn(catalog.project, 'tests', problems).filter(
    ({ file }) => !file.startsWith(FIXTURES),
  )
  const make = (userSql: UserSql): SingularTest[] => {
    const named = namesNothing()
    const own = { userSql, refs: named.refs }
    references.push(own)
    const rendered = renderUserSql(userSql, catalog, named)
    const decoded = singularFields.safeParse(rendered.config, { reportInput: true })
    if (!decoded.success) {
      const place = (path: Path) => placeOf(userSql, String(path[0] ?? ''))
      throw new ProblemError(
        problemsOf(decoded.error.issues, singularFields, { locate: place, locateKey: place }),
      )
    }
    const { enabled = true, fail_calc, ...fields } = decoded.data
    if (!enabled) references.splice(references.indexOf(own), 1)
    return enabled
      ? [{ name: userSql.name, config: givenConfig(fields), failCalc: fail_calc, rendered, userSql }]
      : []
  }
  return files.filter(isRead).flatMap((userSql) => collecting(problems, () => make(userSql)))
}

/** A setting that gwh does not know would be ignored in silence. */
function unknownSettings({ settings }: Rendered, known: readonly string[], userSql: UserSql): Problem[] {
  return settings
    .filter((name) => !known.includes(name))
    .map((name) => ({
      code: 'unknown_field',
      message: `\`${name}\` is not a known setting of config().`,
      at: placeOf(userSql, name),
      fix: suggest(name, known, 'The settings here are'),
    }))
}

function materializationOf(rendered: Rendered, at: Location, problems: Problem[]): Materialization {
  const given = rendered.setting('materialized') ?? 'view'
  const found = MATERIALIZATIONS.find((m) => m === given)
  if (found) return found
  problems.push({
    code: 'invalid_value',
    message: `\`${given}\` is not a materialization.`,
    at,
    fix:
      given === 'incremental'
        ? 'gwh builds in full; use table.'
        : (suggest(given, MATERIALIZATIONS) ?? `Use one of ${quotedList(MATERIALIZATIONS)}.`),
  })
  return 'view'
}

/** Applies `models:` of the YAML files: descriptions, materialization, data tests and settings. */
export function withModelOptions(catalog: Catalog, models: readonly Model[], problems: Problem[]): Model[] {
  const { project } = catalog
  for (const [i, { name: written }] of project.models.entries()) {
    const name = currentName(written, catalog)
    if (called(models, name) || isBrokenModel(name, catalog)) continue
    problems.push({
      code: 'missing_reference',
      message: `There is no model \`${name}\`.`,
      at: project.locate(['models', i, 'name']),
      fix: suggest(
        name,
        models.map((model) => model.name),
        'The models are',
      ),
    })
  }
  const places = new Map(
    project.models.map(({ name }, i) => [currentName(name, catalog), i] as const).reverse(),
  )
  const described = models.map((model) => {
    const i = places.get(model.name) ?? -1
    const options = project.models[i]
    if (options === undefined) return model
    const builtIn = model.file === undefined
    if (builtIn && options.config?.materialized === 'ephemeral') {
      problems.push({
        code: 'invalid_value',
        message: `\`${model.name}\` is a relation that analysts read; it cannot be ephemeral.`,
        at: project.locate(['models', i, 'config', 'materialized']),
        fix: 'Use view or table.',
      })
    }
    const documented = Object.fromEntries(
      options.columns.map((column) => [
        column.name,
        {
          type: model.columns[column.name]?.type ?? ('source' as const),
          description: column.description ?? model.columns[column.name]?.description ?? '',
        },
      ]),
    )
    if (builtIn) {
      for (const [j, column] of options.columns.entries()) {
        if (Object.hasOwn(model.columns, column.name) || hasBrokenColumns(model.name, catalog)) continue
        problems.push({
          code: 'missing_column',
          message: `\`${model.name}\` has no column \`${column.name}\`.`,
          at: project.locate(['models', i, 'columns', j, 'name']),
          fix: suggest(column.name, Object.keys(model.columns), 'Its columns are'),
        })
      }
    }
    return {
      ...model,
      description: options.description ?? model.description,
      materialized: options.config?.materialized ?? model.materialized,
      columns: { ...model.columns, ...documented },
      dataTests: declaredTests(catalog, i, problems),
    }
  })
  return described.map((model) => withSettings(model, catalog, problems))
}

interface WithTests {
  readonly data_tests?: readonly (string | Record<string, unknown>)[] | undefined
  readonly tests?: readonly (string | Record<string, unknown>)[] | undefined
}

/** The tests of a relation and of its columns. */
function declaredTests(catalog: Catalog, i: number, problems: Problem[]): DeclaredTest[] {
  const { project } = catalog
  const under = (place: WithTests, path: Path, column: string | undefined): DeclaredTest[] => {
    if (place.data_tests !== undefined && place.tests !== undefined) {
      problems.push({
        code: 'contradiction',
        message: '`tests` is the old name of `data_tests`, and both are there.',
        at: project.locateKey([...path, 'tests']),
        fix: 'Put them into one list, `data_tests`.',
      })
    }
    const field = place.data_tests === undefined ? 'tests' : 'data_tests'
    return (place[field] ?? []).flatMap((given, k): DeclaredTest[] => {
      const at = [...path, field, k]
      if (typeof given === 'string')
        return [{ type: checkName(given), column, given: {}, at: project.locate(at), path: at }]
      const [[type = '', args] = [], ...more] = Object.entries(given)
      if (more.length > 0 || (args !== null && (typeof args !== 'object' || Array.isArray(args)))) {
        problems.push({
          code: 'invalid_value',
          message: 'A data test is a name, or a map from one name to its fields.',
          at: project.locate(at),
          fix: more.length > 0 ? `Indent the other fields below \`${type}:\`.` : undefined,
        })
        return []
      }
      return [
        {
          type: checkName(type),
          column,
          given: (args ?? {}) as Record<string, unknown>,
          at: project.locate(at),
          path: [...at, type],
        },
      ]
    })
  }
  const model = project.models[i]
  if (model === undefined) return []
  return [
    ...under(model, ['models', i], undefined),
    ...model.columns.flatMap((column, j) => under(column, ['models', i, 'columns', j], column.name)),
  ]
}

/** Some tests of gwh are those of dbt's package of utilities. */
const checkName = (written: string) => written.replace(/^dbt_utils\./, '')
