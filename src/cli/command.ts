/** The command line to go on with: gwh with the options that say which project and which database. */
import { HIDDEN, isSecretName } from '../project/secrets.ts'
import type { GlobalOptions, SelectionOptions } from './options.ts'

/** `gwh build --target prod`: what is said after it goes by the same options. */
export function commandLine(
  words: string,
  options: GlobalOptions,
  { select = [], exclude = [] }: SelectionOptions = {},
): string {
  const flags: [flag: string, values: readonly (string | undefined)[]][] = [
    ['--project-dir', [options.projectDir === '.' ? undefined : options.projectDir]],
    ['--target', [options.target]],
    ['--dotenv', [options.envFile]],
    // empty where a script has none to give
    ['--vars', [options.vars?.trim() ? withoutSecrets(options.vars) : undefined]],
  ]
  const selection: typeof flags = [
    ['--select', select],
    ['--exclude', exclude],
  ]
  const texts = (of: typeof flags) =>
    of.flatMap(([flag, values]) => {
      const given = values.filter((value) => value !== undefined)
      return given.length === 0 ? [] : [flag, ...given.map(quoted)]
    })
  // npm tells a program that npx started it.
  const program = process.env['npm_command'] === 'exec' ? 'npx gwh' : 'gwh'
  return [program, ...texts(flags), words, ...texts(selection)].join(' ')
}

/** Variables of which one is a secret by its name are not repeated. */
const withoutSecrets = (vars: string): string =>
  (vars.match(/\w+/g) ?? []).some(isSecretName) ? HIDDEN : vars

/** As a shell reads it. */
const quoted = (text: string) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
