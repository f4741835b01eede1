/** Writes messages as text for people or as one JSON object a line for machines. */
import type { Project } from '../project/load.ts'
import { redact } from '../project/secrets.ts'
import type { GlobalOptions } from './context.ts'

let secrets: () => readonly string[] = () => []

/** Nothing that is written as a message from now on shows the secrets of this project, as far as they are known. */
export function hide(project: Pick<Project, 'secrets'>): void {
  secrets = () => project.secrets
}

/** A message that may be written. */
export const safe = (text: string): string => redact(text, secrets())

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
      if (!json && !quiet) process.stdout.write(`${safe(line)}\n`)
    },
    event(name, message, data = {}, level = 'info') {
      if (!json || (quiet && level === 'info')) return
      const event = { info: { name, level, msg: message, ts: new Date().toISOString() }, data }
      const hiding = (_: string, value: unknown) => (typeof value === 'string' ? safe(value) : value)
      process.stdout.write(`${JSON.stringify(event, hiding)}\n`)
    },
  }
}
