/**
 * What `gwh explain` can explain: problem codes, rules and checks. The pages of docs/ have the texts, and come
 * with the package; checks describe themselves.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CHECKS } from '../checks/index.ts'

export interface Explanation {
  /** A problem code (`missing_column`), a rule (`FUN-4`) or a check (`group_id_case`). */
  readonly name: string
  readonly kind: 'problem' | 'rule' | 'check'
  /** In one line. */
  readonly title: string
  /** Plain lines, without the name. */
  readonly text: string
}

/** All of them, in the order of the pages. */
export const explanations = (): Explanation[] => [...problems(), ...rules(), ...checks()]

/** The section of each code in docs/errors.md. */
function problems(): Explanation[] {
  return page('errors.md')
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [name = '', ...lines] = section.replace(/^## [\s\S]*/m, '').split('\n')
      const text = plain(lines.join('\n'))
      return { name, kind: 'problem', title: firstSentence(text.replace(/^Exit code [^.]*\. /, '')), text }
    })
}

/** The paragraphs of docs/semantics.md that begin with an id: `**FUN-4 In which order.** …`. */
function rules(): Explanation[] {
  return [...page('semantics.md').matchAll(/^<a id="[^"]*"><\/a>\*\*([A-Z]+-\d+) ([^*]+)\*\*/gm)].map(
    ({ 0: head, 1: name = '', 2: title = '', index, input }) => {
      const rest = input.slice(index + head.length)
      const end = rest.search(/^(<a id=|#)/m)
      return { name, kind: 'rule', title, text: plain(`${title}${end < 0 ? rest : rest.slice(0, end)}`) }
    },
  )
}

const checks = (): Explanation[] =>
  CHECKS.map(({ name, description, severity, enabled, options, generic }) => {
    const fields = Object.keys(options?.shape ?? {})
    const lines = [
      description,
      `Where it does not hold, it is ${severity === 'error' ? 'an error: nothing is published' : 'a warning'}.`,
      ...(fields.length > 0 ? [`Its options are ${fields.map((field) => `\`${field}\``).join(', ')}.`] : []),
      enabled === false
        ? `Turn it on in project.yml: \`data_tests: {${name}: {enabled: true}}\`.`
        : generic
          ? 'It is declared for a column or a relation, under `data_tests:`.'
          : `Turn it off in project.yml: \`data_tests: {${name}: {enabled: false}}\`.`,
    ]
    return { name, kind: 'check', title: description, text: lines.join('\n') }
  })

/** The pages lie beside `dist/` in the package, and beside `src/` in the repository. */
function page(name: string): string {
  const folders = ['../docs/', '../../docs/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  return readFileSync(`${folders.find((folder) => existsSync(folder + name)) ?? folders[0]}${name}`, 'utf8')
}

/** Markdown without what a terminal cannot show: links by their text and the id or page they lead to. */
const plain = (markdown: string): string =>
  markdown
    .trim()
    .replaceAll(/\[([^\]]*)\]\(([^)#]*)(#[^)]*)?\)/g, (_, text: string, file: string) =>
      /^[A-Z]+-\d+$/.test(text) || file === '' ? text : `${text} (docs/${file})`,
    )
    .replaceAll(/<a id="[^"]*"><\/a>|\*\*/g, '')

const firstSentence = (text: string): string =>
  (/^[\s\S]*?\.(?=\s|$)/.exec(text)?.[0] ?? text).replaceAll('\n', ' ')
