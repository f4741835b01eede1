/** Words that have to be quoted when they name a column, a table or an alias, in lower case. */

export const isReserved = (word: string): boolean => RESERVED.has(word)

/**
 * Quotes more words from now on, for an engine that has some of its own: a piece of SQL does not know what engine it
 * will be for, and a word in quotes is the same name on all of them.
 */
export function reserve(words: readonly string[]): void {
  for (const word of words) RESERVED.add(word.toLowerCase())
}

/**
 * Asked of real servers, all of them together, so that one text suits both warehouses:
 *   PostgreSQL 18.4 and 15.18   select word from pg_get_keywords() where catcode <> 'U'
 *   DuckDB 1.5.6                select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'
 *
 * Every other keyword of the three was then used bare as a column, an alias, a table and a CTE, and was
 * accepted. Some words here are accepted too in most places; quoting them is harmless.
 */
const RESERVED = new Set(
  `
  all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit
  boolean both by case cast char character check coalesce collate collation column columns concurrently
  constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user dec decimal default deferrable desc describe distinct do else end except
  exists extract false fetch float for foreign freeze from full generated glob grant greatest group grouping
  grouping_id having ilike in initially inner inout int integer intersect interval into is isnull join json
  json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
  json_table json_value lambda lateral leading least left like limit localtime localtimestamp map
  merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or order
  out outer overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary
  qualify real references returning right row select semi session_user setof show similar smallint some
  struct substring summarize symmetric system_user table tablesample then time timestamp to trailing treat
  trim true try_cast union unique unpack unpivot user using values varchar variadic verbose when where
  window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable
  `
    .trim()
    .split(/\s+/),
)
