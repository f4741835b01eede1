/** The project that the options of a command name. */
import path from 'node:path'
import { load, loadFor, type LoadedProject, type ReadingCommand } from '../gwh.ts'
import { engineOf } from '../engines/index.ts'
import { secrets } from './door.ts'
import { useTarget } from './errors.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'

export const loadOptions = ({ target, envFile, vars }: GlobalOptions) => ({ target, envFile, vars, secrets })

/** @param offline for commands that open no database */
export const loadFrom = (options: GlobalOptions, offline = false): LoadedProject =>
  inUse(load(path.resolve(options.projectDir), { ...loadOptions(options), offline }))

/** For a command that reads sources; what is wrong with them is told with what is wrong otherwise. */
export const loadToRead = async (
  command: ReadingCommand,
  options: GlobalOptions & SelectionOptions,
  listen?: () => AbortSignal,
): Promise<LoadedProject> =>
  inUse(await loadFor(command, path.resolve(options.projectDir), loadOptions(options), options, listen))

function inUse(loaded: LoadedProject): LoadedProject {
  const { project } = loaded.plan.catalog
  const { target } = project
  useTarget({ at: project.locate(['targets', target.name]), target })
  return loaded
}

/** The target for people: `DuckDB target/warehouse.duckdb, schema helm`. */
export function targetText({ plan }: LoadedProject): string {
  const { target } = plan.catalog.project
  return `${target.name}: ${engineOf(plan.catalog.project).describe(target)}, schema ${target.schema}`
}
