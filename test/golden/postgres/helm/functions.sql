create or replace function helm_gwh.plain_number(value text) returns text
language sql stable parallel safe
as $$
  -- 0012 and 12.0 are 12, .5 is 0.5 and -0 is 0; text that is no number stays as it is
  select case
    when value ~ '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$'
      then regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(value, '^([+-]?)[.]', '\10.'), '^[+]?(-?)0*([0-9])', '\1\2'
          ), '([.][0-9]*[1-9])0+$|[.]0*$', '\1'
        ), '^-0$', '0'
      )
    else value
  end
$$;

create or replace function helm_gwh.shortest(value double precision) returns numeric
language sql stable parallel safe
as $$
  -- the decimal of the fewest digits that is this double; the text of a double sometimes has two more
  select case
    when abs(value) not between 1e-307 and 1e307 then cast(cast(value as text) as numeric)
    when cast(cast(value as numeric) as double precision) = value then cast(value as numeric)
    else cast(cast(value as text) as numeric)
  end
$$;

create or replace function helm_gwh.number_text(value text) returns text
language sql stable parallel safe
as $$
  -- a number as JSON writes it, in the one text that all spellings of it have; with a fraction or an exponent
  -- it is what a double holds, as on engines that read it as one
  select case
    when value !~ '[.eE]' then helm_gwh.plain_number(value)
    -- and what is nearer to 0 than any double is 0
    when abs(cast(value as numeric)) <= 2.4703282292062327e-324 then '0'
    when abs(cast(value as numeric)) between 1e-307 and 1e307
      then cast(trim_scale(helm_gwh.shortest(cast(value as double precision))) as text)
    else cast(trim_scale(cast(value as numeric)) as text)
  end
$$;

create or replace function helm_gwh.whole(value numeric) returns bigint
language sql stable parallel safe
as $$
  select case when value between -9223372036854775808 and 9223372036854775807 then cast(value as bigint) end
$$;

create or replace function helm_gwh.storable_json(value text) returns text
language sql stable parallel safe
as $$
  -- JSON without the character 0, which cannot be stored, and without what some programs write in it that is
  -- no JSON: NaN and infinity, and a comma at the end of a list
  select string_agg(
    case
      when left(part[1], 1) = '"'
        -- of two backslashes the second escapes nothing
        then replace(replace(replace(part[1], '\\', chr(1)), '\u0000', ''), chr(1), '\\')
      else regexp_replace(
        regexp_replace(part[1], '-?(nan|infinity|inf)', 'null', 'gi'), ',(\s*[]}])', '\1', 'g'
      )
    end,
    '' order by place
  )
  from regexp_matches(value, '"(?:[^"\\]|\\.)*"|[^"]+', 'g') with ordinality as parts(part, place)
$$;

create or replace function helm_gwh.try_json(value text) returns jsonb
language plpgsql stable parallel safe
as $$
  begin
    return cast(value as jsonb);
  exception when others then
    begin
      return cast(helm_gwh.storable_json(value) as jsonb);
    exception when others then
      -- text that is not JSON
      return null;
    end;
  end
$$;

create or replace function helm_gwh.try_text(value text) returns text
language plpgsql stable parallel safe
as $$
  begin
    -- bytes, as PostgreSQL shows them
    return convert_from(decode(substr(value, 3), 'hex'), 'UTF8');
  exception when others then
    return null;
  end
$$;

create or replace function helm_gwh.any_json(value anyelement) returns jsonb
language sql stable parallel safe
as $$
  -- a JSON value from JSON, from text that holds JSON, or from a nested value
  select case
    when pg_typeof(value) = 'jsonb'::regtype then to_jsonb(value)
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') or pg_typeof(value) = 'json'::regtype
      then helm_gwh.try_json(cast(value as text))
    when pg_typeof(value) = 'bytea'::regtype then helm_gwh.try_json(helm_gwh.try_text(cast(value as text)))
    else to_jsonb(value)
  end
$$;

