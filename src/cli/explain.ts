/** `gwh explain`: a problem code, a rule or a check in full, or a list of all of them. */
import { ProblemError, suggest } from '../problems.ts'
import type { GlobalOptions } from './options.ts'
import { say, sayJson } from './door.ts'
import { explanations } from './explanations.ts'
import { style, table } from './text.ts'

/** @param name of any case; undefined lists all */
export function explainCommand(
  name: string | undefined,
  { logFormat }: Pick<GlobalOptions, 'logFormat'>,
): void {
  const all = explanations()
  const chosen = name === undefined ? all : all.filter((one) => one.name.toLowerCase() === name.toLowerCase())
  if (chosen.length === 0) {
    throw new ProblemError({
      code: 'usage',
      message: `There is no problem code, rule or check \`${name}\`.`,
      fix: suggest(
        name ?? '',
        all.map((one) => one.name),
        '`gwh explain` lists all. There are',
      ),
    })
  }
  if (logFormat === 'json') {
    for (const one of chosen) sayJson(one)
  } else if (name === undefined) {
    say(
      table(
        ['kind', 'name', 'in one line'],
        all.map((one) => [one.kind, one.name, one.title]),
      ),
    )
  } else {
    say(chosen.map((one) => `${style('bold', one.name)}  (${one.kind})\n\n${one.text}`).join('\n\n'))
  }
}
