/** Writes messages as text for people or as one JSON object a line for machines. */
import type { GlobalOptions } from './options.ts'
import { say, sayJson } from './door.ts'

export interface Log {
  /** A line of text; nothing with --quiet. */
  text(line?: string): void
  /** An event with a stable name; only with --log-format json. */
  event(
    name: string,
    message: string,
    data?: Readonly<Record<string, unknown>>,
    level?: 'info' | 'warn' | 'error',
  ): void
  readonly json: boolean
}

export function createLog({ logFormat, quiet }: Pick<GlobalOptions, 'logFormat' | 'quiet'>): Log {
  const json = logFormat === 'json'
  return {
    json,
    text(line = '') {
      if (!json && !quiet) say(line)
    },
    event(name, message, data = {}, level = 'info') {
      if (!json || (quiet && level === 'info')) return
      sayJson({ info: { name, level, msg: message, ts: new Date().toISOString() }, data })
    },
  }
}
