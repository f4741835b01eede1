-- 0012 and 12.0 are 12, .5 is 0.5 and -0 is 0; text that is no number stays as it is
create or replace macro helm_gwh.plain_number(value) as
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

-- 1.5e-7 as 0.00000015: the digits, and where the point is among them
create or replace macro helm_gwh.without_exponent(value) as
  coalesce(
    [
      part.sign || case
        when part.point <= 0 then '0.' || repeat('0', -part.point) || part.digits
        when part.point >= length(part.digits)
          then part.digits || repeat('0', part.point - length(part.digits))
        else left(part.digits, part.point) || '.' || substring(part.digits, part.point + 1)
      end
      for part in [
        {
          'sign': given.sign,
          'digits': given.whole || given.fraction,
          'point': length(given.whole) + try_cast(given.exponent as integer)
        }
        for given in [
          regexp_extract(value, '^(-?)([0-9]+)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,4})$', ['sign', 'whole', 'fraction',
            'exponent'])
        ]
      ]
    ][1],
    value
  );

-- a number as it is printed, in the one text that all spellings of it have; NaN and infinity are no numbers
create or replace macro helm_gwh.number_text(value) as
  case
    -- mostly there is nothing to do, and a pattern is dear
    when (ends_with(value, '0') or contains(value, 'e') or contains(value, 'E'))
        and regexp_matches(value, '^-?[0-9][0-9.]*([eE][+-]?[0-9]+|\.[0-9]*0)$|^-0$')
      then [helm_gwh.plain_number(plain) for plain in [helm_gwh.without_exponent(value)]][1]
    when value between '0' and '9~' or value between '-0' and '-9~' then value
  end;

-- a number above 0 with so many digits before the point that those of two stand under one another
create or replace macro helm_gwh.padded_number(value) as
  lpad(split_part(value, '.', 1), 300, '0') || '.' || split_part(value, '.', 2);

-- a number as a text, in the order of the numbers where these are of one sign; below 0 the digits count down,
-- and of two that begin alike the longer is less
create or replace macro helm_gwh.number_order(value) as
  [
    case
      when starts_with(plain, '-')
        then '-' || translate(helm_gwh.padded_number(substring(plain, 2)), '0123456789', '9876543210') || '~'
      else helm_gwh.padded_number(plain)
    end
    for plain in [
      helm_gwh.plain_number(spelled)
      for spelled in [
        helm_gwh.without_exponent(
          regexp_replace(regexp_replace(trim(value, chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)),
            '^([+-]?)[.]', '\10.'), '^[+]|[.]([eE]|$)', '\1', 'g')
        )
      ]
    ]
    if
      regexp_matches(value,
      '^[ \t\n\r\f\v]*[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?[ \t\n\r\f\v]*$')
  ][1];

-- JSON without the character 0, which PostgreSQL cannot store, and without NaN and infinity, which are no JSON
create or replace macro helm_gwh.storable_json(value) as
  case
    -- the reader takes them in any case
    when regexp_matches(cast(value as varchar), '(?i)(^|[,:\[\s-])(nan|inf)|\\u0000')
      then cast(
        array_to_string(
          [
            case
              when starts_with(part, '"')
                -- of two backslashes the second escapes nothing
                then replace(replace(replace(part, '\\', chr(1)), '\u0000', ''), chr(1), '\\')
              else regexp_replace(part, '-?(nan|infinity|inf)', 'null', 'gi')
            end
            for part in regexp_extract_all(cast(value as varchar), '"(?:[^"\\]|\\.)*"|[^"]+')
          ],
          ''
        ) as json
      )
    else value
  end;

-- a list or an object as JSON, without NaN and infinity; a FLOAT in it by its shortest decimal, not as the double
-- that is nearest to it. Beside a DOUBLE it cannot be told from one
create or replace macro helm_gwh.nested_json(value) as
  case
    when contains(typeof(value), 'FLOAT') and not contains(typeof(value), 'DOUBLE')
      then cast(
        array_to_string(
          [
            case
              when not starts_with(part, '"') and regexp_matches(part, '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$')
                  and regexp_matches(part, '[.eE]')
                then coalesce(
                  case
                    when cast(try_cast(part as float) as double) = try_cast(part as double)
                      then helm_gwh.number_text(cast(try_cast(part as float) as varchar))
                  end,
                  part
                )
              else part
            end
            for part in regexp_extract_all(
              cast(helm_gwh.storable_json(to_json(value)) as varchar), '"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+'
            )
          ],
          ''
        ) as json
      )
    else helm_gwh.storable_json(to_json(value))
  end;

