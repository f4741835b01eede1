/** DuckDB: embedded, the default; reads files in place. */
import { STANDARD } from '../../sql/spelling.ts'
import { engine } from '../engine.ts'
import { definitions } from './definitions.ts'
import { functions } from './functions.ts'
import { readFiles } from './read_files.ts'

export const duckdb = engine<'duckdb'>({
  name: 'duckdb',
  title: 'DuckDB',
  describe: ({ path }) => `DuckDB ${path}`,
  file: ({ path }) => (path === ':memory:' ? undefined : path),
  longestName: undefined,
  spelling: STANDARD,
  computesOnce: true,
  settlesAtOnce: false,
  narrowsScans: true,
  functions,
  definitions,
  readFiles,
  fileLoader: undefined,
  open: async (project, target, options) =>
    (await import('./warehouse.ts')).openDuckDB(project, target, options),
})
