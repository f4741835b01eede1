/** The text of a `.env` file, read as docker compose and python-dotenv read it; variables in values stay as written. */

/** `NAME=` at the start of a line, and what of a value can stand in quotes, over several lines where it does. */
const VARIABLE =
  /^[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_.-]*)[^\S\n]*=([^\S\n]*)(?:(?:'([^']*)'|"((?:\\[^]|[^"\\])*)"|`([^`]*)`)[^\S\n]*(?=#|$)|(.*))/gm

/** What a backslash stands for within double quotes; before any other character it is itself. */
const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$',
}

/**
 * The variables of such a file; of one name the last. Lines that are no variable are skipped.
 *
 *     export NAME=value    # a comment follows white space: a#b is a value
 *     PEM="one\ntwo"       in single quotes and backticks a backslash is itself
 */
export function envLines(text: string): Record<string, string> {
  const lines = text.replace(/\r\n?/g, '\n')
  return Object.fromEntries(
    [...lines.matchAll(VARIABLE)].map(([, name = '', space, single, double, back, bare = '']) => {
      const unescaped = double?.replace(/\\(.)/g, (pair, after: string) => ESCAPED[after] ?? pair)
      // With the space before it, for `NAME= # nothing` has a comment.
      const plain = `${space}${bare}`.replace(/\s#.*/, '').trim()
      return [name, single ?? unescaped ?? back ?? plain]
    }),
  )
}
