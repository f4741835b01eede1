/** Sources of type `several`, taken apart into the sources that they stand for: one for each output of a relation. */
import * as z from 'zod'
import { quotedList, type Problem } from '../problems.ts'
import type { Project } from '../project/load.ts'
import type { Path } from '../project/path.ts'
import { decode } from '../project/scalars.ts'
import { relationFields, severalFields, SEVERAL, type SourceOptions } from '../project/schema.ts'
import { problemsOfEntry } from '../project/zod_problems.ts'
import type { Connector, SeveralOutputs } from './connector.ts'

/** The fields of a source of several outputs, those of its connector among them. */
export const severalSchema = ({ options, relations }: SeveralOutputs): z.ZodObject =>
  options.safeExtend({
    ...severalFields,
    relations: z
      .strictObject(
        Object.fromEntries(
          Object.entries(relations).map(([name, what]) => [
            name,
            z.strictObject(relationFields).optional().describe(what),
          ]),
        ),
      )
      .describe('Where its relations are; those that are left out are not read.'),
  })

/** An entry, and where a field of it stands in the project. */
interface Entry {
  readonly given: SourceOptions
  readonly place: (field: Path) => Path
}

/** @param problems is given what is wrong with sources of several outputs; what cannot be taken apart is left out */
export function withOutputs(
  project: Project,
  connectors: Readonly<Record<string, Connector>>,
  problems: Problem[],
): Project {
  if (!project.sources.some(({ type }) => type === SEVERAL)) return project
  const entries = project.sources.flatMap((given, i): Entry[] => {
    const at: Path = ['sources', i]
    const connector = Object.hasOwn(connectors, given.connector) ? connectors[given.connector] : undefined
    const several = given.type === SEVERAL ? connector?.several : undefined
    // What a connector does not read is a problem where sources are resolved.
    return several
      ? entriesOf(given, several, at, project, problems)
      : [{ given, place: (field) => [...at, ...field] }]
  })
  const placed = (at: Path): Path => {
    const [section, i, ...field] = at
    const entry = section === 'sources' && typeof i === 'number' ? entries[i] : undefined
    return entry === undefined ? at : entry.place(field)
  }
  return {
    ...project,
    sources: entries.map(({ given }) => given),
    locate: (at) => project.locate(placed(at)),
    locateKey: (at) => project.locateKey(placed(at)),
    written: (at) => project.written?.(placed(at)) ?? placed(at),
  }
}

function entriesOf(
  given: SourceOptions,
  several: SeveralOutputs,
  at: Path,
  project: Project,
  problems: Problem[],
): Entry[] {
  const schema = severalSchema(several).strict()
  const decoded = decode(schema, given)
  if (!decoded.success) {
    problems.push(...problemsOfEntry(decoded.error.issues, schema, project, at, `Source \`${given.name}\``))
    // Which sources it would have been is not known.
    project.broken.add('sources', undefined)
    return []
  }
  const { relations, ...options } = decoded.data as { relations: Record<string, object | undefined> }
  const keys = project.group_keys.map(({ name }) => name)
  const outputs = several
    .outputs(options as never, keys)
    .filter(({ relation }) => relations[relation] !== undefined)
  if (outputs.length === 0) {
    problems.push({
      code: 'missing_field',
      message: `Source \`${given.name}\` has no relation that something is made of.`,
      at: project.locateKey([...at, 'relations']),
      fix: `Its connector \`${given.connector}\` reads ${quotedList(Object.keys(several.relations))}.`,
    })
  }
  return outputs.map(({ name, type, relation, options: own, from }) => ({
    given: {
      description: given.description,
      ...own,
      ...relations[relation],
      name: `${given.name}_${name.replaceAll(/\W/g, '_')}`,
      type,
      connector: given.connector,
    },
    place([first = '', ...rest]) {
      // What is wrong with an entry as a whole is wrong with its relation.
      if (first === '') return [...at, 'relations', relation]
      if (Object.hasOwn(relationFields, first)) return [...at, 'relations', relation, first, ...rest]
      if (from?.[0] === first) return [...at, ...from, ...rest]
      return from && !Object.hasOwn(given, first) ? [...at, ...from] : [...at, first, ...rest]
    },
  }))
}
