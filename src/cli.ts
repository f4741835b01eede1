#!/usr/bin/env node
/**
 * The command line. Only commander is loaded here; each command loads what it needs, so that help costs
 * little and only commands that open a database load a driver.
 */
import module from 'node:module'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { GlobalOptions } from './cli/options.ts'
import type { FreshnessOptions } from './cli/freshness.ts'
import type { LsOptions } from './cli/ls.ts'
import type { ShowOptions } from './cli/show.ts'
import { VERSION } from './version.ts'

// Compiled code is kept between calls where Node can; a missing or read-only cache folder is no problem.
;(module as { enableCompileCache?: () => unknown }).enableCompileCache?.()
// DuckDB's queries sit in libuv's pool; the default of 4 would leave none for reading files.
process.env['UV_THREADPOOL_SIZE'] ??= '8'

const SELECT = '-s, --select <selectors...>'
const EXCLUDE = '--exclude <selectors...>'

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

const program = new Command('gwh')
  .description('Group analytics in your own warehouse: companies, accounts and teams counted by SQL models.')
  .version(VERSION, '-v, --version', 'print the version')
  .helpOption('-h, --help', 'print help')
  .option('--project-dir <folder>', 'folder with project.yml', '.')
  .option('-t, --target <name>', 'target to use, as named in project.yml')
  .option('--dotenv <file>', 'file of NAME=value lines for ${NAME} in project.yml; default: .env beside it')
  // Node 20 takes an option of this name for its own, wherever it stands, and ends over a file that is not there.
  .addOption(new Option('--env-file <file>', 'old name of --dotenv').hideHelp())
  .option('--vars <yaml>', "values for {{ var() }}, as '{name: value}' or name=value")
  .addOption(
    new Option('--log-format <format>', 'how to write messages').choices(['text', 'json']).default('text'),
  )
  .option('-q, --quiet', 'print errors only')
  .option('-d, --debug', 'print every data test, and stack traces')
  .configureHelp({ showGlobalOptions: true })
  .showSuggestionAfterError()
  // What is wrong with the command line is said below.
  .configureOutput({ outputError: () => undefined })
  .exitOverride()
  .addHelpText('after', '\nStart with `gwh build`, then `gwh show company_profiles`.')

// commander's options are untyped; each command says which it has defined.
function optionsOf<T>(command: Command): GlobalOptions & T {
  const { dotenv, ...options } = command.optsWithGlobals<GlobalOptions & T & { dotenv?: string }>()
  return { ...options, envFile: dotenv ?? options.envFile } as GlobalOptions & T
}

function runCommand(name: 'build' | 'run' | 'test' | 'seed', description: string): Command {
  const command = program
    .command(name)
    .description(description)
    .option(SELECT, 'what to take: names, +name, name+, na*, source:, group_key:, path:')
    .option(EXCLUDE, 'what to leave out')
  if (name === 'build' || name === 'seed') {
    command.option('-f, --full-refresh', 'load files again even when they have not changed')
  }
  if (name === 'build' || name === 'run') {
    command.option('--accept-loss <sources...>', 'publish although these sources have lost rows')
  }
  if (name === 'build' || name === 'test') {
    command.option('--store-failures', 'keep the failures of every data test in a table')
    command.option('--warn-error', 'take warnings for errors: nothing is published, exit code 1')
    command.option('--junit <file>', 'write the outcome of tests as JUnit XML')
  }
  return command.action(async (_, self: Command) => {
    const { runAndReport } = await import('./cli/run.ts')
    process.exitCode = await runAndReport(name, optionsOf(self))
  })
}

runCommand('build', 'run unit tests, load files, build all relations, test them, and publish them together')
runCommand('run', 'build relations and publish them together, without data tests')
runCommand('test', 'run unit tests, and data tests on what is published')
runCommand('seed', 'load files into a warehouse that cannot read them in place')

program
  .command('compile')
  .description('write the SQL of models and tests to target/compiled; opens no database')
  .option(SELECT, 'what to take')
  .option(EXCLUDE, 'what to leave out')
  .option('--inline <sql>', 'print this SQL, compiled, instead')
  .action(async (_, self: Command) => {
    const { compileCommand } = await import('./cli/compile.ts')
    compileCommand(optionsOf(self))
  })

