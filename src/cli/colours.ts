/** Colour for people. What a text holds of a terminal's commands otherwise is not gwh's, and is never obeyed. */

const CODES = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
} as const

export type Style = keyof typeof CODES

/** Colour only on a terminal, and not where NO_COLOR is set. */
export function hasColour(stream: NodeJS.WriteStream = process.stdout): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true
  return stream.isTTY && TERM !== 'dumb'
}

/**
 * Until it is written a colour is marked with numbers that no data can know: it has the form of a terminal's command,
 * so that tables take it for nothing wide.
 */
const MARK = Array.from({ length: 3 }, () => 1000 + Math.floor(Math.random() * 9000)).join(';')
const MARKED = new RegExp(String.raw`\u001b\[${MARK};(\d+)m`)

/** The text in a colour; to be written through the door, which puts it on. */
export function style(kind: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  if (!hasColour(stream)) return text
  const [on, off] = CODES[kind]
  return `\u001b[${MARK};${on}m${text}\u001b[${MARK};${off}m`
}

/** Puts the colours on. @param plain makes the texts between them safe to write */
export const withColours = (text: string, plain: (part: string) => string): string =>
  text
    .split(MARKED)
    .map((part, i) => (i % 2 === 0 ? plain(part) : `\u001b[${part}m`))
    .join('')
