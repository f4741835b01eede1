import type { CsvOptions } from '../project/file_schema.ts'
import type { Sql } from '../sql/sql.ts'

/** How a source writes its times. `timestamp` takes timestamps, dates and ISO 8601 text. */
export type TimeFormat = 'timestamp' | 'epoch_s' | 'epoch_ms' | 'epoch_us'

export type Period = 'hour' | 'day' | 'week' | 'month'

export type TimeUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

export type WeekDay = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

/** What a member of a line of JSON is read as: its text, or its value with the kind that it has. */
export type LineType = 'text' | 'json'

export type FileFormat = 'parquet' | 'csv' | 'ndjson'

/** Types that a profile property can be declared as. */
export type PropertyType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'date' | 'json'

/** Types of the columns that gwh makes; a `timestamp` is an instant, whatever an engine calls its type for these. */
export type ColumnType =
  'text' | 'bigint' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'date' | 'json' | 'text[]'

export interface SqlFunctions {
  /** Any value as text. */
  readonly text: (value: Sql) => Sql
  /** One group or user id as text: null, NaN and '' are null, numbers have no exponent and no zeros at the end. */
  readonly id: (value: Sql) => Sql
  /**
   * The distinct ids of a scalar, a native list, a JSON list or a list as text, sorted by bytes; an empty list
   * where there are none. Text is read as JSON, Python, DuckDB and PostgreSQL write lists; text that is none of
   * these is one id. Nulls, empty texts, objects and nested lists are not ids.
   */
  readonly idList: (value: Sql) => Sql
  /**
   * Whether an id, of any type, was kept as a floating-point number that is too large for all of its digits: other
   * ids may have become the same.
   */
  readonly isRounded: (value: Sql) => Sql
  /** The same of a member of a column with a JSON object, as it is written there: what `json` makes of it may not say. */
  readonly isRoundedMember: (object: Sql, property: string) => Sql
  /** Whether a list of ids has members. */
  readonly hasIds: (list: Sql) => Sql
  /** How many members a list of ids has. */
  readonly idCount: (list: Sql) => Sql
  /** The id of a list that has one; null of a list that has none, or several. */
  readonly onlyId: (list: Sql) => Sql
  /** A list of ids without members. */
  readonly noIds: () => Sql
  /** An instant; null where the value is unreadable. Naive times are local times of `zone`. */
  readonly instant: (value: Sql, format: TimeFormat, zone: string) => Sql
  /** The current instant. */
  readonly now: () => Sql
  /** A constant instant from an ISO 8601 text. */
  readonly instantLiteral: (iso: string) => Sql
  /** An instant as texts and JSON say it: the date and time in UTC, without an offset. */
  readonly utcClock: (instant: Sql) => Sql
  /** The calendar day (a date) of an instant in a time zone. */
  readonly localDay: (instant: Sql, zone: string) => Sql
  /** First day (a date) of the week or month of a date. */
  readonly periodStart: (day: Sql, period: Exclude<Period, 'hour'>, weekStart: WeekDay) => Sql
  /** The instant at which the local hour of an instant begins; the two hours of a clock change are two. */
  readonly hourStart: (instant: Sql, zone: string) => Sql
  /** Microseconds since 1970 of an instant, as a whole number. */
  readonly microseconds: (instant: Sql) => Sql
  /** The instant of microseconds since 1970. */
  readonly instantOf: (microseconds: Sql) => Sql
  /** What holds from the last of some whole numbers on that a value has come to; `before` below all of them. */
  readonly stepwise: (
    value: Sql,
    before: number,
    steps: readonly (readonly [from: number, holds: number])[],
  ) => Sql
  /** A `select` with one row for each member of a list; rows whose list is empty have none. */
  readonly eachMember: (of: Unfolded & { readonly list: Sql }) => Sql
  /** A `select` with one row for each whole number from `from` to `to`, both included; none where there is none between. */
  readonly eachInteger: (
    of: Partial<Unfolded> & Pick<Unfolded, 'as'> & { readonly from: Sql; readonly to: Sql },
  ) => Sql
  /** The least of some values that are not null; null where all of them are. */
  readonly leastOf: (values: readonly Sql[]) => Sql
  readonly greatestOf: (values: readonly Sql[]) => Sql
  /** A date some days after another one; before it where they are a negative number. */
  readonly addDays: (day: Sql, days: Sql | number) => Sql
  /** The days from one date to a later one, as a whole number. */
  readonly daysBetween: (earlier: Sql, later: Sql) => Sql
  /** The first day of the month, by the number of months since the year 0. */
  readonly monthStart: (months: Sql) => Sql
  /** The same day of the next month, of a first of a month. */
  readonly nextMonth: (day: Sql) => Sql
  /** An instant so long after another one, by the calendar of UTC; before it where `count` is negative. */
  readonly after: (instant: Sql, count: number, unit: TimeUnit) => Sql
  /** The MD5 hash of a text, as 32 hexadecimal digits. */
  readonly md5: (text: Sql) => Sql
  /** Whether a value is none of those that a `select` of one column gives. There are no nulls on either side. */
  readonly isNoneOf: (value: Sql, select: Sql) => Sql
  /** The middle value; between two, their mean. An aggregate. */
  readonly median: (value: Sql) => Sql
  /** The value of the row that comes first by `order`, of those where `when` holds. An aggregate. */
  readonly firstBy: (value: Sql, order: readonly Sql[], when?: Sql) => Sql
  /**
   * The value of the row with the greatest whole number, of those where `when` holds; neither is ever null. An
   * aggregate, for so many rows that sorting them would cost.
   */
  readonly latestBy: (value: Sql, number: Sql, when: Sql) => Sql
  /**
   * The latest time up to a row at which `when` holds; rows of one time see one another. A window function.
   * @param over a window ordered by `time` first, up to the row and its peers
   */
  readonly latestSoFar: (time: Sql, when: Sql, over: Sql) => Sql
  /** For each row of one relation the earliest later time in another; never more rows than there were. */
  readonly nextAt: (look: LookAhead) => Sql
  /**
   * A JSON object from JSON, from text that holds it, or from a text in JSON that holds it once more; of several
   * members of one name the last. Null where the text is no JSON; JSON that is no object stays what it is.
   */
  readonly json: (value: Sql) => Sql
  /** Ends a subquery, so that what it selects is worked out once for each row and not where it is used. */
  readonly once: Sql
  /** The JSON value of a property, or null. */
  readonly jsonField: (json: Sql, property: string) => Sql
  /** The text of a property (no quotes around strings), or null. */
  readonly jsonText: (json: Sql, property: string) => Sql
  /**
   * The text of a property for comparing: as `jsonText`, but a number has one text, however it is written (10 for
   * 10.0 and 1e1).
   */
  readonly propertyText: (json: Sql, property: string) => Sql
  /** A value of a source, of any type, as the text that it stands for: one for each number, and none for NaN. */
  readonly valueText: (value: Sql) => Sql
  /** Whether a value of a source, of any type, is a number or a truth value and not a text that may read like one. */
  readonly isPlain: (value: Sql) => Sql
  /** The text of a JSON value itself (no quotes around strings), or null. */
  readonly jsonScalar: (json: Sql) => Sql
  /** One row for each member of a JSON object, with its name as `property` and its value as `value`. */
  readonly members: (of: Members) => Sql
  /**
   * One row for each item of a JSON list, as `value` with its number as `item`, from 1 on. Any other value but null
   * is a list of itself.
   */
  readonly items: (of: Members) => Sql
  /** One row as `value` for each JSON value and for each value inside of it, at any depth. */
  readonly valuesInside: (of: Members) => Sql
  /** What a JSON value is: string, number, boolean, array or object; the word null for null and for none. */
  readonly jsonKind: (json: Sql) => Sql
  /**
   * Bytes of a text, or of a list or object as `json` writes it, without spaces, its numbers in their normal text;
   * null for all other values.
   */
  readonly jsonBytes: (json: Sql) => Sql
  /** How many members a JSON object has; 0 for all other values. */
  readonly memberCount: (json: Sql) => Sql
  /** How many objects lie inside of each other in a JSON value; lists add no level. */
  readonly objectDepth: (json: Sql) => Sql
  /**
   * Whether a JSON value could hold more than so many bytes of names and texts, escapes not counted. Asked of
   * many values, so it is cheap and says yes too often, but never no where it does.
   */
  readonly jsonExceeds: (json: Sql, bytes: number) => Sql
  /** Whether a member of a JSON object could have so many levels of objects; as cheap, and as cautious. */
  readonly jsonNests: (json: Sql, levels: number) => Sql
  /** A JSON object of named values; null values are left out. */
  readonly jsonObject: (members: readonly (readonly [name: string, value: Sql])[]) => Sql
  /** A JSON object of the rows of a group, by names that are all different and JSON values. An aggregate. */
  readonly jsonGathered: (name: Sql, value: Sql) => Sql
  /** A JSON list of the values of JSON in the rows of a group, in an order. An aggregate. */
  readonly jsonListed: (value: Sql, order: readonly Sql[]) => Sql
  /** The object with the properties renamed, where they exist. */
  readonly jsonRenamed: (json: Sql, renamed: readonly (readonly [from: string, to: string])[]) => Sql
  /** The object without these members; what is no object stays as it is. */
  readonly jsonWithout: (json: Sql, members: readonly string[]) => Sql
  /** Two objects in one: what both have is the first one's, unless it is null there. */
  readonly jsonMerged: (first: Sql, second: Sql) => Sql
  /**
   * Text read as a type; null where it is unreadable.
   * @param zone IANA time zone of timestamps that do not say theirs; default: UTC
   */
  readonly typed: (text: Sql, type: PropertyType, zone?: string) => Sql
  /**
   * Whether a text is a number that is less or more than another, in all of their digits; null where it is none.
   * @param number in digits, as `exactNumber` writes it
   */
  readonly isBeside: (text: Sql, symbol: '<' | '<=' | '>' | '>=', number: string) => Sql
  /** Bytes of a text in UTF-8. */
  readonly byteCount: (text: Sql) => Sql
  /** Whether all of a text is of a pattern of letters, classes and repetitions, which all engines read alike. */
  readonly matches: (text: Sql, pattern: string) => Sql
  /** A number of 64 bits for some values: the same for the same values, hardly ever the same for others. */
  readonly hash: (values: readonly Sql[]) => Sql
  /** Text for `order by` that compares by bytes, whatever the database's collation. */
  readonly byBytes: (text: Sql) => Sql
  /** Text in lower case, for comparing; letters beyond ASCII too, and a final sigma as any other. */
  readonly folded: (text: Sql) => Sql
  /** Text without white space at its ends: spaces of any width, tabs, line breaks and what is invisible. */
  readonly trimmed: (text: Sql) => Sql
  /** Text in Unicode's composed form (NFC): `é` as one character, not as `e` and an accent. */
  readonly composed: (text: Sql) => Sql
  /** A number as text without leading zeros and without zeros at the end of its fraction; other text as it is. */
  readonly plainNumber: (text: Sql) => Sql
  /** With how many characters in common two texts begin. */
  readonly sharedStart: (one: Sql, other: Sql) => Sql
  /** Text without spaces, underscores and hyphens. */
  readonly joined: (text: Sql) => Sql
  /** `companyId` as `company_id`; only letters of ASCII are looked at. */
  readonly snakeCase: (text: Sql) => Sql
  /** A row of a relation, by its alias, as a JSON object of its columns. */
  readonly rowJson: (alias: Sql) => Sql
  /** The text of a property whose name is a value of the query, or null. */
  readonly jsonTextNamed: (json: Sql, property: Sql) => Sql
  /** A JSON object as text for `order by`, the same for the same members on every warehouse. */
  readonly orderedText: (json: Sql) => Sql
  /** The name of a column type. */
  readonly type: (type: ColumnType) => Sql
}

