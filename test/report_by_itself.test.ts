/** A report that is added and built alone is told of what it names in vain, as when everything is built. */

import { expect, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { ENGINES, optionsFor } from './support/engines.ts'
import { project } from './support/findings.ts'
import { writeFiles, writeProject } from './support/projects.ts'

const PROJECT = project(`
group_keys: [{ name: company_id }]
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: event, time: time, user: user }
    properties_column: props
  - { name: crm, type: group_table, group_key: company_id, file: crm.csv, columns: { id: id }, properties: [plan] }
`)

const REPORTS = `reports:
  - { name: onboarding, type: funnel, by: company_id, steps: [login, Buy] }
  - name: paying
    type: uniques
    metrics:
      - { name: pros, by: company_id, event: Login, where: [{ property: plan, of: company_id, value: Pro }] }
      - { name: kinds, by: user, event: Buy, where: [{ property: kinds, value: a }] }
  - name: kept_away
    type: uniques
    by: user
    any_event: true
    where: [{ property: plan, of: company_id, through: user, op: neq, value: pro }]
`

const line = (event: string) =>
  JSON.stringify({ event, time: '2024-03-01', user: 'ann', props: { company_id: 'acme', kind: 'a' } })

test.each(ENGINES)('on %s', async (engine) => {
  const options = await optionsFor(engine)
  const dir = writeProject({
    'project.yml': PROJECT,
    'app.ndjson': `${line('Login')}\n${line('Buy')}\n`,
    'crm.csv': 'id,plan\nacme,pro\n',
  })
  await run(load(dir, options), { command: 'build' })
  writeFiles(dir, { 'models/reports.yml': REPORTS })
  const told = async (command: 'build' | 'test', ...select: string[]) => {
    const { results } = await run(load(dir, options), { command, select })
    return results.flatMap(({ status, examples = [] }) => (status === 'warn' ? examples : []))
  }
  const login = `models/reports.yml:2: no event is called 'login'; the nearest is 'Login'`
  const pro = `models/reports.yml:6: plan is never 'Pro'; the nearest is 'pro'`
  const kinds = `models/reports.yml:7: no event has a property 'kinds'; the nearest is 'kind'`
  const links = expect.stringContaining('models/reports.yml:12: company_id.plan (through user) <> ') as string
  expect(await told('build', 'report:onboarding')).toContain(login)
  expect(await told('build', 'paying*')).toEqual(expect.arrayContaining([pro, kinds]))
  expect(await told('build', 'kept_*')).toContainEqual(links)
  expect(await told('test', 'onboarding_trend')).toContain(login)
  expect(await told('test', 'report:paying')).toEqual(expect.arrayContaining([pro, kinds]))
  expect(await told('test', 'events_daily', 'report:kept_away')).toEqual([login, links])
})
