/** What reports name: events, properties and values of filters, each with its place in the project. */
import type { Catalog } from '../graph/catalog.ts'
import type { Report } from '../graph/report.ts'
import type { Path } from '../project/path.ts'
import type { Filter, Property } from '../project/report_schema.ts'

/** Something that a report says, and where: `project.yml:12`. */
export interface Term<What> {
  readonly what: What
  readonly place: string
}

export interface ReportTerms {
  readonly events: readonly Term<string>[]
  /** Of filters and breakdowns, and those held constant. */
  readonly properties: readonly Term<Property>[]
  readonly filters: readonly Term<Filter>[]
}

/** Several checks ask for those of every report. */
const known = new WeakMap<Report, ReportTerms>()

/** All types of reports write their terms alike, wherever in their options they stand. */
export function termsOf(report: Report, catalog: Catalog): ReportTerms {
  const terms = known.get(report) ?? findTerms(report, catalog)
  known.set(report, terms)
  return terms
}

function findTerms(report: Report, { project }: Catalog): ReportTerms {
  const events: Term<string>[] = []
  const properties: Term<Property>[] = []
  const filters: Term<Filter>[] = []
  const place = (path: Path) => {
    const { file, line } = project.locate(path)
    return `${file}:${String(line)}`
  }
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) {
      value.forEach((item: unknown, i) => {
        visit(item, [...path, i])
      })
    } else if (value !== null && typeof value === 'object') {
      const { event, property, of, op, hold_constant } = value as Record<string, unknown>
      if (typeof event === 'string') events.push({ what: event, place: place([...path, 'event']) })
      if (typeof property === 'string' && typeof of === 'string') {
        properties.push({ what: value as Property, place: place([...path, 'property']) })
        if (typeof op === 'string') filters.push({ what: value as Filter, place: place([...path, 'value']) })
      }
      if (Array.isArray(hold_constant)) {
        for (const [i, name] of hold_constant.entries()) {
          const what: Property = {
            property: String(name),
            of: 'event',
            through: 'event',
            properties: 'latest',
          }
          properties.push({ what, place: place([...path, 'hold_constant', i]) })
        }
      }
      for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name])
    }
  }
  visit(report.options, report.path)
  return { events, properties, filters }
}