-- JSON with each number in its normal text
create or replace macro helm_gwh.plain_numbers(value) as
  regexp_replace(
    regexp_replace(
      case
        when regexp_matches(value, '[0-9][eE]')
          then array_to_string(
            [
              case when starts_with(part, '"') then part else helm_gwh.without_exponent(part) end
              for part in regexp_extract_all(value, '"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+')
            ],
            ''
          )
        else value
      end,
      '("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+($|[\],}])|\.0*($|[\],}])', '\1\2\3\4', 'g'
    ),
    '("(?:[^"\\]|\\.)*")|-(0)($|[\],}])', '\1\2\3', 'g'
  );

-- JSON with large numbers in digits, and a point where they had an exponent: kept as decimals, it would not show
create or replace macro helm_gwh.written_out(value) as
  case
    when regexp_matches(value, '[0-9][eE][+]?[0-9]')
      then array_to_string(
        [
          case
            when starts_with(part, '"') or not regexp_matches(part, '[eE][+]?[0-9]') then part
            else [
              plain || case when contains(plain, '.') then '' else '.0' end
              for plain in [helm_gwh.without_exponent(part)]
            ][1]
          end
          for part in regexp_extract_all(value, '"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+')
        ],
        ''
      )
    else value
  end;

-- the members of an object in the order of their names, of several of one name the last
create or replace macro helm_gwh.sorted_members(inside) as
  list_sort(
    case
      when list_unique(regexp_extract_all(inside, '("(?:[^"\\]|\\.)*"):(?:"(?:[^"\\]|\\.)*"|[^",])*', 1))
          < len(regexp_extract_all(inside, '(?:"(?:[^"\\]|\\.)*"|[^",])+'))
        then [
          member
          for member, place in regexp_extract_all(inside, '(?:"(?:[^"\\]|\\.)*"|[^",])+')
          if not list_contains(
            regexp_extract_all(inside, '("(?:[^"\\]|\\.)*"):(?:"(?:[^"\\]|\\.)*"|[^",])*', 1)[place + 1:],
            regexp_extract(member, '^"(?:[^"\\]|\\.)*"')
          )
        ]
      else regexp_extract_all(inside, '(?:"(?:[^"\\]|\\.)*"|[^",])+')
    end
  );

-- JSON with the members of all objects in order: what is innermost first, until nothing is open
create or replace macro helm_gwh.in_order(value) as
  translate(
    list_reduce(
      list_resize(
        [value],
        1 + case
          when contains(value, '{')
            then length(regexp_replace(value, '"(?:[^"\\]|\\.)*"|[^{\[]', '', 'g'))
          else 0
        end,
        ''
      ),
      lambda done, _: case
        when contains(done, '{') or contains(done, '[')
          then array_to_string(
            [
              case
                when starts_with(piece, '{') and ends_with(piece, '}')
                  then chr(14) || array_to_string(helm_gwh.sorted_members(piece[2:-2]), chr(18)) || chr(15)
                when starts_with(piece, '[') and ends_with(piece, ']')
                  then chr(16)
                    || array_to_string(regexp_extract_all(piece[2:-2], '(?:"(?:[^"\\]|\\.)*"|[^",])+'), chr(18))
                      || chr(17)
                else piece
              end
              for piece in regexp_extract_all(done,
                '\{(?:"(?:[^"\\]|\\.)*"|[^"{}\[\]])*\}|\[(?:"(?:[^"\\]|\\.)*"|[^"{}\[\]])*\]|"(?:[^"\\]|\\.)*"|[^"{}\[\]]+|[{}\[\]]')
            ],
            ''
          )
        else done
      end
    ),
    chr(14) || chr(15) || chr(16) || chr(17) || chr(18), '{}[],'
  );

