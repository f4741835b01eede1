/**
 * The one way out: everything that gwh prints goes through here. Secrets are hidden from the first byte, what a
 * terminal would obey is shown instead, and no line is a command to a CI server but those that gwh means.
 */
import { plainJson, shownControls, withoutCommands } from '../project/plain_text.ts'
import { Secrets } from '../project/secrets.ts'
import { withoutSecretsIn } from '../project/secrets_in_fields.ts'
import { withColours } from './colours.ts'

/** Of this call; whoever reads one tells of it. */
export const secrets = new Secrets()

/** A shorter secret would be found in every number of a table. */
const SHORTEST_IN_DATA = 4

/** Data with the secrets of this call hidden. */
export const dataWithoutSecrets = (text: string): string => secrets.hideIn(text, SHORTEST_IN_DATA)

/** A text without secrets and without what a terminal or a CI server would obey; its lines are gwh's own. */
export const safe = (text: string): string => withoutCommands(shownControls(secrets.hide(text)))

/** A name, or a file named after one, for a terminal or a CI server. */
export const safeName = (text: string): string => withoutCommands(shownControls(secrets.hideInName(text)))

/** Prints lines for people. */
export function say(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(`${withColours(text, safe)}\n`)
}

/** Prints what `say` does, of data. */
export function sayData(text: string): void {
  const plain = (part: string) => withoutCommands(shownControls(dataWithoutSecrets(part)))
  process.stdout.write(`${withColours(text, plain)}\n`)
}

/** Prints SQL. It stays SQL where a line begins with a cast: with a comment before it, that is no command. */
export function saySql(text: string): void {
  const lines = shownControls(secrets.hide(text), '\n\t')
  process.stdout.write(`${withoutCommands(lines, '/**/:')}\n`)
}

/** Prints one JSON value of gwh's own; what reads it finds the same texts, but for secrets. */
export function sayJson(value: unknown): void {
  printJson(withoutSecretsIn(value, secrets))
}

/** Prints rows as JSON. Their fields are named by others, and say nothing of what is in them. */
export function sayRows(rows: unknown): void {
  printJson(rows, asData, 2)
}

/** Prints rows as an event of the log, in one line. */
export function sayRowsEvent(name: string, msg: string, data: unknown): void {
  printJson({ info: { name, level: 'info', msg, ts: new Date().toISOString() }, data }, asData)
}

const asData = (_: string, item: unknown): unknown =>
  typeof item === 'string' ? dataWithoutSecrets(item) : item

function printJson(
  value: unknown,
  replaced: (field: string, item: unknown) => unknown = (_, item) => item,
  indent?: number,
): void {
  const exact = (field: string, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : replaced(field, item)
  process.stdout.write(`${plainJson(JSON.stringify(value, exact, indent))}\n`)
}

/** Prints a line that is a command to a CI server. Its parts have been through `safe`. */
export function sayCommand(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints bytes for a program that asked for them as they are, but not to a terminal, which would obey them. */
export function sayAsItIs(text: string): void {
  process.stdout.write(process.stdout.isTTY ? shownControls(text, '\n\t') : text)
}
