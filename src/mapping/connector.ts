/**
 * `connector({…})`: an upstream layout as data. For each output that a layout has, options that project.yml gives
 * and a description of the rows that follows from them; everything else follows from the description.
 */
import type { z } from 'zod'
import type {
  Connector,
  ConnectorContext,
  Detection,
  OutputEntry,
  SeveralOutputs,
  SourceReader,
} from '../graph/connector.ts'
import type { Sql } from '../sql/sql.ts'
import { discardsReader, type DiscardMapping } from './discards.ts'
import { eventsReader, type EventMapping } from './events.ts'
import { linksReader, type LinkMapping } from './links.ts'
import { operationsReader, type OperationMapping } from './operations.ts'
import { groupsReader, usersReader, type GroupMapping, type UserMapping } from './profiles.ts'

/** One output of a connector. */
export interface Output<Schema extends z.ZodObject, Mapping> {
  /** Fields of the source's entry in project.yml, besides those that every source has. */
  readonly options: Schema
  /** What the rows say, for these options. */
  map(options: z.output<Schema>): Mapping
  /** Event names that the upstream system writes for its own purposes; of `events` only. */
  readonly excludeEvents?: readonly string[] | undefined
  /**
   * For rows that are no mapping: the select in place of the one that follows, with exactly its columns. It reads
   * no other columns than the description does.
   */
  select?(options: z.output<Schema>, c: ConnectorContext): Sql
}

/** Several outputs of one source: its relations, and the entries of `sources` that they stand for. */
export interface Several<Schema extends z.ZodObject> extends Omit<SeveralOutputs, 'options' | 'outputs'> {
  /** Fields of the source's entry in project.yml, besides those that every source has. */
  readonly options: Schema
  /** @see SeveralOutputs.outputs */
  outputs(options: z.output<Schema>, groupKeys: readonly string[]): readonly OutputEntry[]
}

/** The outputs by what their rows are. A new kind has a file beside this one, and a line here. */
export interface ConnectorDefinition<
  Events extends z.ZodObject,
  Groups extends z.ZodObject,
  Operations extends z.ZodObject,
  Users extends z.ZodObject,
  Links extends z.ZodObject,
  Discards extends z.ZodObject,
  All extends z.ZodObject,
> {
  /** As `connector:` of a source names it. */
  readonly name: string
  /** One sentence: what it reads. */
  readonly description: string
  /** Columns that give the layout away. */
  readonly detect?: readonly Detection[] | undefined
  readonly events?: Output<Events, EventMapping>
  readonly group_table?: Output<Groups, GroupMapping>
  readonly operations?: Output<Operations, OperationMapping>
  readonly user_table?: Output<Users, UserMapping>
  readonly links?: Output<Links, LinkMapping>
  readonly discards?: Output<Discards, DiscardMapping>
  /** For sources of type `several`, which this connector reads as the entries that it makes of them. */
  readonly several?: Several<All>
}

/** A connector from its descriptions. */
export function connector<
  Events extends z.ZodObject,
  Groups extends z.ZodObject,
  Operations extends z.ZodObject,
  Users extends z.ZodObject,
  Links extends z.ZodObject,
  Discards extends z.ZodObject,
  All extends z.ZodObject,
>(definition: ConnectorDefinition<Events, Groups, Operations, Users, Links, Discards, All>): Connector {
  const { name, description, detect = [], several, ...outputs } = definition
  return {
    name,
    description,
    detect,
    events: readerOf(outputs.events, eventsReader),
    group_table: readerOf(outputs.group_table, groupsReader),
    operations: readerOf(outputs.operations, operationsReader),
    user_table: readerOf(outputs.user_table, usersReader),
    links: readerOf(outputs.links, linksReader),
    discards: readerOf(outputs.discards, discardsReader),
    several,
  }
}

function readerOf<Schema extends z.ZodObject, Mapping>(
  output: Output<Schema, Mapping> | undefined,
  read: (map: (options: never) => Mapping) => Omit<SourceReader, 'options'>,
): SourceReader | undefined {
  if (output === undefined) return undefined
  const { options, excludeEvents } = output
  const select = output.select?.bind(output)
  return {
    options,
    ...read((o) => output.map(o)),
    ...(excludeEvents && { excludeEvents }),
    ...(select && {
      select: (o: never, c: ConnectorContext) => select(o, c),
      // It may leave rows out for whatever an option says.
      countedBy: (o: Readonly<Record<string, unknown>>) =>
        Object.keys(options.shape)
          .filter((field) => !['group_keys', 'properties'].includes(field))
          .map((field) => [field, o[field]]),
    }),
  }
}
