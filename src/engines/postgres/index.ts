/** PostgreSQL 14 and later: files are loaded first, tables are changed in place. */
import { STANDARD } from '../../sql/spelling.ts'
import { engine } from '../engine.ts'
import { definitions } from './definitions.ts'
import { functions } from './functions.ts'

export const postgres = engine<'postgres'>({
  name: 'postgres',
  title: 'PostgreSQL',
  describe: () => 'PostgreSQL',
  file: () => undefined,
  longestName: 63,
  spelling: STANDARD,
  computesOnce: true,
  settlesAtOnce: true,
  narrowsScans: false,
  functions,
  definitions,
  readFiles: undefined,
  fileLoader: async () => (await import('./load_files.ts')).fileLoader,
  open: async (project, target, options) =>
    (await import('./warehouse.ts')).openPostgres(project, target, options),
})
