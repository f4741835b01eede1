/**
 * Texts that come from data, files and databases, made safe to print: what a terminal would obey is shown, and
 * no line of them is a command to a CI server, which reads along.
 */

/**
 * Controls (C0, DEL, C1), marks that turn the direction of text, Unicode's own ends of lines, and what nobody sees. The
 * joiners U+200C and U+200D and the tags of flags are parts of writing.
 */
const OBEYED =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}]/gu

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `\n`, `\x1b`, `\u202e`. */
function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code > 0xffff) return `\\u{${hex}}`
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

/** Half of a character beyond U+FFFF, or one character, as JSON escapes it. */
const unitOf = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** JSON with the same values and without what a terminal or a CI server would obey: it is escaped as JSON does. */
export const plainJson = (json: string): string =>
  json
    .replaceAll(OBEYED, (character) =>
      character === '\n' ? character : character.replaceAll(/[\s\S]/g, unitOf),
    )
    .replaceAll(/#(?=#\w*\[)/g, '\\u0023')
