/** The rows of a sample's file, read without gwh: as a table would hold them. */
import { readFileSync } from 'node:fs'

export interface FileRows {
  /** Texts; of lines of JSON those columns are JSON that hold anything else. */
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'json' }[]
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

export function rowsOfFile(file: string): FileRows {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.csv') ? ofCsv(text) : ofLines(text)
}

function ofCsv(text: string): FileRows {
  const [header = [], ...lines] = text.trimEnd().split('\n').map(fields)
  return {
    columns: header.map((name) => ({ name, type: 'text' })),
    rows: lines.map((line) =>
      Object.fromEntries(header.map((name, i) => [name, line[i] === '' ? null : (line[i] ?? null)])),
    ),
  }
}

/** One line; samples have no line breaks in fields. */
function fields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

function ofLines(text: string): FileRows {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))]
  const isText = (name: string) => lines.every((line) => typeof (line[name] ?? '') === 'string')
  return {
    columns: names.map((name) => ({ name, type: isText(name) ? 'text' : 'json' })),
    rows: lines.map((line) =>
      Object.fromEntries(
        names.map((name) => {
          const value = line[name] ?? null
          return [name, value === null || isText(name) ? (value as string | null) : JSON.stringify(value)]
        }),
      ),
    ),
  }
}