/** Times are whole microseconds; the columns are names that both relations share. */
export interface LookAhead {
  readonly rows: Sql
  /** Columns of `rows` to keep, the keys among them. */
  readonly keep: readonly Sql[]
  /** The column of `rows` to look ahead from. */
  readonly from: Sql
  /** Every row has a time there; default: some may have none, and find nothing. */
  readonly isTimed?: boolean | undefined
  readonly events: Sql
  /** Which of the events count. */
  readonly where?: Sql | undefined
  /** Columns that are equal in a row and in the event that it finds. */
  readonly keys: readonly Sql[]
  /** The column of `events` that holds their time. */
  readonly at: Sql
  /** Only later than `from`, not at the same time. */
  readonly strictly: boolean
  /** The name of the found time. */
  readonly as: Sql
  /** Leave out rows that find nothing; otherwise they keep a null. */
  readonly found: boolean
}

/** Rows that become several. */
export interface Unfolded {
  readonly rows: Sql
  /** Columns of `rows` to keep, as `value as name` where they are more than a name. */
  readonly keep: readonly Sql[]
  /** The name of the new column. */
  readonly as: Sql
  /** Which of the rows are read. */
  readonly where?: readonly Sql[] | undefined
  /** Rows that have become the same are one. */
  readonly distinct?: boolean | undefined
}

