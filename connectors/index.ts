/** All connectors. To add one: a file beside this one, and a line here. */
import type { Connector } from '../src/graph/connector.ts'
import { columns } from './columns.ts'
import { mixpanel } from './mixpanel.ts'

export const CONNECTORS: Readonly<Record<string, Connector>> = { columns, mixpanel }
