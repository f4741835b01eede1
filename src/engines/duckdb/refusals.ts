/** What DuckDB says of a statement, and the way out where it refuses for reasons of its own. */
import { SessionLost, WarehouseError, type Refusal } from '../warehouse.ts'

const REFUSALS: readonly { said: RegExp; refusal: Refusal; fix: string }[] = [
  {
    // before memory: that which does not fit into memory is written to the disk
    said: /No space left on device|max_temp_directory_size|Disk quota exceeded/i,
    refusal: 'out_of_space',
    fix: 'Make room on the disk that holds the database file and, beside it, the temporary files (`….tmp`), and build again.',
  },
  {
    said: /^Out of Memory Error/i,
    refusal: 'out_of_memory',
    fix: 'Raise `memory_limit` of the target, or lower its `threads`: each of them needs memory of its own.',
  },
  {
    said: /read-only mode|Permission denied/i,
    refusal: 'not_allowed',
    fix: 'Look at who owns the file and its folder, and at who may write there.',
  },
]

export function asDuckDBError(error: unknown): WarehouseError | SessionLost {
  const text = error instanceof Error ? error.message : String(error)
  if (/^FATAL Error|database has been invalidated/i.test(text)) {
    // DuckDB answers nothing any more, but says what the first fault was.
    const original = /Original error: "([\s\S]*)"$/.exec(text.trim())?.[1] ?? firstLine(text)
    return new SessionLost(original, { cause: error, ...refusalIn(original) })
  }
  const line = /(?:^|\n)LINE (\d+):/.exec(text)?.[1]
  const message = text.split(/\n+LINE \d+:/)[0]?.trim() ?? text
  const known = refusalIn(message)
  return new WarehouseError(known ? firstLine(message) : message, {
    line: line === undefined ? undefined : Number(line),
    fix: known?.fix,
    missing: /^Catalog Error: Table with name (?:\S+\.)?"?([^\s"]+)"? does not exist/.exec(message)?.[1],
    refusal: known?.refusal,
    cause: error,
  })
}

const refusalIn = (message: string) => REFUSALS.find(({ said }) => said.test(message))

/** Advice on settings that only whoever writes SQL by hand could follow comes after it. */
const firstLine = (text: string): string => text.split('\n')[0]?.trim() ?? text
