/** Options that all commands share, and the project that they name. */
import path from 'node:path'
import { load, type LoadedProject } from '../gwh.ts'
import { secrets } from './door.ts'
import { useTarget } from './errors.ts'

export interface GlobalOptions {
  projectDir: string
  target?: string
  envFile?: string
  vars?: string
  logFormat: 'text' | 'json'
  quiet?: boolean
  debug?: boolean
}

export interface SelectionOptions {
  select?: string[]
  exclude?: string[]
}

/** @param offline for commands that open no database */
export function loadFrom(options: GlobalOptions, offline = false): LoadedProject {
  const loaded = load(path.resolve(options.projectDir), {
    target: options.target,
    envFile: options.envFile,
    vars: options.vars,
    offline,
    secrets,
  })
  const { project } = loaded.plan.catalog
  const { target } = project
  useTarget({ at: project.locate(['targets', target.name]), target })
  return loaded
}

/** The target for people: `DuckDB target/warehouse.duckdb, schema helm`. */
export function targetText({ plan }: LoadedProject): string {
  const { target } = plan.catalog.project
  const where = target.type === 'duckdb' ? `DuckDB ${target.path}` : 'PostgreSQL'
  return `${target.name}: ${where}, schema ${target.schema}`
}