create or replace function helm_gwh.json_object_of(value jsonb) returns jsonb
language sql stable parallel safe
as $$
  -- an object out of a text where JSON was written as JSON once more; other values stay as they are
  select case
    when jsonb_typeof(value) = 'string' and left(value #>> '{}', 1) = '{'
      then coalesce(helm_gwh.try_json(value #>> '{}'), value)
    else value
  end
$$;

create or replace function helm_gwh.json_object_of(value anyelement) returns jsonb
language sql stable parallel safe
as $$
  -- a JSON object from JSON, from text that holds it, or out of a text in JSON that holds it once more
  select helm_gwh.json_object_of(helm_gwh.any_json(value))
$$;

create or replace function helm_gwh.json_by_type(value anyelement) returns jsonb
language plpgsql stable parallel safe
as $$
  -- a domain is what its type is, and a list is what its members are
  declare
    given pg_type;
    made jsonb := to_jsonb(value);
  begin
    select * into given from pg_type where oid = pg_typeof(value);
    if given.typtype = 'd' then
      execute 'select ' || 'helm_gwh.as_json'
        || '(cast($1 as ' || format_type(given.typbasetype, given.typtypmod) || '))'
      into made using value;
    elsif given.typcategory = 'A' and jsonb_typeof(made -> 0) <> 'array' then
      execute 'select jsonb_agg(' || 'helm_gwh.as_json' || '(member) order by place)'
        || ' from unnest($1) with ordinality as members(member, place)'
      into made using value;
    end if;
    return made;
  end
$$;

create or replace function helm_gwh.as_json(value anyelement) returns jsonb
language sql stable parallel safe
as $$
  -- a column as JSON: numbers in their normal text, times in ISO 8601 with a T
  select case
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') then to_jsonb(cast(value as text))
    when pg_typeof(value) = 'json'::regtype then helm_gwh.try_json(cast(value as text))
    -- JSON has no NaN and no infinity
    when pg_typeof(value) in ('numeric', 'real')
      then to_jsonb(trim_scale(cast(substring(cast(value as text) from '^-?[0-9.]+(?:e[+-]?[0-9]+)?$') as numeric)))
    when pg_typeof(value) = 'double precision'::regtype
      then to_jsonb(
        trim_scale(helm_gwh.shortest(cast(substring(cast(value as text)
          from '^-?[0-9.]{1,25}(?:e[+-](?:[0-9]{1,2}|[12][0-9]{2}|3[0-2][0-9]))?$') as double precision)))
      )
    -- as DuckDB writes it
    when pg_typeof(value) = 'interval'::regtype
      then to_jsonb(
        regexp_replace(
          replace(regexp_replace(cast(value as text), '\mmon(s?)\M', 'month\1', 'g'), ' +', ' '),
          '-1 (year|month|day)s', '-1 \1', 'g'
        )
      )
    when pg_typeof(value) = 'bytea'::regtype then to_jsonb(helm_gwh.try_text(cast(value as text)))
    -- one of so many digits may have a shorter decimal, which is then looked for
    when pg_typeof(value) in ('real[]', 'numeric[]')
        or pg_typeof(value) = 'double precision[]'::regtype and cast(value as text) !~ '[0-9.]{16}'
      then cast(
        regexp_replace(
          regexp_replace(cast(to_jsonb(value) as text), '"(NaN|-?Infinity)"', 'null', 'g'),
          '([.][0-9]*[1-9])0+([],])|[.]0*([],])', '\1\2\3', 'g'
        ) as jsonb
      )
    when pg_typeof(value) in ('jsonb', 'jsonb[]', 'boolean', 'boolean[]', 'smallint', 'smallint[]', 'integer',
      'integer[]', 'bigint', 'bigint[]', 'timestamp', 'timestamp[]', 'timestamptz', 'timestamptz[]', 'date', 'date[]',
      'time', 'time[]', 'uuid', 'uuid[]', 'text[]', 'varchar[]') then to_jsonb(value)
    else helm_gwh.json_by_type(value)
  end
$$;

create or replace function helm_gwh.compact(value jsonb) returns text
language sql stable parallel safe
as $$
  -- a list or an object as text, without the spaces that PostgreSQL writes between members
  select regexp_replace(cast(value as text), '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')
$$;

create or replace function helm_gwh.quoted(value jsonb) returns text
language sql stable parallel safe
as $$
  -- a text as JSON writes it, with escapes such as \u001B in capitals
  select case
    when cast(value as text) ~ '\\u00[01][a-f]'
      then (
        select string_agg(
          case when part[1] like '\\u____' then '\u' || upper(right(part[1], 4)) else part[1] end, '' order by place
        )
        from regexp_matches(cast(value as text), '\\u[0-9a-f]{4}|\\.|[^\\]+', 'g') with ordinality as parts(part, place)
      )
    else cast(value as text)
  end
$$;

create or replace function helm_gwh.nested_text(value jsonb) returns text
language plpgsql stable parallel safe
as $$
  -- JSON without spaces, with the members of all objects in the order of their names, and numbers in their
  -- normal text
  begin
    return case jsonb_typeof(value)
      when 'object' then (
        select '{' || coalesce(string_agg(name || ':' || helm_gwh.nested_text(inside), ',' order by name collate "C"),
          '') || '}'
        from (
          select helm_gwh.quoted(to_jsonb(member.key)) as name, member.value as inside
          from jsonb_each(value) as member
        ) as members
      )
      when 'array' then (
        select '[' || coalesce(string_agg(helm_gwh.nested_text(item), ',' order by place), '') || ']'
        from jsonb_array_elements(value) with ordinality as items(item, place)
      )
      when 'number' then helm_gwh.number_text(value #>> '{}')
      when 'string' then helm_gwh.quoted(value)
      else cast(value as text)
    end;
  end
$$;

create or replace function helm_gwh.property_text(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the text of a property: numbers in their normal text, so that 10, 10.0 and 1e1 are one value; a list or an
  -- object as JSON without spaces, with the members in order
  select case jsonb_typeof(value)
    when 'number' then helm_gwh.number_text(value #>> '{}')
    when 'array' then helm_gwh.nested_text(value)
    when 'object' then helm_gwh.nested_text(value)
    else value #>> '{}'
  end
$$;

create or replace function helm_gwh.typed_text(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the text of a value that was no JSON: a number keeps all digits, also where its type is a domain
  select case jsonb_typeof(value)
    when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
    else helm_gwh.property_text(value)
  end
$$;

create or replace function helm_gwh.value_text(value anyelement) returns text
language sql stable parallel safe
as $$
  -- any value as the text that it stands for: 12.0 is 12, 1e6 is 1000000, and NaN is none
  select case
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') then cast(value as text)
    -- as JSON it would go through a double
    when pg_typeof(value) = 'numeric'::regtype
      then cast(trim_scale(cast(substring(cast(value as text) from '^-?[0-9.]+(?:e[+-]?[0-9]+)?$') as numeric)) as text)
    when pg_typeof(value) in ('json', 'jsonb') then helm_gwh.property_text(helm_gwh.as_json(value))
    else helm_gwh.typed_text(helm_gwh.as_json(value))
  end
$$;

create or replace function helm_gwh.is_plain(value anyelement) returns boolean
language sql stable parallel safe
as $$
  -- a number or a truth value, and not a text that may read like one
  select case
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') then false
    when pg_typeof(value) in ('boolean', 'smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision')
      then true
    else jsonb_typeof(helm_gwh.as_json(value)) in ('boolean', 'number')
  end
$$;

create or replace function helm_gwh.ordered_text(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the members of an object in one text whose order is the same on every engine
  select string_agg(member.key || '=' || coalesce(helm_gwh.property_text(member.value), ''),
    chr(31) order by member.key collate "C")
  from jsonb_each(case when jsonb_typeof(value) = 'object' then value end) as member
$$;

create or replace function helm_gwh.merged(first_object jsonb, second_object jsonb) returns jsonb
language sql stable parallel safe
as $$
  -- two objects in one; what both have is the first one's, unless it is null there
  select case
    when first_object is null or jsonb_typeof(first_object) <> 'object' then coalesce(second_object, first_object)
    when second_object is null or jsonb_typeof(second_object) <> 'object' then first_object
    else second_object || coalesce(
      (
        select jsonb_object_agg(member.key, member.value)
        from jsonb_each(first_object) as member
        where jsonb_typeof(member.value) <> 'null'
      ),
      '{}'
    )
  end
$$;

create or replace function helm_gwh.json_bytes(value jsonb) returns bigint
language sql stable parallel safe
as $$
  -- bytes of a text, or of a list or object in its normal text, which is only made where a number in it may be
  -- of another length
  select cast(
    case
      when jsonb_typeof(value) = 'string' then octet_length(value #>> '{}')
      when jsonb_typeof(value) not in ('array', 'object') then null
      when cast(value as text) ~ '[.][0-9]*0[],}]|[0-9.]{17,}' then octet_length(helm_gwh.nested_text(value))
      else octet_length(helm_gwh.compact(value))
    end
    as bigint
  )
$$;

create or replace function helm_gwh.object_depth(value jsonb) returns integer
language sql stable parallel safe
as $$
  -- how many objects lie inside of each other: the braces outside of texts, peeled off from the inside
  with recursive
  peeled(rest, depth) as (
    select regexp_replace(regexp_replace(cast(value as text), '"([^"\\]|\\.)*"', '', 'g'), '[^{}]', '', 'g'), 0
    union all
    select replace(rest, '{}', ''), depth + 1
    from peeled
    where rest <> ''
  )
  select max(depth) from peeled
$$;

create or replace function helm_gwh.unquoted(item text) returns text
language plpgsql stable parallel safe
as $$
  declare
    body text := substr(item, 2, length(item) - 2);
    -- escapes of JSON and Python
    escaped text := replace(replace(replace(replace(
      regexp_replace(
        replace(replace(replace(
          replace(body, '\\', chr(1)),
          '\''', ''''), '\"', '"'), '"', '\"'),
        '\\x([0-9A-Fa-f]{2})', '\\u00\1', 'g'
      ),
      chr(9), '\t'), chr(10), '\n'), chr(13), '\r'), chr(1), '\\');
  begin
    return cast('"' || escaped || '"' as jsonb) #>> '{}';
  exception when others then
    -- or else a backslash before any character
    return regexp_replace(body, '\\(.)', '\1', 'g');
  end
$$;

create or replace function helm_gwh.item_id(item text, no_item text) returns text
language sql stable parallel safe
as $$
  -- the id that an item of a list in text stands for, unless it says that there is none
  select case
    when left(item, 1) in ('"', '''') then helm_gwh.unquoted(item)
    when rtrim(item, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32)) !~ no_item
      then rtrim(item, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32))
  end
$$;

create or replace function helm_gwh.json_id(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
  select case jsonb_typeof(value)
    when 'string' then nullif(value #>> '{}', '')
    when 'number' then helm_gwh.number_text(value #>> '{}')
    when 'boolean' then value #>> '{}'
  end
$$;

create or replace function helm_gwh.typed_id(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the id of a value that was no JSON: a number keeps all digits, also where its type is a domain
  select case jsonb_typeof(value)
    when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
    else helm_gwh.json_id(value)
  end
$$;

create or replace function helm_gwh.ids_of_json_list(value jsonb) returns text[]
language sql stable parallel safe
as $$
  -- ids of a JSON list
  select array(select helm_gwh.json_id(member) from jsonb_array_elements(value) as member)
$$;

create or replace function helm_gwh.ids_of_text(value text) returns text[]
language sql stable parallel safe
as $$
  -- ids of text that may be a list as JSON, Python, DuckDB or PostgreSQL write it; other text is one id
  select case
    when left(value, 1) not in ('[', '{') then array[value]
    when value ~
      '^\[[ \t\n\r\f\v]*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)([ \t\n\r\f\v]*,[ \t\n\r\f\v]*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?[ \t\n\r\f\v]*\]$'
      then helm_gwh.ids_of_json_list(cast(value as jsonb))
    when value ~
      '^\[[ \t\n\r]*(?:[-+]?[0-9][0-9.eE+-]*[ \t\n\r]+[-+]?[0-9]|[-+]?[0-9]+\.[ \t\n\r\]]|[bu][''"]|(?:Decimal|UUID|Timestamp|datetime\.[a-z]+|np\.[a-z0-9_]+)\()'
      then array[value]
    when value ~
      '^\[[ \t\n\r\f\v]*(?:"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*)?(?:[ \t\n\r\f\v]*,[ \t\n\r\f\v]*(?:"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*)?)*[ \t\n\r\f\v]*\]$'
      then array(
        select helm_gwh.item_id(item[1], '^([Nn][Uu][Ll][Ll]|None|[Nn]a[Nn]|-?[Ii]nf(inity)?)$')
        from
          regexp_matches(value,
          '"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*', 'g') as item
      )
    when value ~ '^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$' then array[value]
    when value ~
      '^\{(?:(?:"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*)(?:,(?:"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*))*)?\}$'
      then array(
        select helm_gwh.item_id(item[1], '^[Nn][Uu][Ll][Ll]$')
        from regexp_matches(value, '"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*', 'g') as item
      )
    else array[value]
  end
$$;

create or replace function helm_gwh.id(value anyelement) returns text
language sql stable parallel safe
as $$
  -- one user or insert id, from a value of any type
  select case
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') then nullif(cast(value as text), '')
    when pg_typeof(value) = 'numeric'::regtype
      then cast(trim_scale(cast(substring(cast(value as text) from '^-?[0-9.]+(?:e[+-]?[0-9]+)?$') as numeric)) as text)
    when pg_typeof(value) in ('json', 'jsonb') then helm_gwh.json_id(helm_gwh.as_json(value))
    else helm_gwh.typed_id(helm_gwh.as_json(value))
  end
$$;

create or replace function helm_gwh.is_rounded_number(value text) returns boolean
language sql stable parallel safe
as $$
  -- a number with a fraction or an exponent, beyond the whole numbers that a double holds one by one
  select value ~ '[.eE]'
    and abs(cast(substring(value from '^-?[0-9.]+(?:[eE][+-]?[0-9]+)?$') as numeric)) >= 9007199254740992
$$;

create or replace function helm_gwh.is_rounded_list(value json) returns boolean
language sql stable parallel safe
as $$
  -- such a number in a list in JSON
  select exists (
    select 1
    from json_array_elements(value) as member
    where json_typeof(member) = 'number' and helm_gwh.is_rounded_number(cast(member as text))
  )
$$;

create or replace function helm_gwh.is_rounded_text(value text) returns boolean
language sql stable parallel safe
as $$
  -- such a number in a text that is a list
  select case when value ~
    '^\[[ \t\n\r\f\v]*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)([ \t\n\r\f\v]*,[ \t\n\r\f\v]*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?[ \t\n\r\f\v]*\]$'
    then helm_gwh.is_rounded_list(cast(value as json)) end
$$;

create or replace function helm_gwh.is_rounded_json(value json) returns boolean
language sql stable parallel safe
as $$
  -- such a number in JSON
  select case json_typeof(value)
    when 'number' then helm_gwh.is_rounded_number(cast(value as text))
    when 'array' then helm_gwh.is_rounded_list(value)
    when 'string' then helm_gwh.is_rounded_text(helm_gwh.try_json(cast(value as text)) #>> '{}')
  end
$$;

create or replace function helm_gwh.is_rounded(value anyelement) returns boolean
language sql stable parallel safe
as $$
  -- a number beyond the whole numbers that its type holds one by one; also one in a list, in whatever a list is
  select coalesce(
    case
      when pg_typeof(value) = 'real'::regtype
        then abs(cast(substring(cast(value as text) from '^-?[0-9.]+(?:e[+-]?[0-9]+)?$') as numeric)) >= 16777216
      when pg_typeof(value) = 'double precision'::regtype
        then abs(cast(substring(cast(value as text) from '^-?[0-9.]+(?:e[+-]?[0-9]+)?$')
          as numeric)) >= 9007199254740992
      when pg_typeof(value) in ('real[]', 'double precision[]')
        then jsonb_path_exists(
          to_jsonb(value),
          '$[*] ? (@.type() == "number" && @.abs() >= $bound)',
          jsonb_build_object(
            'bound', case when pg_typeof(value) = 'real[]'::regtype then 16777216 else 9007199254740992 end
          )
        )
      when pg_typeof(value) in ('json', 'jsonb') and cast(value as text) ~ '[.eE]'
        then helm_gwh.is_rounded_json(cast(cast(value as text) as json))
      when pg_typeof(value) in ('text', 'varchar', 'bpchar') and left(cast(value as text), 1) = '['
        then helm_gwh.is_rounded_text(cast(value as text))
      else false
    end,
    false
  )
$$;

create or replace function helm_gwh.written_member(value text, property text) returns json
language plpgsql stable parallel safe
as $$
  -- a member of an object as it is written, also of one that is a text in JSON: jsonb has no exponents
  declare
    object json := cast(helm_gwh.storable_json(value) as json);
  begin
    if json_typeof(object) = 'string' then
      object := cast(object #>> '{}' as json);
    end if;
    return object -> property;
  exception when others then
    return null;
  end
$$;

create or replace function helm_gwh.is_rounded_member(value anyelement, property text) returns boolean
language sql stable parallel safe
as $$
  -- the same of a member of an object, which is only looked for where there is such a number
  select exists (
    select 1
    from (
      select case
        when pg_typeof(value) = 'bytea'::regtype then helm_gwh.try_text(cast(value as text))
        else cast(value as text)
      end as written
    ) as object
    where written ~ '[0-9]([.][0-9]|[eE])'
      and helm_gwh.is_rounded(helm_gwh.written_member(written, property))
  )
$$;

create or replace function helm_gwh.distinct_ids(given text[]) returns text[]
language sql stable parallel safe
as $$
  -- distinct ids, sorted by bytes
  select array(select distinct id collate "C" as id from unnest(given) as id where id <> '' order by id)
$$;

create or replace function helm_gwh.json_ids(value jsonb) returns text[]
language sql stable parallel safe
as $$
  -- distinct ids of a JSON value, sorted; apart from group_ids, which the planner can then write out in place
  select helm_gwh.distinct_ids(case jsonb_typeof(value)
    when 'array' then helm_gwh.ids_of_json_list(value)
    when 'string' then helm_gwh.ids_of_text(value #>> '{}')
    else array[helm_gwh.json_id(value)]
  end)
$$;

create or replace function helm_gwh.typed_ids(value jsonb) returns text[]
language sql stable parallel safe
as $$
  -- the same of a value that was no JSON
  select case
    when jsonb_typeof(value) = 'number' then array[helm_gwh.typed_id(value)]
    else helm_gwh.json_ids(value)
  end
$$;

create or replace function helm_gwh.group_ids(value anyelement) returns text[]
language sql stable parallel safe
as $$
  -- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
  select case
    -- mostly one id as plain text
    when pg_typeof(value) in ('text', 'varchar', 'bpchar') and left(cast(value as text), 1) not in ('[', '{')
      then array_remove(array[cast(value as text)], '')
    when pg_typeof(value) in ('text', 'varchar', 'bpchar')
      then helm_gwh.distinct_ids(helm_gwh.ids_of_text(cast(value as text)))
    -- a range is one value, though its text may look like a list
    when pg_typeof(value) in ('numeric', 'int4range', 'int4multirange', 'int8range', 'int8multirange', 'numrange',
      'nummultirange', 'tsrange', 'tsmultirange', 'tstzrange', 'tstzmultirange', 'daterange', 'datemultirange')
      then array_remove(array[helm_gwh.id(value)], null)
    when pg_typeof(value) in ('json', 'jsonb') then helm_gwh.json_ids(helm_gwh.as_json(value))
    else helm_gwh.typed_ids(helm_gwh.as_json(value))
  end
$$;

create or replace function helm_gwh.is_instant(value text) returns boolean
language sql stable parallel safe
as $$
  -- ISO 8601 dates and times that exist; 29 February only in leap years
  select value ~
    '^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?)?$'
    and (
      substr(value, 6, 5) <> '02-29'
      or extract(day from cast(left(value, 4) || '-03-01' as date) - 1) = 29
    )
$$;

create or replace function helm_gwh.six_digits(value text) returns text
language sql stable parallel safe
as $$
  -- a time to the microsecond: further digits are cut off, not rounded
  select regexp_replace(value, '(\.[0-9]{6})[0-9]+', '\1')
$$;

create or replace function helm_gwh.instant(value anyelement, zone text) returns timestamptz
language sql stable parallel safe
as $$
  -- an instant from a timestamp, a date or ISO 8601 text; null where it is unreadable, or not of the years 1 to
  -- 9999: each bound is named once, so that the planner can write this out in place
  select nullif(greatest(nullif(least(
    case
      when pg_typeof(value) in ('text', 'varchar', 'bpchar') and not helm_gwh.is_instant(cast(value as text)) then null
      when pg_typeof(value) in ('text', 'varchar', 'bpchar')
        and cast(value as text) ~ ':.*[0-9] ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$'
        then cast(helm_gwh.six_digits(cast(value as text)) as timestamptz)
      when pg_typeof(value) = 'timestamptz'::regtype then cast(value as timestamptz)
      when pg_typeof(value) in ('text', 'varchar', 'bpchar')
        then timezone(zone, cast(helm_gwh.six_digits(cast(value as text)) as timestamp))
      else timezone(zone, cast(value as timestamp))
    end,
    timestamptz '10000-01-01 00:00:00+00'), timestamptz '10000-01-01 00:00:00+00'),
      timestamptz '0001-12-31 23:59:59.999999+00 BC'), timestamptz '0001-12-31 23:59:59.999999+00 BC')
$$;

create or replace function helm_gwh.instant(value json, zone text) returns timestamptz
language sql stable parallel safe
as $$
  -- an instant out of the text in a JSON value
  select helm_gwh.instant(value #>> '{}', zone)
$$;

create or replace function helm_gwh.instant(value jsonb, zone text) returns timestamptz
language sql stable parallel safe
as $$
  -- an instant out of the text in a JSON value
  select helm_gwh.instant(value #>> '{}', zone)
$$;

create or replace function helm_gwh.instant_of_microseconds(microseconds bigint) returns timestamptz
language sql stable parallel safe
as $$
  -- the instant of microseconds since 1970; an interval is multiplied as a double, which holds no more than
  -- 2^53 of them, and that is in the year 2255
  select timestamptz 'epoch'
    + (microseconds / 1000000) * interval '1 second' + (microseconds % 1000000) * interval '1 microsecond'
$$;

create or replace function helm_gwh.instant_from_epoch(value text, microseconds numeric) returns timestamptz
language sql stable parallel safe
as $$
  -- an instant from a number of units since 1970; null where it is unreadable or beyond year 9999
  select case
    when value ~ '^[ \t\n\r\f\v]*[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?[ \t\n\r\f\v]*$' then
      case
        when round(cast(value as numeric) * microseconds) >= -62135596800000000
            and round(cast(value as numeric) * microseconds) < 253402300800000000
          then helm_gwh.instant_of_microseconds(cast(round(cast(value as numeric) * microseconds) as bigint))
      end
  end
$$;

create or replace function helm_gwh.fold_beyond_ascii(value text) returns text
language plpgsql immutable parallel safe
as $$
  begin
    -- the same on every server, whatever its locale; a final sigma is a sigma, a dotted capital I an i
    return replace(lower(replace(value, chr(304), 'i') collate "und-x-icu"), chr(962), chr(963));
  exception when others then
    -- a server without ICU, or a database whose encoding has not these letters
    return lower(value);
  end
$$;

create or replace function helm_gwh.trim_beyond_ascii(value text) returns text
language plpgsql immutable parallel safe
as $$
  begin
    return btrim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160)
      || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198)
      || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8203) || chr(8232) || chr(8233) || chr(8239)
      || chr(8287) || chr(8288) || chr(12288) || chr(65279));
  exception when others then
    -- a database whose encoding has not these characters
    return btrim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32));
  end
$$;

create or replace function helm_gwh.folded(value text) returns text
language sql stable parallel safe
as $$
  -- in lower case, for comparing
  select case
    when octet_length(value) = length(value) then lower(value collate "C")
    else helm_gwh.fold_beyond_ascii(value)
  end
$$;

create or replace function helm_gwh.trimmed(value text) returns text
language sql stable parallel safe
as $$
  -- without white space at the ends, of any width or none
  select case
    when octet_length(value) = length(value)
      then btrim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32))
    else helm_gwh.trim_beyond_ascii(value)
  end
$$;

create or replace function helm_gwh.composed(value text) returns text
language sql stable parallel safe
as $$
  -- in Unicode's composed form, which databases of other encodings do not know
  select case
    when octet_length(value) = length(value) or getdatabaseencoding() <> 'UTF8' then value
    else normalize(value, nfc)
  end
$$;

do $$
  declare
    catching regprocedure;
  begin
    if current_setting('server_version_num')::integer < 170000 then
      for catching in
        select oid
        from pg_proc
        where pronamespace = 'helm_gwh'::regnamespace
          and proname in ('try_json', 'try_text', 'any_json', 'json_object_of', 'json_by_type', 'as_json', 'value_text',
            'is_plain', 'unquoted', 'item_id', 'ids_of_text', 'id', 'is_rounded_json', 'is_rounded', 'written_member',
            'is_rounded_member', 'json_ids', 'typed_ids', 'group_ids', 'fold_beyond_ascii', 'trim_beyond_ascii',
            'folded', 'trimmed')
      loop
        execute format('alter function %s parallel unsafe', catching);
      end loop;
    end if;
  end
$$;

do $$
  declare
    own regclass;
  begin
    for own in
      select c.oid
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = 'helm_gwh'
        and true
        and c.relkind = 'r'
        and pg_has_role(c.relowner, 'usage')
        and (
          c.relreplident = 'n'
          or (
            c.relreplident = 'd'
            and not exists (select 1 from pg_index as i where i.indrelid = c.oid and i.indisprimary)
          )
        )
    loop
      execute format('alter table %s replica identity full', own);
    end loop;
  end
$$;
