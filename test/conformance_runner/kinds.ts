/** The types of query that can be asked. */
import { funnel } from './funnel.ts'
import type { Kind } from './kind.ts'
import { lifecycle } from './lifecycle.ts'
import { retention } from './retention.ts'
import { stickiness } from './stickiness.ts'
import { uniques } from './uniques.ts'

export const KINDS: Readonly<Record<string, Kind>> = { funnel, retention, stickiness, lifecycle, uniques }
