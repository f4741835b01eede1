/** Options that commands share. */

export interface GlobalOptions {
  projectDir: string
  target?: string
  envFile?: string
  vars?: string
  logFormat: 'text' | 'json'
  quiet?: boolean
  debug?: boolean
}

export interface SelectionOptions {
  select?: string[]
  exclude?: string[]
}