-- whether an object may have several members of one name: said of objects in one another too often, never too rarely
create or replace macro helm_gwh.may_repeat(value) as
  case
    when not contains(value, '{') then false
    when not contains(substring(value, 2), '{') then list_unique(json_keys(value)) < len(json_keys(value))
    when list_unique(regexp_extract_all(value, '"(?:[^"\\]|\\.)*":')) = len(regexp_extract_all(value,
      '"(?:[^"\\]|\\.)*":'))
      then false
    else [
      list_sum([len(regexp_extract_all(object, '"(?:[^"\\]|\\.)*":')) for object in objects])
          < len(regexp_extract_all(value, '"(?:[^"\\]|\\.)*":'))
        or list_bool_or([
          list_unique(regexp_extract_all(object, '"(?:[^"\\]|\\.)*":')) < len(regexp_extract_all(object,
            '"(?:[^"\\]|\\.)*":'))
          for object in objects
        ])
      for objects in [regexp_extract_all(value, '\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*\}')]
    ][1]
  end;

-- bytes of a list or an object in its normal text, which is only made where it may be of another length
create or replace macro helm_gwh.nested_bytes(value) as
  case
    when regexp_matches(value, '[0-9][eE]|\.[0-9]*0($|[\],}])|-0($|[\],}])') or helm_gwh.may_repeat(value)
      then [strlen(helm_gwh.in_order(plain)) for plain in [helm_gwh.plain_numbers(value)]][1]
    else strlen(value)
  end;

-- text without the character 0, which PostgreSQL cannot store
create or replace macro helm_gwh.storable_text(value) as
  case when contains(value, chr(0)) then replace(value, chr(0), '') else value end;

-- JSON from text, null where it is none
create or replace macro helm_gwh.json_of_text(value) as
  helm_gwh.storable_json(try_cast(ltrim(value, chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)) as json));

-- an object with several members of one name has the last of them, as in the parsers of most languages
create or replace macro helm_gwh.without_doubled(value) as
  case
    when starts_with(cast(value as varchar), '{')
      then cast(
        '{' || [
          array_to_string(
            [
              to_json(names[place]) || ':' || json_extract(value, '$.*')[place]
              for place in range(1, len(names) + 1)
              if not list_contains(names[place + 1:], names[place])
            ],
            ','
          )
          for names in [json_keys(value)]
        ][1] || '}' as json
      )
    else value
  end;

-- a JSON object from JSON, from text that holds it, or out of a text in JSON that holds it once more
create or replace macro helm_gwh.json_object_of(value) as
  case
    -- mostly an object as it should be
    when not contains(typeof(value), 'FLOAT') and starts_with(cast(value as varchar), '{')
        and list_unique(json_keys(try_cast(value as json))) = len(json_keys(try_cast(value as json)))
        and not regexp_matches(cast(value as varchar), '(?i)(^|[,:\[\s-])(nan|inf)|\\u0000')
      then try_cast(value as json)
    else [
      helm_gwh.without_doubled(found)
      for found in [
        coalesce(
          case when starts_with(given ->> '$', '{') then helm_gwh.json_of_text(given ->> '$') end,
          given
        )
        for given in [
          case
            when typeof(value) = 'VARCHAR' then helm_gwh.json_of_text(cast(value as varchar))
            when typeof(value) = 'BLOB' then helm_gwh.json_of_text(try(decode(cast(value as blob))))
            else helm_gwh.nested_json(value)
          end
        ]
      ]
    ][1]
  end;

