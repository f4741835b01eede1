/** gwh as a library: the same line that the command line follows. */
export { compile, load, run, type LoadedProject, type RunOptions, type RunOutcome } from './gwh.ts'
export {
  formatProblem,
  ProblemError,
  PROBLEM_CODES,
  type Location,
  type Problem,
  type ProblemCode,
} from './problems.ts'
export type { LoadOptions } from './project/load.ts'
export type { NodeResult, Reporter } from './run/result.ts'
export { openWarehouse, type Warehouse } from './engines/index.ts'
export { VERSION } from './version.ts'
