/** Roles that a project grants something, held against those of the warehouse before anything is built. */
import { grantsOf } from '../engines/targets.ts'
import type { Plan } from '../graph/plan.ts'
import { suggest, throwIfAny, type Location, type Problem } from '../problems.ts'
import { rolesOf, type Grants } from '../project/relation_settings.ts'
import type { Warehouse } from '../engines/index.ts'

/** Everybody. */
const PUBLIC = 'public'

/**
 * @param selected names of the models that are built
 * @throws ProblemError `invalid_value` for each role that there is not; nothing where the warehouse has no roles
 */
export async function checkRoles(
  { catalog, models }: Plan,
  warehouse: Warehouse,
  selected: ReadonlySet<string>,
): Promise<void> {
  const { project } = catalog
  const { target } = project
  const given: { grants: Grants; at: (privilege: string) => Location }[] = []
  const ofTarget = grantsOf(target)
  if (ofTarget) {
    const at = (privilege: string) => project.locate(['targets', target.name, 'grants', privilege])
    given.push({ grants: ofTarget, at })
  }
  for (const { name, settings } of models) {
    if (settings?.grants && selected.has(name))
      given.push({ grants: settings.grants, at: () => settings.at('grants') })
  }
  if (given.length === 0) return
  const known = await warehouse.roles()
  if (known === undefined) return
  throwIfAny(
    given.flatMap(({ grants, at }) =>
      Object.entries(rolesOf(grants)).flatMap(([privilege, roles]) =>
        roles
          .filter((role) => role.toLowerCase() !== PUBLIC && !known.includes(role))
          .map((role): Problem => ({
            code: 'invalid_value',
            message: `There is no role \`${role}\` on ${warehouse.place} that could be granted ${privilege}.`,
            at: at(privilege),
            fix: suggest(
              role,
              known.filter((name) => !name.startsWith('pg_')),
              'The roles are',
            ),
          })),
      ),
    ),
  )
}