-- a column as JSON: numbers in their normal text, times in ISO 8601 with a T
create or replace macro helm_gwh.as_json(value) as
  case
    when typeof(value) = 'JSON' then helm_gwh.storable_json(cast(value as json))
    when typeof(value) = 'VARCHAR' then to_json(helm_gwh.storable_text(cast(value as varchar)))
    when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') then to_json(value)
    when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
      then cast(helm_gwh.number_text(cast(value as varchar)) as json)
    when regexp_matches(typeof(value), '^TIMESTAMP(_S|_MS|_NS)?$')
      then to_json(replace(cast(cast(value as timestamp) as varchar), ' ', 'T'))
    when typeof(value) = 'TIMESTAMP WITH TIME ZONE'
      then to_json(replace(cast(timezone('UTC', cast(value as timestamptz)) as varchar), ' ', 'T') || '+00:00')
    when typeof(value) = 'INTERVAL' then to_json(cast(value as varchar))
    when typeof(value) = 'BLOB' then to_json(try(decode(cast(value as blob))))
    -- the text of a list of numbers has all of their digits; as JSON they would go through doubles
    when regexp_matches(typeof(value), '^(DOUBLE|FLOAT|DECIMAL[(][0-9,]*[)])\[')
      then cast(
        regexp_replace(
          regexp_replace(cast(value as varchar), 'NULL|-?(nan|inf)', 'null', 'g'),
          '([.][0-9]*[1-9])0+([],])|[.]0*([],])', '\1\2\3', 'g'
        ) as json
      )
    when regexp_matches(typeof(value), '^TIMESTAMP(_S|_MS|_NS)?\[\d*\]$')
      then to_json([replace(cast(member as varchar), ' ', 'T') for member in try_cast(value as timestamp[])])
    when regexp_matches(typeof(value), '^TIMESTAMP WITH TIME ZONE\[\d*\]$')
      then to_json([
        replace(cast(timezone('UTC', member) as varchar), ' ', 'T') || '+00:00'
        for member in try_cast(value as timestamptz[])
      ])
    when regexp_matches(typeof(value), '^BLOB\[\d*\]$')
      then to_json([try(decode(member)) for member in try_cast(value as blob[])])
    else helm_gwh.nested_json(value)
  end;

-- the text of a property: numbers in their normal text, so that 10, 10.0 and 1e1 are one value; a list or an
-- object as JSON without spaces, with the members in order
create or replace macro helm_gwh.property_text(value, path) as
  case
    when ascii(json_extract_string(value, path)) in (45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 91, 123)
      then [
        case
          when regexp_matches(written, '\{|[0-9][eE]|\.[0-9]*0($|[\],}])|-0($|[\],}])')
              and json_type(value, path) in ('DOUBLE', 'OBJECT', 'ARRAY')
            then [helm_gwh.in_order(plain) for plain in [helm_gwh.plain_numbers(written)]][1]
          else written
        end
        for written in [json_extract_string(value, path)]
      ][1]
    else json_extract_string(value, path)
  end;

-- any value as the text that it stands for: 12.0 is 12, 1e6 is 1000000, and NaN is none
create or replace macro helm_gwh.value_text(value) as
  case
    when typeof(value) = 'VARCHAR' then helm_gwh.storable_text(cast(value as varchar))
    when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
      then cast(value as varchar)
    -- as JSON it would go through a double
    when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
      then helm_gwh.number_text(cast(value as varchar))
    else [helm_gwh.property_text(given, '$') for given in [helm_gwh.as_json(value)]][1]
  end;

-- a number or a truth value, and not a text that may read like one
create or replace macro helm_gwh.is_plain(value) as
  case
    when typeof(value) = 'VARCHAR' then false
    when
      regexp_matches(typeof(value),
      '^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL[(][0-9,]*[)])$')
      then true
    else json_type(helm_gwh.as_json(value)) in ('BOOLEAN', 'UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')
  end;

-- two objects in one; what both have is the first one's, unless it is null there
create or replace macro helm_gwh.merged(first_object, second_object) as
  case
    when first_object is null or json_type(first_object) <> 'OBJECT' then coalesce(second_object, first_object)
    when second_object is null or json_type(second_object) <> 'OBJECT' then first_object
    else to_json(map_concat(
      try_cast(second_object as map(varchar, json)),
      map_from_entries([
        member for member in map_entries(try_cast(first_object as map(varchar, json))) if member.value is not null
      ])
    ))
  end;

-- an object without the old members, and with new ones in text, of which those without a value are none
create or replace macro helm_gwh.renamed(value, old, new) as
  cast('{' || concat_ws(
    ',',
    nullif(array_to_string([
      to_json(member.key) || ':' || coalesce(cast(member.value as varchar), 'null')
      for member in map_entries(try_cast(value as map(varchar, json)))
      if not list_contains(old, member.key)
        and not list_contains([added.name for added in new if added.value is not null], member.key)
    ], ','), ''),
    nullif(array_to_string([
      to_json(added.name) || ':' || added.value
      for added in new
      if added.value is not null
    ], ','), '')
  ) || '}' as json);

-- an object without these members
create or replace macro helm_gwh.without(value, members) as
  case
    when json_type(value) = 'OBJECT' and len(list_intersect(json_keys(value), members)) > 0
      then cast('{' || array_to_string([
        to_json(member.key) || ':' || coalesce(cast(member.value as varchar), 'null')
        for member in map_entries(try_cast(value as map(varchar, json)))
        if not list_contains(members, member.key)
      ], ',') || '}' as json)
    else value
  end;

