/** The part of docs/ about problems: every code, what it means and what to do about it. */
import { PROBLEM_CODES, type ProblemCode } from '../../src/problems.ts'
import { code, table } from './markdown.ts'

export const errorsTable = (): string =>
  table(
    ['code', 'exit code', 'what is wrong', 'how to fix it'],
    (Object.keys(PROBLEM_CODES) as ProblemCode[]).map((name) => [
      code(name),
      String(PROBLEM_CODES[name]),
      ...ERRORS[name],
    ]),
  )

/** The type asks for an entry of every code. */
const ERRORS: Readonly<Record<ProblemCode, readonly [wrong: string, fix: string]>> = {
  project_not_found: [
    'There is no `project.yml` in the folder.',
    'Change the folder, or name it with `--project-dir`.',
  ],
  invalid_yaml: [
    'A file is not valid YAML.',
    'Correct the line that is shown; often it is indentation or quotes.',
  ],
  unknown_field: ['A field does not exist at this place.', 'Take the name that the message suggests.'],
  missing_field: ['A field is required and is not there.', 'Add it.'],
  invalid_value: [
    'A value is not one that the field takes.',
    'Take one of the values that the message lists.',
  ],
  unset_variable: [
    'A `${NAME}` has no value.',
    'Set the variable, write it into `.env`, or give it a default: `${NAME:-default}`.',
  ],
  unknown_target: ['The target is not in `targets:`.', 'Look at `--target`, `GWH_TARGET` and `target:`.'],
  unknown_connector: ['There is no such connector.', 'Take one of [connectors.md](connectors.md).'],
  unknown_timezone: ['The time zone is none of the IANA database.', 'Write it as in `Europe/Paris`.'],
  reserved_name: ['A name is taken by gwh or by the warehouse, or does not fit.', 'Choose another name.'],
  duplicate_name: ['Two things have the same name.', 'Rename one of them.'],
  ambiguous_case: ['Two group keys differ in nothing but case.', 'Rename one of them.'],
  key_not_registered: ['A group key is used that is not in `group_keys:`.', 'Register it there.'],
  unknown_property: [
    'No source has this property.',
    'Add it to `properties:` of a source, or correct its name.',
  ],
  one_way_rule: [
    'A report by group uses a property of users.',
    'Count by user, or use a property of the group ([REP-5](semantics.md#rep-5)).',
  ],
  contradiction: ['Two settings cannot both hold.', 'Keep one of them.'],
  path_outside_project: [
    'A path leaves the folder of the project.',
    'Move the file, or add the place to `external_paths`.',
  ],
  missing_file: ['A file that is named does not exist.', 'Correct the path, or make the file.'],
  unreadable_file: [
    'A file cannot be read as what it should be.',
    'The message says which row, column or byte.',
  ],
  missing_relation: [
    'A table that is named is not in the database.',
    'Correct the name, or grant `usage` and `select`.',
  ],
  missing_column: [
    'A table or file does not have the column.',
    'Take one of the columns that the message lists.',
  ],
  column_case_differs: ['The column is there in another spelling.', 'Write it as the table or file does.'],
  column_in_two_spellings: [
    'Files have a column in two spellings.',
    'Rename one of them: files are read without regard to case.',
  ],
  seed_needed: ['A file has not been loaded into the warehouse.', 'Run `gwh seed`, or `gwh build`.'],
  template_error: [
    'A template of yours is not valid Jinja, or uses a word that gwh does not have.',
    'Correct the line that is shown.',
  ],
  missing_reference: ['Something is named that is not there.', 'Correct the name, or add it.'],
  missing_input: ['A unit test does not give an input that the model reads.', 'Add it under `given:`.'],
  cycle: ['Models read one another in a circle.', 'Take one of the references away.'],
  empty_selection: ['The selectors take nothing.', 'Look at the names with `gwh ls`.'],
  usage: ['The command line is not right.', 'See `gwh help` and [the commands](reference/cli.md).'],
  connection_failed: [
    'The database cannot be opened or reached.',
    'Look at the target; `gwh debug` tries it again.',
  ],
  connection_lost: [
    'The connection broke while gwh worked.',
    'Run it again; the message says what became of this run.',
  ],
  warehouse_locked: [
    'Another process has the database file open, or another build of the schema runs.',
    'End it, or wait for it.',
  ],
  driver_missing: [
    'The driver of the database is not installed.',
    'Install the package that the message names.',
  ],
  not_built: ['A relation is read that has not been published.', 'Build it first, or select it too.'],
  not_allowed: [
    'The role lacks a right.',
    'Grant what the message names ([rights](engines/postgres.md#the-rights-that-a-role-needs)).',
  ],
  statement_cancelled: [
    'The server ended a statement, by a timeout or by hand.',
    'Raise the timeout, or run it again.',
  ],
  out_of_space: ['A disk is full.', 'Make room and build again.'],
  out_of_memory: ['The database has too little memory.', 'Raise the limit, or build a part with `-s`.'],
  interrupted: ['Ctrl-C or SIGTERM ended the run: 130 or 143.', 'Build again; nothing has to be cleaned up.'],
  query_failed: [
    'A query of a model, a test or yours fails.',
    'Look at the line of the compiled SQL that is named.',
  ],
  dependents_in_the_way: [
    'Something of others would be lost by publishing.',
    'Change or drop what is named ([why](engines/postgres.md#what-others-have-made)).',
  ],
  publish_failed: [
    'What was built could not be published.',
    'The message has the reason; what was there before stays.',
  ],
  outcome_unknown: [
    'Nobody can say whether the COMMIT came through.',
    'Run the query that is named ([publishing](guide/publishing.md#when-a-run-does-not-come-to-its-end)).',
  ],
}
