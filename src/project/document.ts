/** A YAML file as data that still knows where each value stands in the text. */
import { LineCounter, isMap, isScalar, parseDocument, type Document, type YAMLParseError } from 'yaml'
import type { Location, Problem } from '../problems.ts'
import { withoutPasswords } from './secrets.ts'

export type Path = readonly (string | number)[]

export interface YamlFile {
  /** Path as messages show it, relative to the project's folder. */
  readonly file: string
  readonly value: unknown
  /** Where the value at `path` stands; the nearest ancestor that exists when it does not. */
  locate(path: Path): Location
  /** Where the key (not the value) at `path` stands. */
  locateKey(path: Path): Location
}

/** Reads YAML text. Syntax errors and doubled keys come back as problems; the value is then undefined. */
export function readYaml(file: string, text: string): { yaml: YamlFile; problems: Problem[] } {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const lines = text.split(/\r?\n/)
  const at = (offset: number): Location => {
    const { line, col } = counter.linePos(offset)
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      excerpt: withoutPasswords(lines[line - 1] ?? ''),
    }
  }
  // What follows the first syntax error mostly follows from it; doubled keys stand for themselves.
  const first = document.errors.find((error) => error.code !== 'DUPLICATE_KEY')
  const problems = document.errors
    .filter((error) => error === first || error.code === 'DUPLICATE_KEY')
    .map((error): Problem => {
      // yaml reports what is wrong at the point where it could not go on, sometimes past the last character.
      const offset = Math.min(error.pos[0], Math.max(0, text.length - 1))
      const blank = /^[ \t]*/.exec(text.slice(offset))?.[0].length ?? 0
      const where = counter.linePos(offset).col === 1 ? offset + blank : offset
      return { code: 'invalid_yaml', ...wordsOf(error, text.slice(where)), at: at(where) }
    })
  const value = problems.length > 0 ? undefined : readValue(document, text, at, problems)
  return {
    yaml: {
      file,
      value,
      locate: (path) => at(offsetOf(document, path)),
      locateKey: (path) => at(keyOffsetOf(document, path) ?? offsetOf(document, path)),
    },
    problems,
  }
}

/** Where yaml's own words help little. */
function wordsOf({ code, message }: YAMLParseError, rest: string): Pick<Problem, 'message' | 'hint'> {
  switch (code) {
    case 'DUPLICATE_KEY':
      return {
        message: `The key \`${/^[^:\n]*/.exec(rest)?.[0].trim()}\` is there twice.`,
        hint: 'Remove one of the two.',
      }
    case 'TAB_AS_INDENT':
      return { message: 'Tabs are not allowed as indentation.', hint: 'Indent with spaces.' }
    default:
      return {
        message: message.replace(/ (["'])quote$/, ' quote ($1)').replace(/\.?$/, '.'),
        hint: MENDS.find(([pattern]) => pattern.test(message))?.[1] ?? `${INDENTATION}.`,
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

/** What the document says. An alias may name an anchor that there is not, which is found only now. */
function readValue(
  document: Document,
  text: string,
  at: (offset: number) => Location,
  problems: Problem[],
): unknown {
  try {
    return document.toJS()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    const name = / alias .*: (.*)$/.exec(error.message)?.[1]
    problems.push({
      code: 'invalid_yaml',
      message:
        name === undefined
          ? `${error.message}.`
          : `\`*${name}\` stands for a value that is marked \`&${name}\`, and there is none.`,
      at: at(Math.max(0, text.indexOf(`*${name ?? ''}`))),
      hint: 'Put it into quotes if it is a text.',
    })
    return undefined
  }
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    const range = (node as { range?: readonly number[] } | undefined)?.range
    if (range?.[0] !== undefined) return range[0]
  }
  return 0
}

function keyOffsetOf(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return undefined
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}
