/** What plugins bring keeps the contracts of what gwh brings: the toys of test/fixtures/plugins, outside of the repository. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'vitest'
import { CONNECTORS } from '../../connectors/index.ts'
import type { Check } from '../../src/checks/index.ts'
import { openWarehouse, type Engine } from '../../src/engines/index.ts'
import type { Connector } from '../../src/graph/connector.ts'
import { load } from '../../src/gwh.ts'
import { partsOfKind, type Plugin, type PluginPart } from '../../src/project/plugins.ts'
import { tempFolder } from '../support/engines.ts'
import type { Files } from '../support/projects.ts'
import { warehouseContract } from '../warehouse_contract.ts'
import { checkContract } from './check_contract.ts'
import { connectorContract } from './connector_contract.ts'
import { functionContract } from './function_contract.ts'
import { relationContract, reportContract, type ProjectSample } from './relation_contract.ts'

const TOYS = path.resolve('test/fixtures/plugins')

const FILES: Files = Object.fromEntries(
  readdirSync(TOYS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .map((file) => [path.relative(TOYS, file), readFileSync(file, 'utf8')]),
)

/** The package as npm would put it into a project. */
function installGwh(dir: string): void {
  mkdirSync(path.join(dir, 'node_modules'))
  symlinkSync(path.resolve('.'), path.join(dir, 'node_modules/gwh'), 'dir')
}

function projectOfToys(dir: string) {
  cpSync(TOYS, dir, { recursive: true })
  installGwh(dir)
  return load(dir, { env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' } }).plan.catalog.project
}

const toys = projectOfToys(mkdtempSync(path.join(os.tmpdir(), 'gwh-toys-')))

// As gwh loads it, it is made with the bundled kit, whose errors are other classes than those that the contract knows.
const { default: quack } = (await import(path.resolve(toys.dir, 'plugins/quack.js'))) as {
  default: PluginPart<Engine>
}
const plugins: readonly Plugin[] = [
  { name: 'quack', at: { file: 'project.yml', line: 1, column: 1 }, parts: [quack] },
]

warehouseContract(quack.value, () => openWarehouse({ ...projectOfToys(tempFolder()), plugins }))
functionContract(quack.value, () => openWarehouse({ ...projectOfToys(tempFolder()), plugins }))

describe('the connector of a plugin', () => {
  const [ledger] = partsOfKind(toys.plugins, 'connector').map(({ part }) => part.value as Connector)
  if (!ledger) throw new Error('the toys have no connector')
  connectorContract(
    ledger,
    { folder: TOYS, expected: path.join(TOYS, 'expected'), prepare: installGwh },
    Object.values(CONNECTORS),
  )
})

describe('the check of a plugin', () => {
  const [busyUsers] = partsOfKind(toys.plugins, 'check').map(({ part }) => part.value as Check)
  if (!busyUsers) throw new Error('the toys have no check')
  const allowing = (events: number): Files => ({
    ...FILES,
    'project.yml': FILES['project.yml']?.replace('at_most: 1 ', `at_most: ${events} `),
  })
  checkContract(busyUsers, {
    test: 'busy_users',
    right: allowing(2),
    wrong: allowing(1),
    says: '1: 7 has 2 events',
    prepare: installGwh,
  })
})

const changed = (file: string, from: RegExp, to: string): Files => {
  const text = FILES[file] ?? ''
  if (!from.test(text)) throw new RangeError(`${file} has no ${String(from)}`)
  return { ...FILES, [file]: text.replaceAll(from, to) }
}

const TOY_PROJECT: ProjectSample = {
  files: FILES,
  ungrouped: changed('data/entries.ndjson', /"party": [^,]+(, "globex"\])?, /g, '"party": null, '),
  beforehand: changed('project.yml', /( +)(type: first_days\n)/g, '$1$2$1range: { to: 2023-12-31 }\n'),
  prepare: installGwh,
}

describe('the model of a plugin', () => {
  relationContract(TOY_PROJECT, 'event_counts', { event_name: 'paid', events: 2 }, ['events'])
})

describe('the report of a plugin', () => {
  relationContract(TOY_PROJECT, 'new_companies', { day: '2024-01-03', groups: 1 }, ['groups'])
  reportContract(TOY_PROJECT, 'new_companies', ['groups'])
})