program
  .command('ls')
  .alias('list')
  .description('list models, sources, data tests and unit tests; opens no database')
  .option(SELECT, 'what to take')
  .option(EXCLUDE, 'what to leave out')
  .addOption(
    new Option('--resource-type <type>', 'only of this type').choices([
      'model',
      'source',
      'test',
      'unit_test',
      'plugin',
    ]),
  )
  .addOption(
    new Option('--output <format>', 'how to print').choices(['table', 'name', 'json']).default('table'),
  )
  .action(async (_, self: Command) => {
    const { lsCommand } = await import('./cli/ls.ts')
    lsCommand(optionsOf<LsOptions>(self))
  })

program
  .command('source')
  .description('ask about sources')
  .command('freshness')
  .description('how old is the latest row of each source that says how old it may be')
  .option(SELECT, 'which sources')
  .option(EXCLUDE, 'what to leave out')
  .option('-o, --output <file>', 'where to write the result; default: target/sources.json of the project')
  .option('--warn-error', 'a warning is a failure')
  .action(async (_, self: Command) => {
    const { freshnessCommand } = await import('./cli/freshness.ts')
    process.exitCode = await freshnessCommand(optionsOf<FreshnessOptions>(self))
  })

program
  .command('show')
  .description('print rows of a published relation, or of SQL of your own')
  .argument('[relation]', 'name of a relation')
  .option('-s, --select <relation>', 'name of a relation, as dbt writes it')
  .option('--inline <sql>', 'a query; relations by name or {{ ref() }}')
  .option('--limit <n>', 'how many rows', positive, 10)
  .addOption(
    new Option('--output <format>', 'how to print').choices(['table', 'json', 'csv']).default('table'),
  )
  .option('--raw', 'CSV for machines: values as they are, also those that a spreadsheet would run')
  .action(async (relation: string | undefined, _, self: Command) => {
    const { showCommand } = await import('./cli/show.ts')
    process.exitCode = await showCommand(relation, optionsOf<ShowOptions>(self))
  })

program
  .command('debug')
  .description('is the configuration right, can we connect, what is there')
  .action(async (_, self: Command) => {
    const { debugCommand } = await import('./cli/debug.ts')
    process.exitCode = await debugCommand(optionsOf(self))
  })

program
  .command('explain')
  .description(
    'explain a problem code, a rule of what the numbers mean, or a check; without a name, list all',
  )
  .argument('[name]', 'such as missing_column, FUN-4 or group_id_case')
  .action(async (name: string | undefined, _, self: Command) => {
    const { explainCommand } = await import('./cli/explain.ts')
    explainCommand(name, optionsOf(self))
  })

program
  .command('schema')
  .description('write JSON Schemas for editors to target/schemas, with what the plugins of the project bring')
  .action(async (_, self: Command) => {
    const { schemaCommand } = await import('./cli/schema.ts')
    schemaCommand(optionsOf(self))
  })

program
  .command('clean')
  .description('remove compiled SQL and run results; databases stay')
  .action(async (_, self: Command) => {
    const { cleanCommand } = await import('./cli/clean.ts')
    cleanCommand(optionsOf(self))
  })

// A reader that closes early, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Node would print what was thrown as it is.
process.on('uncaughtException', (error) => {
  void import('./cli/errors.ts').then(({ reportError }) =>
    process.exit(reportError(error, program.opts<GlobalOptions>())),
  )
})

const args = process.argv.slice(2)
const names = program.commands.flatMap((command) => [command.name(), ...command.aliases()])

/** Before anything is said of what was given. */
async function hideSecretsGiven(): Promise<void> {
  const { hideGiven } = await import('./cli/given_secrets.ts')
  hideGiven(
    args.filter((arg) => !names.includes(arg)),
    process.env,
  )
}
program.hook('preAction', hideSecretsGiven)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
    if (error.exitCode !== 0) {
      await hideSecretsGiven()
      const { reportUsage } = await import('./cli/usage.ts')
      reportUsage(args, error.message)
    }
  } else {
    const { reportError } = await import('./cli/errors.ts')
    process.exitCode = reportError(error, program.opts<GlobalOptions>())
  }
}
