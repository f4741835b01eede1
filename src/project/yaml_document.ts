/** A YAML file as data that still knows where each value stands in the text. */
import { LineCounter, type YAMLParseError } from 'yaml'
import type { Location, Problem } from '../problems.ts'
import { Excerpts } from './excerpts.ts'
import type { Path } from './path.ts'
import { Secrets } from './secrets.ts'
import { documentOf, type TextFault } from './yaml_text.ts'
import { YamlValues } from './yaml_values.ts'

export interface YamlFile {
  /** Path as messages show it, relative to the project's folder. */
  readonly file: string
  readonly value: unknown
  /** Where the value at `path` stands; the nearest ancestor that exists when it does not. */
  locate(path: Path): Location
  /** Where the key (not the value) at `path` stands. */
  locateKey(path: Path): Location
}

/**
 * Reads YAML text. Syntax errors and doubled keys come back as problems; the value is then undefined.
 * @param secrets is told of those that stand in the text, before a problem quotes it
 */
export function readYaml(
  file: string,
  text: string,
  secrets = new Secrets(),
): { yaml: YamlFile; problems: Problem[] } {
  const counter = new LineCounter()
  const document = documentOf(text, counter)
  const excerpts = new Excerpts(text, 'offset' in document ? undefined : document, secrets)
  const shown = new Map<number, string>()
  // One line may have thousands of problems.
  const excerptOf = (line: number): string => {
    const excerpt = shown.get(line) ?? excerpts.line(line)
    shown.set(line, excerpt)
    return excerpt
  }
  const at = (offset: number): Location => {
    const { line, col } = counter.linePos(offset)
    return new YamlPlace(file, Math.max(1, line), Math.max(1, col), { excerptOf, excerpts })
  }
  const problemOf = ({ offset, ...fault }: TextFault): Problem => ({
    code: 'invalid_yaml',
    ...fault,
    at: at(offset),
  })
  if ('offset' in document) {
    const nowhere = () => at(0)
    return {
      yaml: { file, value: undefined, locate: nowhere, locateKey: nowhere },
      problems: [problemOf(document)],
    }
  }
  // What follows the first syntax error mostly follows from it; doubled keys stand for themselves.
  const problems = document.errors.slice(0, 1).map((error): Problem => {
    // yaml reports what is wrong at the point where it could not go on, sometimes past the last character.
    const offset = Math.min(error.pos[0], Math.max(0, text.length - 1))
    const blank = /^[ \t]*/.exec(text.slice(offset))?.[0].length ?? 0
    const where = counter.linePos(offset).col === 1 ? offset + blank : offset
    return { code: 'invalid_yaml', ...wordsOf(error), at: at(where) }
  })
  const values = new YamlValues(document)
  const value = problems.length > 0 ? undefined : values.read()
  problems.push(...values.faults.map(problemOf))
  const places = values.places()
  return {
    yaml: {
      file,
      value: problems.length > 0 ? undefined : value,
      locate: (path) => at(places.offset(path)),
      locateKey: (path) => at(places.keyOffset(path) ?? places.offset(path)),
    },
    problems,
  }
}

/** The text of a file as messages show it. */
interface ShownText {
  readonly excerptOf: (line: number) => string
  readonly excerpts: Excerpts
}

/**
 * Places are asked for thousands of times, and hardly ever shown: what stands there is looked up then. A class,
 * for objects with getters of their own have a shape each, which costs more than all else about them.
 */
class YamlPlace implements Location {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly #text: ShownText

  constructor(file: string, line: number, column: number, text: ShownText) {
    this.file = file
    this.line = line
    this.column = column
    this.#text = text
  }

  get excerpt(): string {
    return this.#text.excerptOf(this.line)
  }

  get caret(): number | undefined {
    const caret = this.#text.excerpts.caret(this.line, this.column)
    return caret === this.column ? undefined : caret
  }
}

/** Where yaml's own words help little. */
function wordsOf({ code, message }: YAMLParseError): Pick<Problem, 'message' | 'fix'> {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'Tabs are not allowed as indentation.', fix: 'Indent with spaces.' }
    default:
      return {
        // What it could not make sense of is in the excerpt, where secrets are hidden.
        message: message
          .replace(/: ".*"$/s, '')
          .replace(/ (["'])quote$/, ' quote ($1)')
          .replace(/\.?$/, '.'),
        fix: MENDS.find(([pattern]) => pattern.test(message))?.[1] ?? `${INDENTATION}.`,
      }
  }
}

const INDENTATION = 'Check the indentation: entries of one map or list start in the same column'

/** By yaml's words: several faults share one code. */
const MENDS: readonly (readonly [RegExp, string])[] = [
  [/^Sequence item/, `${INDENTATION}, those of a list with \`- \`.`],
  [/^Implicit (map )?keys/, `${INDENTATION}, those of a map as \`key: value\`.`],
  [/^Missing closing/, 'Close the text with that quote.'],
  [/^Missing , /, 'Put a comma between two entries in brackets.'],
  [/^(Nested mappings|Plain value)/, 'Put the text into quotes.'],
  [/end with a [}\]]$/, 'Close the bracket; what is in it is indented further than its key.'],
]
