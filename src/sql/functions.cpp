#include "sql/functions.h"

#include <array>

#include "sql/word_table.h"

namespace understudy::sql {
namespace {

using enum FunctionKind;
constexpr std::size_t kCount = 420;
using Table = WordTable<FunctionKind, kCount>;

// Words of types stand here too: CAST(x AS DECIMAL(10, 2)).
// clang-format off
constexpr Table kFunctions{std::array<Table::Entry, kCount>{{
    {"abs", Pure}, {"acos", Pure}, {"addtime", Pure}, {"aes_decrypt", Pure},
    {"aes_encrypt", Pure}, {"area", Pure}, {"asbinary", Pure}, {"ascii", Pure}, {"asin", Pure},
    {"astext", Pure}, {"aswkb", Pure}, {"aswkt", Pure}, {"atan", Pure}, {"atan2", Pure},
    {"avg", Pure}, {"benchmark", Pure}, {"bigint", Pure}, {"bin", Pure}, {"binary", Pure},
    {"bit", Pure}, {"bit_count", Pure}, {"bit_length", Pure}, {"blob", Pure}, {"ceil", Pure},
    {"ceiling", Pure}, {"centroid", Pure}, {"char", Pure}, {"char_length", Pure},
    {"character_length", Pure}, {"charset", Pure}, {"chr", Pure}, {"coalesce", Pure},
    {"coercibility", Pure}, {"collation", Pure}, {"column_add", Pure}, {"column_check", Pure},
    {"column_create", Pure}, {"column_delete", Pure}, {"column_exists", Pure},
    {"column_get", Pure}, {"column_json", Pure}, {"column_list", Pure}, {"compress", Pure},
    {"concat", Pure}, {"concat_ws", Pure}, {"contains", Pure}, {"conv", Pure}, {"convert", Pure},
    {"convert_tz", Pure}, {"cos", Pure}, {"cot", Pure}, {"crc32", Pure}, {"crc32c", Pure},
    {"crosses", Pure}, {"current_date", Pure}, {"current_role", Pure}, {"current_time", Pure},
    {"current_timestamp", Pure}, {"current_user", Pure}, {"database", Pure}, {"date", Pure},
    {"date_format", Pure}, {"datediff", Pure}, {"datetime", Pure}, {"day", Pure},
    {"dayname", Pure}, {"dayofmonth", Pure}, {"dayofweek", Pure}, {"dayofyear", Pure},
    {"dec", Pure}, {"decimal", Pure}, {"decode", Pure}, {"decode_histogram", Pure},
    {"default", Pure}, {"degrees", Pure}, {"dimension", Pure}, {"disjoint", Pure},
    {"double", Pure}, {"elt", Pure}, {"encode", Pure}, {"endpoint", Pure}, {"envelope", Pure},
    {"equals", Pure}, {"exp", Pure}, {"export_set", Pure}, {"extractvalue", Pure},
    {"field", Pure}, {"find_in_set", Pure}, {"fixed", Pure}, {"float", Pure}, {"floor", Pure},
    {"format", Pure}, {"from_base64", Pure}, {"from_days", Pure}, {"from_unixtime", Pure},
    {"geometrycollection", Pure}, {"geometrytype", Pure}, {"geomfromtext", Pure},
    {"geomfromwkb", Pure}, {"get_format", Pure}, {"glength", Pure}, {"greatest", Pure},
    {"hex", Pure}, {"hour", Pure}, {"if", Pure}, {"ifnull", Pure}, {"inet6_aton", Pure},
    {"inet6_ntoa", Pure}, {"inet_aton", Pure}, {"inet_ntoa", Pure}, {"insert", Pure},
    {"instr", Pure}, {"int", Pure}, {"integer", Pure}, {"intersects", Pure}, {"interval", Pure},
    {"is_ipv4", Pure}, {"is_ipv4_compat", Pure}, {"is_ipv4_mapped", Pure}, {"is_ipv6", Pure},
    {"isnull", Pure}, {"json_array", Pure}, {"json_array_append", Pure},
    {"json_array_insert", Pure}, {"json_compact", Pure}, {"json_contains", Pure},
    {"json_contains_path", Pure}, {"json_depth", Pure}, {"json_detailed", Pure},
    {"json_equals", Pure}, {"json_exists", Pure}, {"json_extract", Pure}, {"json_insert", Pure},
    {"json_keys", Pure}, {"json_length", Pure}, {"json_loose", Pure}, {"json_merge", Pure},
    {"json_merge_patch", Pure}, {"json_merge_preserve", Pure}, {"json_normalize", Pure},
    {"json_object", Pure}, {"json_overlaps", Pure}, {"json_pretty", Pure}, {"json_query", Pure},
    {"json_quote", Pure}, {"json_remove", Pure}, {"json_replace", Pure}, {"json_search", Pure},
    {"json_set", Pure}, {"json_table", Pure}, {"json_type", Pure}, {"json_unquote", Pure},
    {"json_valid", Pure}, {"json_value", Pure}, {"last_day", Pure}, {"lcase", Pure},
    {"least", Pure}, {"left", Pure}, {"length", Pure}, {"lengthb", Pure}, {"linefromtext", Pure},
    {"linestring", Pure}, {"ln", Pure}, {"localtime", Pure}, {"localtimestamp", Pure},
    {"locate", Pure}, {"log", Pure}, {"log10", Pure}, {"log2", Pure}, {"lower", Pure},
    {"lpad", Pure}, {"ltrim", Pure}, {"make_set", Pure}, {"makedate", Pure}, {"maketime", Pure},
    {"mbrcontains", Pure}, {"mbrdisjoint", Pure}, {"mbrequal", Pure}, {"mbrintersects", Pure},
    {"mbroverlaps", Pure}, {"mbrtouches", Pure}, {"mbrwithin", Pure}, {"md5", Pure},
    {"mediumint", Pure}, {"microsecond", Pure}, {"minute", Pure}, {"mod", Pure}, {"month", Pure},
    {"monthname", Pure}, {"multilinestring", Pure}, {"multipoint", Pure}, {"multipolygon", Pure},
    {"name_const", Pure}, {"natural_sort_key", Pure}, {"nchar", Pure}, {"nullif", Pure},
    {"numeric", Pure}, {"numpoints", Pure}, {"nvl", Pure}, {"nvl2", Pure}, {"oct", Pure},
    {"octet_length", Pure}, {"old_password", Pure}, {"ord", Pure}, {"overlaps", Pure},
    {"password", Pure}, {"period_add", Pure}, {"period_diff", Pure}, {"pi", Pure},
    {"point", Pure}, {"pointfromtext", Pure}, {"pointn", Pure}, {"polyfromtext", Pure},
    {"polygon", Pure}, {"pow", Pure}, {"power", Pure}, {"quarter", Pure}, {"quote", Pure},
    {"radians", Pure}, {"rand", Pure}, {"random_bytes", Pure}, {"regexp_instr", Pure},
    {"regexp_replace", Pure}, {"regexp_substr", Pure}, {"repeat", Pure}, {"replace", Pure},
    {"reverse", Pure}, {"right", Pure}, {"round", Pure}, {"rpad", Pure}, {"rtrim", Pure},
    {"schema", Pure}, {"sec_to_time", Pure}, {"second", Pure}, {"sformat", Pure}, {"sha", Pure},
    {"sha1", Pure}, {"sha2", Pure}, {"sign", Pure}, {"sin", Pure}, {"sleep", Pure},
    {"smallint", Pure}, {"soundex", Pure}, {"space", Pure}, {"sqrt", Pure}, {"srid", Pure},
    {"st_area", Pure}, {"st_asbinary", Pure}, {"st_asgeojson", Pure}, {"st_astext", Pure},
    {"st_aswkb", Pure}, {"st_aswkt", Pure}, {"st_boundary", Pure}, {"st_buffer", Pure},
    {"st_centroid", Pure}, {"st_contains", Pure}, {"st_convexhull", Pure}, {"st_crosses", Pure},
    {"st_difference", Pure}, {"st_dimension", Pure}, {"st_disjoint", Pure}, {"st_distance", Pure},
    {"st_distance_sphere", Pure}, {"st_endpoint", Pure}, {"st_envelope", Pure},
    {"st_equals", Pure}, {"st_exteriorring", Pure}, {"st_geomcollfromtext", Pure},
    {"st_geometryfromtext", Pure}, {"st_geometryfromwkb", Pure}, {"st_geometryn", Pure},
    {"st_geometrytype", Pure}, {"st_geomfromgeojson", Pure}, {"st_geomfromtext", Pure},
    {"st_geomfromwkb", Pure}, {"st_interiorringn", Pure}, {"st_intersection", Pure},
    {"st_intersects", Pure}, {"st_isclosed", Pure}, {"st_isempty", Pure}, {"st_isring", Pure},
    {"st_issimple", Pure}, {"st_length", Pure}, {"st_linefromtext", Pure},
    {"st_linestringfromtext", Pure}, {"st_mlinefromtext", Pure}, {"st_mpointfromtext", Pure},
    {"st_mpolyfromtext", Pure}, {"st_numgeometries", Pure}, {"st_numinteriorrings", Pure},
    {"st_numpoints", Pure}, {"st_overlaps", Pure}, {"st_pointfromtext", Pure},
    {"st_pointfromwkb", Pure}, {"st_pointn", Pure}, {"st_pointonsurface", Pure},
    {"st_polyfromtext", Pure}, {"st_polyfromwkb", Pure}, {"st_polygonfromtext", Pure},
    {"st_relate", Pure}, {"st_srid", Pure}, {"st_startpoint", Pure}, {"st_symdifference", Pure},
    {"st_touches", Pure}, {"st_union", Pure}, {"st_within", Pure}, {"st_x", Pure}, {"st_y", Pure},
    {"startpoint", Pure}, {"str_to_date", Pure}, {"strcmp", Pure}, {"substring_index", Pure},
    {"subtime", Pure}, {"sys_guid", Pure}, {"sysdate", Pure}, {"tan", Pure}, {"text", Pure},
    {"time", Pure}, {"time_format", Pure}, {"time_to_sec", Pure}, {"timediff", Pure},
    {"timestamp", Pure}, {"timestampadd", Pure}, {"timestampdiff", Pure}, {"tinyint", Pure},
    {"to_base64", Pure}, {"to_char", Pure}, {"to_days", Pure}, {"to_seconds", Pure},
    {"touches", Pure}, {"truncate", Pure}, {"ucase", Pure}, {"uncompress", Pure},
    {"uncompressed_length", Pure}, {"unhex", Pure}, {"unix_timestamp", Pure}, {"updatexml", Pure},
    {"upper", Pure}, {"user", Pure}, {"utc_date", Pure}, {"utc_time", Pure},
    {"utc_timestamp", Pure}, {"uuid", Pure}, {"uuid_short", Pure}, {"value", Pure},
    {"values", Pure}, {"varbinary", Pure}, {"varchar", Pure}, {"week", Pure}, {"weekday", Pure},
    {"weekofyear", Pure}, {"weight_string", Pure}, {"within", Pure}, {"year", Pure},
    {"yearweek", Pure},
    {"add_months", PureAdjacent}, {"adddate", PureAdjacent}, {"bit_and", PureAdjacent},
    {"bit_or", PureAdjacent}, {"bit_xor", PureAdjacent}, {"cast", PureAdjacent},
    {"count", PureAdjacent}, {"cume_dist", PureAdjacent}, {"curdate", PureAdjacent},
    {"curtime", PureAdjacent}, {"date_add", PureAdjacent}, {"date_sub", PureAdjacent},
    {"dense_rank", PureAdjacent}, {"extract", PureAdjacent}, {"first_value", PureAdjacent},
    {"group_concat", PureAdjacent}, {"json_arrayagg", PureAdjacent},
    {"json_objectagg", PureAdjacent}, {"lag", PureAdjacent}, {"last_value", PureAdjacent},
    {"lead", PureAdjacent}, {"max", PureAdjacent}, {"median", PureAdjacent},
    {"mid", PureAdjacent}, {"min", PureAdjacent}, {"now", PureAdjacent},
    {"nth_value", PureAdjacent}, {"ntile", PureAdjacent}, {"percent_rank", PureAdjacent},
    {"percentile_cont", PureAdjacent}, {"percentile_disc", PureAdjacent},
    {"position", PureAdjacent}, {"rank", PureAdjacent}, {"row_number", PureAdjacent},
    {"session_user", PureAdjacent}, {"std", PureAdjacent}, {"stddev", PureAdjacent},
    {"stddev_pop", PureAdjacent}, {"stddev_samp", PureAdjacent}, {"subdate", PureAdjacent},
    {"substr", PureAdjacent}, {"substring", PureAdjacent}, {"sum", PureAdjacent},
    {"system_user", PureAdjacent}, {"trim", PureAdjacent}, {"var_pop", PureAdjacent},
    {"var_samp", PureAdjacent}, {"variance", PureAdjacent},
    {"connection_id", OfServer}, {"version", OfServer}, {"load_file", OfServer},
    {"is_free_lock", OfServer}, {"is_used_lock", OfServer}, {"master_gtid_wait", OfServer},
    {"master_pos_wait", OfServer}, {"binlog_gtid_pos", OfServer}, {"found_rows", SessionResult},
    {"row_count", SessionResult}, {"last_insert_id", SessionResult}, {"get_lock", TakesLock},
    {"release_lock", ReleasesLock}, {"release_all_locks", ReleasesLock}, {"nextval", Sequence},
    {"setval", Sequence}, {"lastval", Sequence},
}}};

// By the manual's list of what the query cache refuses (MariaDB "Query Cache", MySQL 5.7 "How the
// Query Cache Operates"), by what the query cache of 10.11 stored of a call of each function above,
// and by running them on two days (tests/integration/test_cacheable_truth.py). Not here although
// refused there: DATABASE() and SCHEMA(), as the schema is of the session's state.
constexpr std::string_view kRandom = "is random";
constexpr std::string_view kDelay = "is run for the time that it takes";
constexpr std::string_view kZones = "depends on the server's time zone tables";
constexpr std::string_view kDefault = "depends on a table's definition";
constexpr std::string_view kSecret = "makes a password's hash, whose form the server decides";
constexpr std::size_t kVaryingCount = 38;
using VaryingTable = WordTable<std::string_view, kVaryingCount>;
constexpr VaryingTable kVarying{std::array<VaryingTable::Entry, kVaryingCount>{{
    {"curdate", kVariesByTime}, {"current_date", kVariesByTime}, {"current_time", kVariesByTime},
    {"current_timestamp", kVariesByTime}, {"curtime", kVariesByTime},
    {"localtime", kVariesByTime}, {"localtimestamp", kVariesByTime}, {"now", kVariesByTime},
    {"sysdate", kVariesByTime}, {"unix_timestamp", kVariesByTime}, {"utc_date", kVariesByTime},
    {"utc_time", kVariesByTime}, {"utc_timestamp", kVariesByTime}, {"rand", kRandom},
    {"random_bytes", kRandom}, {"sys_guid", kRandom}, {"uuid", kRandom}, {"uuid_short", kRandom},
    {"current_role", kVariesByAccount}, {"current_user", kVariesByAccount},
    {"session_user", kVariesByAccount}, {"system_user", kVariesByAccount},
    {"user", kVariesByAccount}, {"benchmark", kDelay}, {"sleep", kDelay}, {"convert_tz", kZones},
    {"default", kDefault}, {"value", kDefault}, {"values", kDefault}, {"password", kSecret},
    {"old_password", kSecret}, {"addtime", kVariesByDay}, {"maketime", kVariesByDay},
    {"sec_to_time", kVariesByDay}, {"str_to_date", kVariesByDay}, {"subtime", kVariesByDay},
    {"time", kVariesByDay}, {"timediff", kVariesByDay},
}}};
// clang-format on

}  // namespace

FunctionKind function_kind(std::string_view name) {
  const FunctionKind* kind = kFunctions.find(name);
  return kind == nullptr ? Unknown : *kind;
}

std::string_view variation(std::string_view name) {
  const std::string_view* why = kVarying.find(name);
  return why == nullptr ? std::string_view{} : *why;
}

}  // namespace understudy::sql
