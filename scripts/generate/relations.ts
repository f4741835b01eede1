/** The part of docs/ about the relations, as the sample project has them. */
import type { ColumnDoc, Model } from '../../src/graph/model.ts'
import { code, table } from './markdown.ts'

export const relationsReference = (models: readonly Model[]): string => models.map(relation).join('\n\n')

function relation({ name, description, grain, materialized, columns }: Model): string {
  return [
    `## ${code(name)}`,
    description,
    `One row per ${grain.map(code).join(', ')}. A ${materialized}.`,
    table(
      ['column', 'type', 'what it holds'],
      Object.entries(columns)
        .filter(([, { oldNameOf }]) => oldNameOf === undefined)
        .map(([column, doc]) => [code(column), typeText(doc), doc.description]),
    ),
  ].join('\n\n')
}

const typeText = ({ type }: ColumnDoc) => (type === 'source' ? 'as in the source' : type)
