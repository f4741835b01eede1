/**
 * Texts that come from data, files and databases, made safe to print: what a terminal would obey is shown, and
 * no line of them is a command to a CI server, which reads along.
 */

/** Controls (C0, DEL, C1), marks that turn the direction of text, and Unicode's own ends of lines. */
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `\n`, `\x1b`, `\u202e`. */
function escaped(character: string): string {
  const code = character.charCodeAt(0)
  const hex = code.toString(16)
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
}

/**
 * The text with every character shown that a terminal would obey.
 * @param kept characters that stay as they are; an end of a line may be written in two
 */
export const shownControls = (text: string, kept = '\n'): string =>
  (kept.includes('\n') ? text.replaceAll('\r\n', '\n') : text).replaceAll(OBEYED, (character) =>
    kept.includes(character) ? character : escaped(character),
  )

/** The same as one line: of a value, a name or a sentence about them. */
export const oneLine = (text: string): string => shownControls(text, '')

/**
 * The text without commands to CI servers. GitHub takes white space before `::` for nothing, and it and others find
 * `##[…]`, `##vso[…]` and `##teamcity[…]` anywhere in a line.
 * @param colon what stands in the place of the first `:` of a line that would be a command
 */
export const withoutCommands = (text: string, colon = '\\x3a'): string =>
  text
    .replaceAll(/^([^\S\n]*):(?=:)/gm, (_, blank: string) => `${blank}${colon}`)
    .replaceAll(/#(?=#\w*\[)/g, '\\x23')

/** JSON with the same values and without what a terminal or a CI server would obey: it is escaped as JSON does. */
export const plainJson = (json: string): string =>
  json
    .replaceAll(OBEYED, (character) =>
      character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll(/#(?=#\w*\[)/g, '\\u0023')
