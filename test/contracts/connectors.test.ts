/** Every connector has a sample, and does with it what all of them must do. */
import path from 'node:path'
import { describe } from 'vitest'
import { CONNECTORS } from '../../connectors/index.ts'
import { connectorContract } from './connector_contract.ts'

describe.each(Object.values(CONNECTORS))('the connector $name', (connector) => {
  const folder = path.resolve('connectors', connector.name)
  connectorContract(
    connector,
    { folder: path.join(folder, 'sample'), expected: path.join(folder, 'expected') },
    Object.values(CONNECTORS).filter((other) => other !== connector),
  )
})