-- the { and } of a value, without those in texts
create or replace macro helm_gwh.braces(value) as
  regexp_replace(regexp_replace(cast(value as varchar), '"([^"\\]|\\.)*"', '', 'g'), '[^{}]', '', 'g');

-- how many objects lie inside of each other: the most that are open at one place
create or replace macro helm_gwh.object_depth(value) as
  coalesce(list_max([
    2 * length(replace(left(helm_gwh.braces(value), place), '}', '')) - place
    for place in range(1, length(helm_gwh.braces(value)) + 1)
  ]), 0);

-- the members of an object in one text whose order is the same on every engine
create or replace macro helm_gwh.ordered_text(value) as
  array_to_string([
    name || '=' || coalesce(
      helm_gwh.property_text(value, '$."' || replace(replace(name, '\', '\\'), '"', '\"') || '"'), ''
    )
    for name in list_sort(json_keys(value))
  ], chr(31));

-- the text in quotes: escapes of JSON and Python, or else a backslash before any character
create or replace macro helm_gwh.unquoted(item) as
  coalesce(
    [
      case when json_valid('"' || body || '"') then cast('"' || body || '"' as json) ->> '$' end
      for body in [
        replace(
          replace(replace(replace(
            regexp_replace(
              replace(replace(replace(
                replace(substring(item, 2, length(item) - 2), '\\', chr(1)),
                '\''', ''''), '\"', '"'), '"', '\"'),
              '\\x([0-9A-Fa-f]{2})', '\\u00\1', 'g'
            ),
            chr(9), '\t'), chr(10), '\n'), chr(13), '\r'),
          chr(1), '\\'
        )
      ]
    ][1],
    regexp_replace(substring(item, 2, length(item) - 2), '\\(.)', '\1', 'gs')
  );

-- the id that an item of a list in text stands for, unless it says that there is none
create or replace macro helm_gwh.item_id(item, no_item) as
  case
    when left(item, 1) in ('"', '''') then helm_gwh.unquoted(item)
    when not regexp_matches(rtrim(item, chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)), no_item)
      then rtrim(item, chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13))
  end;

-- the id that a JSON scalar stands for: 12.0 is 12, 1e6 is 1000000; objects and lists are none
create or replace macro helm_gwh.json_id(value) as
  case json_type(value)
    when 'VARCHAR' then nullif(value ->> '$', '')
    when 'DOUBLE' then helm_gwh.number_text(value ->> '$')
    when 'OBJECT' then null
    when 'ARRAY' then null
    else value ->> '$'
  end;

-- ids of a JSON list
create or replace macro helm_gwh.ids_of_json_list(value) as
  [helm_gwh.json_id(member) for member in cast(value as json[])];

-- ids of text that may be a list as JSON, Python, DuckDB or PostgreSQL write it; other text is one id
create or replace macro helm_gwh.ids_of_text(value) as
  case
    when left(value, 1) not in ('[', '{') then [value]
    when
      regexp_matches(value,
      '^\[[ \t\n\r\f\v]*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)([ \t\n\r\f\v]*,[ \t\n\r\f\v]*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?[ \t\n\r\f\v]*\]$')
      then helm_gwh.ids_of_json_list(cast(value as json))
    when
      regexp_matches(value,
      '^\[[ \t\n\r]*(?:[-+]?[0-9][0-9.eE+-]*[ \t\n\r]+[-+]?[0-9]|[-+]?[0-9]+\.[ \t\n\r\]]|[bu][''"]|(?:Decimal|UUID|Timestamp|datetime\.[a-z]+|np\.[a-z0-9_]+)\()')
      then [value]
    when
      regexp_matches(value,
      '^\[[ \t\n\r\f\v]*(?:"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*)?(?:[ \t\n\r\f\v]*,[ \t\n\r\f\v]*(?:"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*)?)*[ \t\n\r\f\v]*\]$')
      then [helm_gwh.item_id(item, '^([Nn][Uu][Ll][Ll]|None|[Nn]a[Nn]|-?[Ii]nf(inity)?)$') for item in
        regexp_extract_all(value,
        '"(?:[^"\\]|\\(?:.|\n))*"|''(?:[^''\\]|\\(?:.|\n))*''|[^\[\]{},"'' \t\n\r\f\v][^\[\]{},"]*')]
    when regexp_matches(value, '^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$') then [value]
    when
      regexp_matches(value,
      '^\{(?:(?:"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*)(?:,(?:"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*))*)?\}$')
      then [
        helm_gwh.item_id(item, '^[Nn][Uu][Ll][Ll]$')
        for item in regexp_extract_all(value, '"(?:[^"\\]|\\(?:.|\n))*"|[^{},"''\\ \t\n\r\f\v][^{},"\\ \t\n\r\f\v]*')
      ]
    else [value]
  end;

-- one user or insert id, from a value of any type
create or replace macro helm_gwh.id(value) as
  case
    when typeof(value) = 'VARCHAR' then nullif(helm_gwh.storable_text(cast(value as varchar)), '')
    when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
      then cast(value as varchar)
    when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
      then helm_gwh.number_text(cast(value as varchar))
    else [helm_gwh.json_id(given) for given in [helm_gwh.as_json(value)]][1]
  end;

-- a number in JSON with a fraction or an exponent, beyond the whole numbers that a double holds one by one
create or replace macro helm_gwh.is_rounded_number(value) as
  json_type(value) = 'DOUBLE'
    and regexp_matches(cast(value as varchar), '[.eE]')
    and abs(try_cast(value ->> '$' as double)) >= 9007199254740992;

-- such a number in a list in JSON
create or replace macro helm_gwh.is_rounded_list(value) as
  regexp_matches(cast(value as varchar), '[.eE]')
    and len([member for member in try_cast(value as json[]) if helm_gwh.is_rounded_number(member)]) > 0;

-- a number beyond the whole numbers that its type holds one by one; also one in a list, in whatever a list is
create or replace macro helm_gwh.is_rounded(value) as
  coalesce(
    case
      -- NaN and infinity, as files have them where a value is missing, are no ids
      when typeof(value) in ('FLOAT', 'DOUBLE') and not isfinite(cast(value as double)) then false
      when typeof(value) = 'FLOAT' then abs(cast(value as double)) >= 16777216
      when typeof(value) = 'DOUBLE' then abs(cast(value as double)) >= 9007199254740992
      when regexp_matches(typeof(value), '^(FLOAT|DOUBLE)\[\d*\]$')
        then list_max([abs(number) for number in try_cast(value as double[]) if isfinite(number)])
          >= case when starts_with(typeof(value), 'FLOAT') then 16777216 else 9007199254740992 end
      -- as JSON a fraction goes through a double
      when regexp_matches(typeof(value), '^DECIMAL[(][0-9]+,[1-9][0-9]*[)]\[\d*\]$')
        then regexp_matches(cast(value as varchar), '[0-9]{16,}[.][0-9]*[1-9]')
          and list_max([abs(number) for number in try_cast(value as double[])]) >= 9007199254740992
      when typeof(value) = 'JSON'
        then [
          case
            -- also in a text that is a list
            when json_type(value) = 'ARRAY'
              or
              regexp_matches(said,
              '^\[[ \t\n\r\f\v]*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)([ \t\n\r\f\v]*,[ \t\n\r\f\v]*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?[ \t\n\r\f\v]*\]$')
              then helm_gwh.is_rounded_list(try_cast(said as json))
            else helm_gwh.is_rounded_number(value)
          end
          for said in [value ->> '$']
        ][1]
      when typeof(value) = 'VARCHAR'
        then regexp_matches(cast(value as varchar),
          '^\[[ \t\n\r\f\v]*(("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)([ \t\n\r\f\v]*,[ \t\n\r\f\v]*("([^"\\]|\\["\\/bfnrtu])*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null))*)?[ \t\n\r\f\v]*\]$')
          and helm_gwh.is_rounded_list(try_cast(value as json))
      else false
    end,
    false
  );

-- distinct group ids, sorted, from a scalar, a list, a JSON list or list-like text
create or replace macro helm_gwh.group_ids(value) as
  case
    -- mostly one id as plain text
    when typeof(value) = 'VARCHAR' and left(cast(value as varchar), 1) not in ('[', '{')
      then [id for id in [helm_gwh.storable_text(cast(value as varchar))] if id <> '']
    when typeof(value) = 'VARCHAR'
      then [
        list_sort(list_distinct([id for id in helm_gwh.ids_of_text(given) if id <> '']))
        for given in [helm_gwh.storable_text(cast(value as varchar))]
      ][1]
    when typeof(value) in ('BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')
      then [id for id in [cast(value as varchar)] if id is not null]
    when typeof(value) in ('DOUBLE', 'FLOAT') or regexp_matches(typeof(value), '^DECIMAL[(][0-9,]*[)]$')
      then [id for id in [helm_gwh.number_text(cast(value as varchar))] if id is not null]
    else coalesce(
      [
        list_sort(list_distinct([
          id
          for id in case json_type(given)
            when 'ARRAY' then helm_gwh.ids_of_json_list(given)
            when 'VARCHAR' then [helm_gwh.ids_of_text(read) for read in [given ->> '$']][1]
            else [helm_gwh.json_id(given)]
          end
          if id <> ''
        ]))
        for given in [helm_gwh.as_json(value)]
      ][1],
      []
    )
  end;

-- a timestamp of the years 1 to 9999, which every program can show
create or replace macro helm_gwh.in_calendar(instant) as
  case
    when instant between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then instant
  end;

-- a UTC timestamp from a timestamp, a date or ISO 8601 text; null where it is unreadable
create or replace macro helm_gwh.utc(value, zone) as
  helm_gwh.in_calendar(
    case
      when typeof(value) = 'VARCHAR' and not regexp_matches(cast(value as varchar),
        '^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?( ?(Z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?)?)?$')
        then null
      -- what ends in Z is in UTC as it stands
      when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar), '[0-9]Z$')
        then try_cast(value as timestamp)
      -- text with another offset is only read right by way of timestamptz, and without UTC and spaces
      when typeof(value) = 'VARCHAR' and regexp_matches(cast(value as varchar),
        ':.*[0-9] ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$')
        then timezone('UTC', try_cast(regexp_replace(
          regexp_replace(cast(value as varchar), ' ?(Z|UTC)$', '+00'), ' ([+-])', '\1'
        ) as timestamptz))
      when typeof(value) = 'TIMESTAMP WITH TIME ZONE' then timezone('UTC', try_cast(value as timestamptz))
      when zone = 'UTC' then try_cast(value as timestamp)
      else timezone('UTC', timezone(zone, try_cast(value as timestamp)))
    end
  );

-- a UTC timestamp from a number of units since 1970; null where it is unreadable or beyond year 9999
create or replace macro helm_gwh.utc_from_epoch(value, microseconds) as
  case
    when typeof(value) in ('SMALLINT', 'INTEGER', 'BIGINT')
      then make_timestamp(
        case
          when cast(value as hugeint) * microseconds >= -62135596800000000
              and cast(value as hugeint) * microseconds < 253402300800000000
            then cast(cast(value as hugeint) * microseconds as bigint)
        end
      )
    else [
        make_timestamp(
          case
            when units >= -62135596800000000 and units < 253402300800000000
              then cast(units as bigint)
          end
        )
        for units in [
          round(
            -- with an exponent a cast to decimal is off by one in the last digit below 0
            try_cast(helm_gwh.without_exponent(trim(cast(value as varchar))) as decimal(24, 6)) * microseconds
          )
        ]
        if regexp_matches(cast(value as varchar),
          '^[ \t\n\r\f\v]*[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?[ \t\n\r\f\v]*$')
      ][1]
  end;

-- in lower case, for comparing; a final sigma is a sigma
create or replace macro helm_gwh.folded(value) as replace(lower(value), chr(962), chr(963));

-- without white space at the ends, of any width or none
create or replace macro helm_gwh.trimmed(value) as
  regexp_replace(value,
    '^[\x{9}\x{a}\x{b}\x{c}\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}\x{2001}\x{2002}\x{2003}\x{2004}\x{2005}\x{2006}\x{2007}\x{2008}\x{2009}\x{200a}\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+|[\x{9}\x{a}\x{b}\x{c}\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}\x{2001}\x{2002}\x{2003}\x{2004}\x{2005}\x{2006}\x{2007}\x{2008}\x{2009}\x{200a}\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]+$',
    '', 'g');
