/** Grants, indexes and keys of models, and what is wrong with them as far as that shows without a database. */
import { quotedList, suggest, type Problem } from '../problems.ts'
import { problemsOf } from '../project/zod_problems.ts'
import {
  relationSettingsSchema,
  SETTING_NAMES,
  type RelationSettingsOptions,
  type SettingName,
} from '../project/relation_settings.ts'
import { hasBrokenColumns } from './broken_models.ts'
import type { Catalog } from './catalog.ts'
import type { Model, ModelSettings } from './model.ts'
import { placeOf, type Rendered, type UserSql } from './jinja.ts'

/** What `config()` of a user's model says. */
export function settingsInSql(rendered: Rendered, userSql: UserSql, problems: Problem[]): ModelSettings {
  const at = (setting: string) => placeOf(userSql, setting)
  const given = Object.fromEntries(
    Object.entries(rendered.config).filter(([name]) => (SETTING_NAMES as string[]).includes(name)),
  )
  const decoded = relationSettingsSchema.safeParse(given, { reportInput: true })
  if (decoded.success) return { ...decoded.data, at }
  const place = (path: readonly (string | number)[]) => at(String(path[0] ?? ''))
  problems.push(
    ...problemsOf(decoded.error.issues, relationSettingsSchema, { locate: place, locateKey: place }),
  )
  return { at }
}

/** A model with what `models:` of the YAML files say, which comes before what the SQL says. */
export function withSettings(model: Model, catalog: Catalog, problems: Problem[]): Model {
  const { project } = catalog
  const i = project.models.findIndex(({ name }) => name === model.name)
  const written = project.models[i]?.config ?? {}
  const inYaml = (setting: SettingName) => written[setting] !== undefined
  const settings: ModelSettings = {
    ...model.settings,
    ...Object.fromEntries(SETTING_NAMES.filter(inYaml).map((setting) => [setting, written[setting]])),
    at: (setting) =>
      inYaml(setting) || model.settings === undefined
        ? project.locate(['models', i, 'config', setting])
        : model.settings.at(setting),
  }
  if (SETTING_NAMES.every((setting) => settings[setting] === undefined)) return model
  const changed = { ...model, settings }
  problems.push(...misplaced(changed, settings), ...unknownColumns(changed, settings, catalog))
  return changed
}

function misplaced({ name, materialized, grain }: Model, settings: ModelSettings): Problem[] {
  const { indexes = [], primary_key: key, grants } = settings
  const unfit: SettingName[] = [
    ...(materialized !== 'table' && indexes.length > 0 ? (['indexes'] as const) : []),
    ...(materialized !== 'table' && key !== undefined && key !== false ? (['primary_key'] as const) : []),
    ...(materialized === 'ephemeral' && grants !== undefined ? (['grants'] as const) : []),
  ]
  const problems = unfit.map((setting): Problem => ({
    code: 'contradiction',
    message: `\`${name}\` is ${materialized === 'view' ? 'a view' : 'ephemeral'}, which cannot have \`${setting}\`.`,
    at: settings.at(setting),
    fix: `Let it be a table (\`materialized: table\`), or remove \`${setting}\`.`,
  }))
  if (key !== true || grain.length > 0 || unfit.includes('primary_key')) return problems
  return [
    ...problems,
    {
      code: 'invalid_value',
      message: `Nothing says what tells the rows of \`${name}\` apart.`,
      at: settings.at('primary_key'),
      fix: 'Name the columns: `primary_key: [column]`.',
    },
  ]
}

/** Columns of users' own models are known when they are built. */
function unknownColumns(model: Model, settings: ModelSettings, catalog: Catalog): Problem[] {
  if (model.file !== undefined || hasBrokenColumns(model.name, catalog)) return []
  const known = Object.keys(model.columns)
  return namedColumns(model, settings).flatMap(({ setting, column }): Problem[] =>
    known.includes(column)
      ? []
      : [
          {
            code: 'missing_column',
            message: `\`${model.name}\` has no column \`${column}\`, which its \`${setting}\` names.`,
            at: settings.at(setting),
            fix: suggest(column, known, 'Its columns are'),
          },
        ],
  )
}

/** The columns that indexes and the key of a model name. */
function namedColumns(
  model: Model,
  { indexes = [] }: RelationSettingsOptions,
): { setting: SettingName; column: string }[] {
  return [
    ...indexes.flatMap(({ columns }) => columns.map((column) => ({ setting: 'indexes' as const, column }))),
    ...(keyOf(model) ?? []).map((column) => ({ setting: 'primary_key' as const, column })),
  ]
}

/** The columns of the primary key that a model is to have. */
export function keyOf({ settings, grain }: Model): readonly string[] | undefined {
  const key = settings?.primary_key
  if (key === undefined || key === false) return undefined
  return key === true ? grain : key
}

/** What is wrong with the settings of a model that has these columns. */
export function missingInSettings(model: Model, present: readonly string[]): string | undefined {
  if (model.settings === undefined) return undefined
  const missing = namedColumns(model, model.settings).filter(({ column }) => !present.includes(column))
  if (missing.length === 0) return undefined
  const { file, line } = model.settings.at(missing[0]?.setting ?? 'indexes')
  return `The settings of the model (${file}:${line}) name ${quotedList(new Set(missing.map(({ column }) => column)))}, which the query does not return; it returns ${quotedList(present)}.`
}
