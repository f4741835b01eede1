/** Forms of dbt that gwh does not have, and what to write instead. */
import { quotedList, nearest, suggest } from '../problems.ts'

const FIELDS: Readonly<Record<string, { readonly instead: string; readonly fix: string }>> = {
  store_failures_as: {
    instead: 'store_failures',
    fix: "dbt's `store_failures_as` is not supported: failures are kept as a table. Write `store_failures: true`, or `false` in place of `ephemeral`.",
  },
}

/** What to write in place of a field that is not known. */
export function suggestField(name: string, known: readonly string[], what: string): string | undefined {
  const form = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  return form && known.includes(form.instead) ? form.fix : suggest(name, known, what)
}

/** What to write in place of a source that there is not; `raw.app` stands for dbt's `source('raw', 'app')`. */
export function suggestSource(name: string, known: readonly string[]): string | undefined {
  const last = name.split('.').at(-1) ?? name
  if (last === name) return suggest(name, known, 'The sources are')
  const near = nearest(last, known)
  const instead =
    near === undefined ? `Write one name; the sources are: ${quotedList(known)}.` : `Write source('${near}').`
  return `dbt's form with two names is not supported, but for a source with \`table: ${name}\`. ${instead}`
}
