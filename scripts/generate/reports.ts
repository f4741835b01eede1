/** The parts of docs/ about reports. */
import * as z from 'zod'
import type { FullCatalog } from '../../src/graph/report.ts'
import { ProblemError } from '../../src/problems.ts'
import { filterSchema, reportFields, usersWhoDidFilterSchema } from '../../src/project/report_schema.ts'
import { fieldsOf, fieldsTable, type Field } from './fields.ts'
import { jsonSchema, knownWith, reportChoices } from '../../src/editors/json_schema.ts'
import { code, table } from './markdown.ts'

/** The types of report, with the relations that those of the sample project make. */
export const reportsTable = (catalog: FullCatalog): string =>
  table(
    ['type', 'what it says', 'its relations'],
    reportChoices(knownWith([])).map(({ type: { type, description } }) => [
      code(type),
      description,
      relationsOf(type, catalog).map(code).join(', '),
    ]),
  )

function relationsOf(type: string, catalog: FullCatalog): string[] {
  const sample = catalog.reports.find((report) => report.type === type)
  if (!sample) {
    throw new ProblemError({
      code: 'missing_reference',
      message: `The sample project has no report of type \`${type}\`.`,
      at: catalog.project.locate(['reports']),
      fix: 'Add one to models/reports.yml.',
    })
  }
  const names = sample.models(catalog).map(({ name }) => `<name>${name.slice(sample.name.length)}`)
  return names.sort((a, b) => Number(b === '<name>') - Number(a === '<name>'))
}

/** The fields of reports: those of all, the filters in them, and those of each type. */
export const reportsReference = (): string[] => [
  '## Every report',
  fieldsTable(withoutFilters(commonFields())),
  '## A filter of a report',
  fieldsTable(fieldsOf(jsonSchema(filterSchema))),
  'In `where` of a report of type `uniques` a filter may also be one on the number of users of a group:',
  fieldsTable(fieldsOf(jsonSchema(usersWhoDidFilterSchema))),
  ...reportChoices(knownWith([])).flatMap(({ type, own }) => [
    `## A report of type ${code(type.type)}`,
    fieldsTable(withoutFilters(fieldsOf(own))),
  ]),
]

function commonFields(): Field[] {
  const types = reportChoices(knownWith([])).map(({ type }) => code(type.type))
  return fieldsOf(jsonSchema(z.object(reportFields))).map((field) => {
    if (field.name === 'type') return { ...field, type: types.join(', ') }
    return field.name === 'by' ? { ...field, description: BY } : field
  })
}

const BY =
  'What is counted: `user`, or a group key. Metrics of `uniques` may say their own; `company_health` and `number_of_users_who_did` take a group key, by default the one with `b2b: true`.'

/** Filters are the same everywhere, and have a table of their own. */
const withoutFilters = (fields: readonly Field[]) => fields.filter(({ name }) => !name.includes('where[]'))
