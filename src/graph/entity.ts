/** What a report counts. */
import type { GroupKey } from './catalog.ts'

/** Users, or the groups of a key. */
export type Entity = { readonly kind: 'user' } | { readonly kind: 'group'; readonly key: GroupKey }

export const userEntity: Entity = { kind: 'user' }
