/** What a type of report is: its options, what contradicts itself in them, and the relations that it makes. */
import type { z } from 'zod'
import type { Problem } from '../problems.ts'
import type { Path } from '../project/path.ts'
import type { Filter, Range } from '../project/report_schema.ts'
import type { Catalog } from './catalog.ts'
import type { Materialization, ModelDefinition } from './model.ts'
import type { Entity } from './entity.ts'
import type { Part } from './report_parts.ts'

export interface Report<Options = unknown> {
  readonly name: string
  readonly type: string
  readonly description: string
  /** Undefined only for types whose metrics say it themselves. */
  readonly by: Entity | undefined
  readonly range: Range
  /** Those on properties; a type that takes other filters too finds them in its options. */
  readonly where: readonly Filter[]
  readonly materialized: Materialization
  readonly options: Options
  /** Path of its entry in the project. */
  readonly path: Path
  /** Its relations, each one's parents before it. */
  models(catalog: Catalog): ModelDefinition[]
  /** What it looks for among the events. */
  parts(catalog: Catalog): Part[]
}

/** A catalog with the reports that are asked of it. */
export interface FullCatalog extends Catalog {
  readonly reports: readonly Report[]
}

/** Something in a report's options that makes no sense; `path` leads into the options. */
export interface Invalid {
  readonly code: Problem['code']
  readonly path: Path
  readonly message: string
  readonly fix?: string | undefined
}

export interface ReportType<Options = never> {
  readonly type: string
  /** One sentence for the documentation. */
  readonly description: string
  /** Fields besides those that every report has. */
  readonly options: z.ZodObject
  /**
   * `required`: `by` has to be said. `company`: a group key, by default the one with `b2b: true`.
   * `metrics`: each metric may say its own.
   */
  readonly by: 'required' | 'company' | 'metrics'
  validate?(report: Report<Options>, catalog: Catalog): readonly Invalid[]
  models(report: Report<Options>, catalog: Catalog): ModelDefinition[]
  /** All that a report looks for, so that what is never there can be told of; not what it only keeps away. */
  parts(report: Report<Options>, catalog: Catalog): Part[]
}

/** Types a report's options without repeating them at each use, and keeps the name of the type. */
export function reportType<const Type extends string, Schema extends z.ZodObject>(
  definition: Omit<ReportType<z.output<Schema>>, 'type' | 'options'> & {
    readonly type: Type
    readonly options: Schema
  },
): ReportType & { readonly type: Type } {
  return definition
}
