/** Tables in Markdown; prettier aligns them. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(cell).join(' | ')} |`)
    .join('\n')
}

export const code = (text: string): string => `\`${text}\``

/** A description that names a file pattern or a placeholder must not become markup. */
const cell = (text: string) =>
  text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[<*]/g, (c) => `\\${c}`)))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
