/** What a source may say of its CSV files: how they are written, and the types of columns. */
import * as z from 'zod'

const text = z.string().min(1, 'must not be empty')

/** The parts that DuckDB knows; what stands between them is text. */
const format = text.regex(
  /^(?=.*%)([^%]|%(-?[dmyHIMSj]|[aAbBYpgfnzZUWcxXGVu%]))+$/,
  'use parts such as %d, %m, %Y, %H, %M and %S',
)

export const ENCODINGS = ['utf-8', 'utf-16', 'latin-1', 'windows-1252'] as const

export const csvSchema = z
  .strictObject({
    delimiter: z
      .string()
      .min(1, 'must not be empty')
      .max(4, 'use at most four characters')
      .optional()
      .describe('What stands between fields; default: a tab in .tsv, else what the header has of , ; tab |.'),
    quote: z
      .string()
      .max(1, 'use one character, or none')
      .default('"')
      .describe("What stands around fields that hold a delimiter or a line break; '' for none."),
    escape: z
      .string()
      .max(1, 'use one character, or none')
      .optional()
      .describe('What stands before a quote inside of quotes; default: the quote itself.'),
    decimal: z
      .enum(['.', ','])
      .default('.')
      .describe('What stands before the fraction of a number: with a comma, 1.234,5 is read as 1234.5.'),
    nulls: z
      .union([text, z.array(z.string()).min(1)])
      .optional()
      .describe('Texts that stand for no value, such as NA; an empty field always does.'),
    header: z.boolean().default(true).describe('Whether the first line holds the names of the columns.'),
    names: z.array(text).min(1).optional().describe('The names of the columns, where there is no header.'),
    skip: z.int().min(0).default(0).describe('Lines before the header, or before the first row.'),
    encoding: z.enum(ENCODINGS).default('utf-8').describe('How characters are written.'),
    date_format: format.optional().describe('How dates are written where not as 2024-01-31: %d/%m/%Y.'),
    timestamp_format: format
      .optional()
      .describe('How times are written where not as ISO 8601: %d.%m.%Y %H:%M.'),
  })
  .refine((csv) => csv.header === (csv.names === undefined), {
    message: '`names` and `header: false` go together',
    path: ['header'],
    params: {
      fix: 'Files without a header need `names: [...]`; the names of files with one are in it.',
    },
  })

export type CsvOptions = z.output<typeof csvSchema>

export const columnTypesSchema = z.record(
  text,
  z.enum(['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'json']),
)