export interface Members {
  readonly rows: Sql
  /** Columns of `rows` to keep. */
  readonly keep: readonly Sql[]
  /** The object; rows where it is none have no members. For `valuesInside`, a value of any kind. */
  readonly json: Sql
  /** Which of the rows are read. */
  readonly where?: Sql | undefined
}

export interface FilesToRead {
  /** Paths, globs or URLs. */
  readonly files: readonly string[]
  readonly format: FileFormat
  /** Columns of NDJSON; undefined to let the reader look. */
  readonly columns?: Readonly<Record<string, LineType>> | undefined
  /** CSV with types that are found by its values, as users' own SQL reads it; otherwise every column is text. */
  readonly typed?: boolean | undefined
  /** Columns of CSV that are text even where types are found. */
  readonly textColumns?: readonly string[] | undefined
  /** Types of columns of CSV where types are found. */
  readonly columnTypes?: Readonly<Record<string, PropertyType>> | undefined
  /** Columns of CSV whose texts are read as numbers or times: their own notation becomes the usual one. */
  readonly valueTypes?: Readonly<Record<string, PropertyType>> | undefined
  /** How CSV is written, as far as the project says. */
  readonly csv?: CsvOptions | undefined
  /** What was found in the files; undefined where nobody has looked, or where they are all alike. */
  readonly parts?: readonly FilePart[] | undefined
  /** Look at every line of NDJSON for its members, not at the first ones. */
  readonly whole?: boolean | undefined
  /** Beside the columns, each line of NDJSON as it is, as `source_line`. */
  readonly lines?: boolean | undefined
  /** The schema with the functions of `definitions`; without it, texts are left as the reader gives them. */
  readonly functions?: string | undefined
}

/** Files of one source that can be read by one call: the same columns in the same order. */
export interface FilePart {
  readonly files: readonly string[]
  /** Of CSV: the columns, the delimiter, empty lines before the header, and whether lines end in several ways. */
  readonly names?: readonly string[] | undefined
  readonly delimiter?: string | undefined
  readonly blank?: number | undefined
  readonly lenient?: boolean | undefined
  /** Of Parquet: columns that have another type in another part, with the type that they have here. */
  readonly unlike?: Readonly<Record<string, string>> | undefined
  /** Those of them that hold ids. */
  readonly unlikeIds?: readonly string[] | undefined
  /** Of Parquet: lists and objects of 32-bit and 64-bit numbers both, with their types. */
  readonly mixedFloats?: Readonly<Record<string, string>> | undefined
  /** Of Parquet: text without the mark that it is text. */
  readonly binary?: boolean | undefined
}
