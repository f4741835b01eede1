/** All connectors. To add one: a folder beside this file, and a line here. */
import type { Connector } from '../src/graph/connector.ts'
import { columns } from './columns/index.ts'
import { mixpanel } from './mixpanel/index.ts'

export const CONNECTORS: Readonly<Record<string, Connector>> = { columns, mixpanel }
