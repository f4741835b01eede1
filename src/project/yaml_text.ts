/** YAML text as a document, and what is refused before it is read: it would be no project, and cost much to find out. */
import { Composer, Lexer, Parser, type CST, type Document, type LineCounter, type ParsedNode } from 'yaml'

/** What cannot be read. */
export interface TextFault {
  readonly message: string
  readonly fix: string
  /** Where it stands in the text. */
  readonly offset: number
}

/** How many lists and maps may lie inside of each other. */
const MOST_LEVELS = 100

/** Characters that YAML does not allow in a text. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/

/** The first control character of a text, but for tabs and ends of lines. */
function controlFault(text: string): TextFault | undefined {
  const offset = text.search(CONTROL)
  if (offset < 0) return undefined
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')
  return {
    message: `The control character U+${code} cannot stand in YAML.`,
    fix: `Take it out, or write it as "\\u${code}" in double quotes.`,
    offset,
  }
}

/** The document, or why there is none. Its syntax errors are in the document. */
export function documentOf(text: string, lineCounter: LineCounter): Document<ParsedNode> | TextFault {
  const tokens = tokensOf(text, lineCounter)
  if ('offset' in tokens) return tokens
  const fault = controlFault(text)
  if (fault) return fault
  // `%YAML 1.1` would make dates and truth values of what are texts. Keys are compared by whoever reads them:
  // yaml holds each key against all others of its map.
  const composer = new Composer({ lineCounter, prettyErrors: false, schema: 'core', uniqueKeys: false })
  const [document, another] = composer.compose(tokens, true, text.length)
  if (!document) throw new RangeError('no document')
  if (another) {
    return {
      message: 'There is more than one document in this file.',
      fix: 'Take out the `---` between them.',
      offset: another.range[0],
    }
  }
  return document
}

/** What yaml makes a document of. Reading goes down one call for each level, and so does all that follows. */
function tokensOf(text: string, lineCounter: LineCounter): CST.Token[] | TextFault {
  lineCounter.addNewLine(0)
  const parser = new Parser(lineCounter.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    if (parser.stack.length <= MOST_LEVELS) continue
    const tooDeep = parser.stack.filter((token) => 'items' in token)[MOST_LEVELS]
    if (tooDeep === undefined) continue
    return {
      message: `Lists and maps lie more than ${MOST_LEVELS} levels deep inside of each other here.`,
      fix: 'Write what is meant with fewer levels.',
      offset: tooDeep.offset,
    }
  }
  return [...tokens, ...parser.end()]
}
