create or replace function helm_gwh.json_id(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
  select case jsonb_typeof(value)
    when 'string' then nullif(value #>> '{}', '')
    when 'number' then cast(trim_scale(cast(value #>> '{}' as numeric)) as text)
    when 'boolean' then value #>> '{}'
  end
$$;

create or replace function helm_gwh.json_list(value jsonb) returns jsonb
language sql stable parallel safe
as $$
  -- a JSON list from a JSON value: lists as they are, list-like texts read, a scalar as a list of one
  select case
    when jsonb_typeof(value) = 'array' then value
    when left(value #>> '{}', 1) <> '[' then jsonb_build_array(value)
    when value #>> '{}' ~ '^\[\s*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)(\s*,\s*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?\s*\]$' then cast(value #>> '{}' as jsonb)
    when right(value #>> '{}', 1) <> ']' then jsonb_build_array(value)
    when value #>> '{}' !~ '["{]'
      then to_jsonb(regexp_split_to_array(btrim(substr(value #>> '{}', 2, length(value #>> '{}') - 2)), '\s*,\s*'))
  end
$$;

create or replace function helm_gwh.id(value anyelement) returns text
language sql stable parallel safe
as $$
  -- one user or insert id, from a value of any type
  select case
    when pg_typeof(value) in ('text', 'varchar') then nullif(cast(value as text), '')
    else helm_gwh.json_id(to_jsonb(value))
  end
$$;

create or replace function helm_gwh.json_ids(value jsonb) returns text[]
language sql stable parallel safe
as $$
  -- distinct ids of a JSON value, sorted; apart from group_ids, which the planner can then write out in place
  select array(
    select distinct helm_gwh.json_id(member) collate "C" as id
    from jsonb_array_elements(helm_gwh.json_list(value)) as member
    where helm_gwh.json_id(member) <> ''
    order by id
  )
$$;

create or replace function helm_gwh.group_ids(value anyelement) returns text[]
language sql stable parallel safe
as $$
  -- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
  select case
    -- mostly one id as plain text
    when pg_typeof(value) in ('text', 'varchar') and left(cast(value as text), 1) <> '[' then array_remove(array[cast(value as text)], '')
    else helm_gwh.json_ids(to_jsonb(value))
  end
$$;

create or replace function helm_gwh.is_instant(value text) returns boolean
language sql stable parallel safe
as $$
  -- ISO 8601 dates and times that exist; 29 February only in leap years
  select value ~ '^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?)?$'
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

create or replace function helm_gwh.utc(value anyelement, zone text) returns timestamp
language sql stable parallel safe
as $$
  -- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
  select nullif(nullif(
    case
      when pg_typeof(value) in ('text', 'varchar') and not helm_gwh.is_instant(cast(value as text)) then null
      when pg_typeof(value) in ('text', 'varchar') and cast(value as text) ~ ':.*[0-9] ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$'
        then cast(helm_gwh.six_digits(cast(value as text)) as timestamptz) at time zone 'UTC'
      when pg_typeof(value) = 'timestamptz'::regtype then cast(value as timestamptz) at time zone 'UTC'
      when pg_typeof(value) in ('text', 'varchar') and zone = 'UTC' then cast(helm_gwh.six_digits(cast(value as text)) as timestamp)
      when pg_typeof(value) in ('text', 'varchar') then timezone('UTC', timezone(zone, cast(helm_gwh.six_digits(cast(value as text)) as timestamp)))
      when zone = 'UTC' then cast(value as timestamp)
      else timezone('UTC', timezone(zone, cast(value as timestamp)))
    end,
    'infinity'
  ), '-infinity')
$$;

create or replace function helm_gwh.utc_from_epoch(value text, microseconds numeric) returns timestamp
language sql stable parallel safe
as $$
  -- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
  select case
    when value ~ '^\s*[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\s*$' then
      case
        when round(cast(value as numeric) * microseconds) between -62135596800000000 and 253402300800000000
          then timestamp 'epoch' + cast(round(cast(value as numeric) * microseconds) as double precision) * interval '1 microsecond'
      end
  end
$$;

create or replace function helm_gwh.whole(value numeric) returns bigint
language sql stable parallel safe
as $$
  select case when value between -9223372036854775808 and 9223372036854775807 then cast(value as bigint) end
$$;

create or replace function helm_gwh.ordered_text(value jsonb) returns text
language sql stable parallel safe
as $$
  -- the members of an object in one text whose order is the same on every engine
  select string_agg(member.key || '=' || coalesce(member.value #>> '{}', ''), chr(31) order by member.key collate "C")
  from jsonb_each(value) as member
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
  -- bytes of a text, or of a list or object without the spaces that PostgreSQL writes between members
  select cast(
    case jsonb_typeof(value)
      when 'string' then octet_length(value #>> '{}')
      when 'array' then octet_length(regexp_replace(cast(value as text), '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g'))
      when 'object' then octet_length(regexp_replace(cast(value as text), '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g'))
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
    return btrim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8203) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(8288) || chr(12288) || chr(65279));
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
    when octet_length(value) = length(value) then btrim(value, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32))
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

create or replace function helm_gwh.try_json(value text) returns jsonb
language plpgsql immutable parallel safe
as $$
  begin
    return cast(value as jsonb);
  exception when others then
    -- text that is not JSON
    return null;
  end
$$;
