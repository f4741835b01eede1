-- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
create or replace macro acme_gwh.json_id(value) as
  case json_type(value)
    when 'VARCHAR' then nullif(value ->> '$', '')
    when 'DOUBLE' then
      case
        when cast(value as double) = trunc(cast(value as double)) and abs(cast(value as double)) < 1e37
          then cast(cast(cast(value as double) as hugeint) as varchar)
        else rtrim(cast(cast(cast(value as double) as decimal(38, 12)) as varchar), '0')
      end
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
    when typeof(value) in ('DOUBLE', 'FLOAT', 'JSON') or typeof(value) like 'DECIMAL%'
      then acme_gwh.json_id(to_json(value))
    else nullif(cast(value as varchar), '')
  end;

-- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
create or replace macro acme_gwh.group_ids(value) as
  case
    -- mostly one id as plain text
    when typeof(value) = 'VARCHAR' and not starts_with(cast(value as varchar), '[')
      then [id for id in [cast(value as varchar)] if id <> '']
    else coalesce(
      list_sort(list_distinct([
        id
        for id in [acme_gwh.json_id(member) for member in cast(acme_gwh.json_list(to_json(value)) as json[])]
        if id <> ''
      ])),
      []
    )
  end;

-- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
create or replace macro acme_gwh.utc(value, zone) as
  case
    -- text with an offset is only read right by way of timestamptz
    when typeof(value) = 'TIMESTAMP WITH TIME ZONE'
      or (typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$') and length(cast(value as varchar)) > 10)
      then timezone('UTC', try_cast(value as timestamptz))
    when zone = 'UTC' then try_cast(value as timestamp)
    else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
  end;

-- a JSON value; timestamps become ISO 8601 text with a T
create or replace macro acme_gwh.as_json(value) as
  case typeof(value)
    when 'TIMESTAMP' then to_json(replace(cast(value as varchar), ' ', 'T'))
    when 'TIMESTAMP WITH TIME ZONE'
      then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
    else to_json(value)
  end;
