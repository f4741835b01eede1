/** The targets that project.yml may name: what is known of engines before a project is read. One line for each. */
import * as z from 'zod'
import { target as duckdb } from './duckdb/target.ts'
import type { Grants } from './target_fields.ts'
import { passwordVariables, target as postgres } from './postgres/target.ts'

export const targetSchema = z.discriminatedUnion('type', [duckdb, postgres])

export type TargetOptions = z.output<typeof targetSchema>

export type EngineName = TargetOptions['type']

/** In place of a target with problems, so that those of everything else are found. */
export const NO_TARGET: TargetOptions = targetSchema.parse({ type: 'duckdb' })

/** Variables of the environment with a password that the driver of a type of target reads by itself. */
export const PASSWORD_VARIABLES: Readonly<Record<string, readonly string[]>> = { postgres: passwordVariables }

/** A URL says in its user part and its query what is secret; all else that a target says is in plain view. */
export const URL_FIELDS: readonly string[] = ['url']

export const PLAIN_FIELDS: readonly string[] = [
  ...new Set(targetSchema.options.flatMap(({ shape }) => Object.keys(shape))),
].filter((field) => !URL_FIELDS.includes(field))

/** Who may do what with all relations, where the engine knows of rights. */
export const grantsOf = (target: TargetOptions): Grants | undefined =>
  'grants' in target ? target.grants : undefined
