#include "sql/keywords.h"

#include <array>

#include "sql/word_table.h"

namespace understudy::sql {
namespace {

using enum Keyword;

struct Traits {
  Keyword keyword = None;
  bool before_parenthesis = false;
};

constexpr std::size_t kCount = 243;
using Words = WordTable<Traits, kCount>;

// clang-format off
constexpr std::array<Words::Entry, kCount> kWords{{
  {"against", {Against, true}}, {"all", {All, true}}, {"alter", {Alter, false}},
  {"analyze", {Analyze, false}}, {"and", {And, true}}, {"any", {Any, true}}, {"as", {As, true}},
  {"atomic", {Atomic, false}}, {"backup", {Backup, false}}, {"begin", {Begin, false}},
  {"between", {Between, true}}, {"binlog", {Binlog, false}}, {"body", {Body, false}},
  {"by", {By, true}}, {"cache", {Cache, false}}, {"call", {Call, false}}, {"case", {Case, true}},
  {"chain", {Chain, false}}, {"change", {Change, false}}, {"character", {Character, false}},
  {"charset", {Charset, false}}, {"check", {Check, false}}, {"checksum", {Checksum, false}},
  {"clone", {Clone, false}}, {"close", {Close, false}}, {"collate", {Collate, true}},
  {"collation", {Collation, false}}, {"columns", {Columns, true}}, {"commit", {Commit, false}},
  {"concurrent", {Concurrent, false}}, {"connection", {Connection, false}},
  {"count", {Count, false}}, {"create", {Create, false}}, {"cycle", {Cycle, false}},
  {"database", {Database, false}}, {"databases", {Databases, false}},
  {"deallocate", {Deallocate, false}}, {"declare", {Declare, false}},
  {"default", {Default, false}}, {"definer", {Definer, false}}, {"delayed", {Delayed, false}},
  {"delete", {Delete, false}}, {"desc", {Desc, false}}, {"describe", {Describe, false}},
  {"distinct", {Distinct, true}}, {"distinctrow", {Distinctrow, true}}, {"div", {Div, true}},
  {"do", {Do, false}}, {"drop", {Drop, false}}, {"dual", {Dual, true}},
  {"dumpfile", {Dumpfile, false}}, {"else", {Else, true}}, {"elseif", {Elseif, true}},
  {"end", {End, false}}, {"errors", {Errors, false}}, {"escape", {Escape, true}},
  {"event", {Event, false}}, {"except", {Except, true}}, {"exchange", {Exchange, false}},
  {"execute", {Execute, false}}, {"exists", {Exists, true}}, {"explain", {Explain, false}},
  {"export", {Export, false}}, {"extended", {Extended, false}}, {"false", {False, false}},
  {"fields", {Fields, false}}, {"flush", {Flush, false}}, {"for", {For, false}},
  {"format", {Format, false}}, {"from", {From, true}}, {"full", {Full, false}},
  {"fulltext", {Fulltext, false}}, {"function", {Function, false}}, {"get", {Get, false}},
  {"global", {Global, false}}, {"grant", {Grant, false}}, {"grants", {Grants, false}},
  {"group", {Group, true}}, {"group_replication", {GroupReplication, false}},
  {"handler", {Handler, false}}, {"having", {Having, true}}, {"help", {Help, false}},
  {"high_priority", {HighPriority, true}}, {"if", {If, false}}, {"ignore", {Ignore, false}},
  {"immediate", {Immediate, false}}, {"import", {Import, false}}, {"in", {In, true}},
  {"index", {Index, true}}, {"indexes", {Indexes, false}}, {"infile", {Infile, false}},
  {"insert", {Insert, false}}, {"install", {Install, false}}, {"instance", {Instance, false}},
  {"intersect", {Intersect, true}}, {"into", {Into, true}}, {"is", {Is, true}},
  {"isolation", {Isolation, false}}, {"join", {Join, true}}, {"key", {Key, true}},
  {"keys", {Keys, false}}, {"kill", {Kill, false}}, {"lateral", {Lateral, true}},
  {"like", {Like, true}}, {"limit", {Limit, true}}, {"load", {Load, false}},
  {"local", {Local, false}}, {"lock", {Lock, false}}, {"loop", {Loop, false}},
  {"low_priority", {LowPriority, false}}, {"match", {Match, true}}, {"minus", {Minus, true}},
  {"names", {Names, false}}, {"natural", {Natural, false}}, {"next", {Next, false}},
  {"no", {No, false}}, {"not", {Not, true}}, {"null", {Null, false}}, {"of", {Of, true}},
  {"off", {Off, false}}, {"offline", {Offline, false}}, {"offset", {Offset, true}},
  {"on", {On, true}}, {"online", {Online, false}}, {"only", {Only, true}},
  {"open", {Open, false}}, {"optimize", {Optimize, false}}, {"or", {Or, true}},
  {"order", {Order, true}}, {"outfile", {Outfile, false}}, {"over", {Over, true}},
  {"package", {Package, false}}, {"partition", {Partition, true}},
  {"partitions", {Partitions, false}}, {"password", {Password, false}},
  {"persist", {Persist, false}}, {"persist_only", {PersistOnly, false}},
  {"prepare", {Prepare, false}}, {"previous", {Previous, false}},
  {"procedure", {Procedure, false}}, {"purge", {Purge, false}}, {"query", {Query, false}},
  {"quick", {Quick, false}}, {"read", {Read, false}}, {"recursive", {Recursive, true}},
  {"references", {References, false}}, {"regexp", {Regexp, true}}, {"release", {Release, false}},
  {"rename", {Rename, false}}, {"repair", {Repair, false}}, {"repeat", {Repeat, false}},
  {"replace", {Replace, false}}, {"replica", {Replica, false}}, {"replicas", {Replicas, false}},
  {"reset", {Reset, false}}, {"resignal", {Resignal, false}}, {"restart", {Restart, false}},
  {"return", {Return, true}}, {"returning", {Returning, true}}, {"revoke", {Revoke, false}},
  {"rlike", {Rlike, true}}, {"role", {Role, false}}, {"rollback", {Rollback, false}},
  {"rollup", {Rollup, false}}, {"route", {Route, false}}, {"row", {Row, true}},
  {"rows", {Rows, true}}, {"savepoint", {Savepoint, false}}, {"schema", {Schema, false}},
  {"schemas", {Schemas, false}}, {"select", {Select, true}}, {"separator", {Separator, true}},
  {"sequence", {Sequence, false}}, {"server", {Server, false}}, {"session", {Session, false}},
  {"set", {Set, false}}, {"share", {Share, false}}, {"show", {Show, false}},
  {"shutdown", {Shutdown, false}}, {"signal", {Signal, false}}, {"slave", {Slave, false}},
  {"snapshot", {Snapshot, false}}, {"some", {Some, true}}, {"spatial", {Spatial, false}},
  {"sql_big_result", {SqlBigResult, true}}, {"sql_buffer_result", {SqlBufferResult, true}},
  {"sql_cache", {SqlCache, true}}, {"sql_calc_found_rows", {SqlCalcFoundRows, true}},
  {"sql_no_cache", {SqlNoCache, true}}, {"sql_small_result", {SqlSmallResult, true}},
  {"stage", {Stage, false}}, {"start", {Start, false}}, {"statement", {Statement, false}},
  {"status", {Status, false}}, {"stop", {Stop, false}}, {"straight_join", {StraightJoin, true}},
  {"table", {Table, true}}, {"tables", {Tables, false}}, {"temporary", {Temporary, false}},
  {"then", {Then, true}}, {"ties", {Ties, false}}, {"to", {To, false}},
  {"transaction", {Transaction, false}}, {"trigger", {Trigger, false}},
  {"triggers", {Triggers, false}}, {"true", {True, false}}, {"truncate", {Truncate, false}},
  {"understudy", {Understudy, false}}, {"uninstall", {Uninstall, false}},
  {"union", {Union, true}}, {"unique", {Unique, false}}, {"unlock", {Unlock, false}},
  {"until", {Until, true}}, {"update", {Update, false}}, {"use", {Use, false}},
  {"user", {User, false}}, {"using", {Using, true}}, {"value", {Value, false}},
  {"values", {Values, true}}, {"view", {View, false}}, {"warnings", {Warnings, false}},
  {"when", {When, true}}, {"where", {Where, true}}, {"while", {While, true}},
  {"window", {Window, true}}, {"with", {With, false}}, {"work", {Work, false}},
  {"xa", {Xa, false}}, {"xml", {Xml, false}}, {"xor", {Xor, true}},
  // Functions that are called without parentheses; sysdate under sql_mode=ORACLE, session_user from
  // MariaDB 11.7 on.
  {"current_date", {CurrentMoment, false}}, {"current_time", {CurrentMoment, false}},
  {"current_timestamp", {CurrentMoment, false}}, {"localtime", {CurrentMoment, false}},
  {"localtimestamp", {CurrentMoment, false}}, {"sysdate", {CurrentMoment, false}},
  {"utc_date", {CurrentMoment, false}}, {"utc_time", {CurrentMoment, false}},
  {"utc_timestamp", {CurrentMoment, false}}, {"current_role", {CurrentAccount, false}},
  {"current_user", {CurrentAccount, false}}, {"session_user", {CurrentAccount, false}},
  {"time", {Time, false}},
}};
// clang-format on
constexpr Words kKeywords{kWords};

constexpr auto kBeforeParenthesis = [] {
  std::array<bool, kCount + 1> flags{};
  for (const Words::Entry& entry : kWords)
    flags[static_cast<std::size_t>(entry.value.keyword)] = entry.value.before_parenthesis;
  return flags;
}();

}  // namespace

Keyword keyword_of(std::string_view word) {
  const Traits* traits = kKeywords.find(word);
  return traits == nullptr ? None : traits->keyword;
}

bool may_precede_parenthesis(Keyword keyword) {
  return kBeforeParenthesis[static_cast<std::size_t>(keyword)];
}

}  // namespace understudy::sql
