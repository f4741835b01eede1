-- a JSON value; timestamps become ISO 8601 text with a T
create or replace macro acme_gwh.as_json(value) as
  case typeof(value)
    when 'TIMESTAMP' then to_json(replace(cast(value as varchar), ' ', 'T'))
    when 'TIMESTAMP WITH TIME ZONE'
      then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
    -- JSON has no NaN and no infinity
    when 'DOUBLE' then case when cast(value as varchar) not in ('nan', '-nan', 'inf', '-inf') then to_json(value) end
    when 'FLOAT' then case when cast(value as varchar) not in ('nan', '-nan', 'inf', '-inf') then to_json(value) end
    else to_json(value)
  end;

-- a double as the id that it stands for: 12.0 is 12, 1e6 is 1000000
create or replace macro acme_gwh.number_text(value) as
  case
    when abs(value) < 1e37 and value = trunc(value) then cast(cast(value as hugeint) as varchar)
    else cast(value as varchar)
  end;

-- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
create or replace macro acme_gwh.json_id(value) as
  case json_type(value)
    when 'VARCHAR' then nullif(value ->> '$', '')
    when 'DOUBLE' then acme_gwh.number_text(cast(value as double))
    when 'OBJECT' then null
    when 'ARRAY' then null
    else value ->> '$'
  end;

-- a JSON list from a JSON value: lists as they are, list-like texts read, a scalar as a list of one
create or replace macro acme_gwh.json_list(value) as
  case
    when json_type(value) = 'ARRAY' then value
    when not starts_with(value ->> '$', '[') then json_array(value)
    when regexp_matches(value ->> '$', '^\[\s*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)(\s*,\s*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?\s*\]$') then cast(value ->> '$' as json)
    when not ends_with(value ->> '$', ']') then json_array(value)
    when not regexp_matches(value ->> '$', '["{]')
      then to_json(string_split_regex(trim(substring(value ->> '$', 2, length(value ->> '$') - 2)), '\s*,\s*'))
  end;

-- one user or insert id, from a value of any type
create or replace macro acme_gwh.id(value) as
  case
    when typeof(value) = 'JSON' then acme_gwh.json_id(to_json(value))
    when typeof(value) in ('DOUBLE', 'FLOAT') then acme_gwh.json_id(acme_gwh.as_json(value))
    when typeof(value) like 'DECIMAL%'
      then regexp_replace(cast(value as varchar), '(\.[0-9]*[1-9])0+$|\.0*$', '\1')
    when typeof(value) like 'TIMESTAMP%' then acme_gwh.as_json(value) ->> '$'
    else nullif(cast(value as varchar), '')
  end;

-- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
create or replace macro acme_gwh.group_ids(value) as
  case
    -- mostly one id as plain text
    when typeof(value) = 'VARCHAR' and not starts_with(cast(value as varchar), '[')
      then [id for id in [cast(value as varchar)] if id <> '']
    when typeof(value) like 'DECIMAL%' or typeof(value) in ('BIGINT', 'HUGEINT', 'UHUGEINT', 'UBIGINT')
      then [id for id in [acme_gwh.id(value)] if id <> '']
    else coalesce(
      list_sort(list_distinct([
        id
        for id in [
          acme_gwh.json_id(member) for member in cast(acme_gwh.json_list(acme_gwh.as_json(value)) as json[])
        ]
        if id <> ''
      ])),
      []
    )
  end;

-- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
create or replace macro acme_gwh.utc(value, zone) as
  nullif(nullif(
    case
      when typeof(value) = 'VARCHAR' and not regexp_matches(cast(value as varchar), '^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?)?$') then null
      -- text with an offset is only read right by way of timestamptz, and without UTC and spaces
      when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), ':.*[0-9] ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$')
        then timezone('UTC', try_cast(regexp_replace(
          regexp_replace(cast(value as varchar), ' ?(Z|UTC)$', '+00'), ' ([+-])', '\1'
        ) as timestamptz))
      when typeof(value) = 'TIMESTAMP WITH TIME ZONE' then timezone('UTC', try_cast(value as timestamptz))
      when zone = 'UTC' then try_cast(value as timestamp)
      else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
    end,
    timestamp 'infinity'
  ), timestamp '-infinity');

-- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
create or replace macro acme_gwh.utc_from_epoch(value, microseconds) as
  make_timestamp(
    case
      when try_cast(round(try_cast(value as decimal(30, 6)) * microseconds) as bigint)
        between -62135596800000000 and 253402300800000000
        then try_cast(round(try_cast(value as decimal(30, 6)) * microseconds) as bigint)
    end
  );

-- the { and } of a value, without those in texts
create or replace macro acme_gwh.braces(value) as
  regexp_replace(regexp_replace(cast(value as varchar), '"([^"\\]|\\.)*"', '', 'g'), '[^{}]', '', 'g');

-- how many objects lie inside of each other: the most that are open at one place
create or replace macro acme_gwh.object_depth(value) as
  coalesce(list_max([
    2 * length(replace(left(acme_gwh.braces(value), place), '}', '')) - place
    for place in range(1, length(acme_gwh.braces(value)) + 1)
  ]), 0);

-- the members of an object in one text whose order is the same on every engine
create or replace macro acme_gwh.ordered_text(value) as
  array_to_string([
    name || '=' || coalesce(json_extract_string(value, '$."' || replace(name, '"', '\"') || '"'), '')
    for name in list_sort(json_keys(value))
  ], chr(31));

-- in lower case, for comparing; a final sigma is a sigma
create or replace macro acme_gwh.folded(value) as replace(lower(value), chr(962), chr(963));

-- without white space at the ends, of any width or none
create or replace macro acme_gwh.trimmed(value) as
  regexp_replace(value, '^[\x{9}\x{a}\x{b}\x{c}\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}\x{2001}\x{2002}\x{2003}\x{2004}\x{2005}\x{2006}\x{2007}\x{2008}\x{2009}\x{200a}\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+|[\x{9}\x{a}\x{b}\x{c}\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}\x{2001}\x{2002}\x{2003}\x{2004}\x{2005}\x{2006}\x{2007}\x{2008}\x{2009}\x{200a}\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+$', '', 'g');

-- 0012 and 12.0 are 12, .5 is 0.5 and -0 is 0; text that is no number stays as it is
create or replace macro acme_gwh.plain_number(value) as
  case
    when regexp_matches(value, '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$')
      then regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(value, '^([+-]?)[.]', '\10.'), '^[+]?(-?)0*([0-9])', '\1\2'
          ), '([.][0-9]*[1-9])0+$|[.]0*$', '\1'
        ), '^-0$', '0'
      )
    else value
  end;

-- JSON without what other databases refuse: NUL characters go, NaN and infinity are no values
create or replace macro acme_gwh.plain_json(value) as
  case
    when contains(value, '\u0000') or contains(value, 'NaN') or contains(value, 'Infinity')
      then array_to_string([
        case
          when starts_with(token, '"') then array_to_string([
            part for part in regexp_extract_all(token, '\\u0000|\\.|[^\\]+') if part <> '\u0000'
          ], '')
          else regexp_replace(token, '-?(NaN|Infinity)', 'null', 'g')
        end
        for token in regexp_extract_all(value, '"(?:[^"\\]|\\.)*"|[^"]+')
      ], '')
    else value
  end;
