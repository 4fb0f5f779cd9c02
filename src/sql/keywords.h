#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::sql {

// The words that decide something; every other word is a name or does not matter.
// clang-format off
enum class Keyword : std::uint8_t {
  None,
  Against, All, Alter, Analyze, And, Any, As, Atomic, Backup, Begin, Between, Binlog, Body, By,
  Cache, Call, Case, Chain, Change, Character, Charset, Check, Checksum, Clone, Close, Collate,
  Collation, Columns, Commit, Concurrent, Connection, Count, Create,
  CurrentAccount, CurrentMoment, Cycle, Database, Databases,
  Deallocate, Declare, Default, Definer, Delayed, Delete, Desc, Describe, Distinct, Distinctrow,
  Div, Do, Drop, Dual, Dumpfile, Else, Elseif, End, Errors, Escape, Event, Except, Exchange,
  Execute, Exists, Explain, Export, Extended, False, Fields, Flush, For, Format, From, Full,
  Fulltext, Function, Get, Global, Grant, Grants, Group, GroupReplication, Handler, Having,
  Help, HighPriority, If, Ignore, Immediate, Import, In, Index, Indexes, Infile, Insert,
  Install, Instance, Intersect, Into, Is, Isolation, Join, Key, Keys, Kill, Lateral, Like,
  Limit, Load, Local, Lock, Loop, LowPriority, Match, Minus, Names, Natural, Next, No, Not,
  Null, Of, Off, Offline, Offset, On, Online, Only, Open, Optimize, Or, Order, Outfile, Over,
  Package, Partition, Partitions, Password, Persist, PersistOnly, Prepare, Previous, Procedure,
  Purge, Query, Quick, Read, Recursive, References, Regexp, Release, Rename, Repair, Repeat,
  Replace, Replica, Replicas, Reset, Resignal, Restart, Return, Returning, Revoke, Rlike, Role,
  Rollback, Rollup, Route, Row, Rows, Savepoint, Schema, Schemas, Select, Separator, Sequence,
  Server, Session, Set, Share, Show, Shutdown, Signal, Slave, Snapshot, Some, Spatial,
  SqlBigResult, SqlBufferResult, SqlCache, SqlCalcFoundRows, SqlNoCache, SqlSmallResult, Stage,
  Start, Statement, Status, Stop, StraightJoin, Table, Tables, Temporary, Then, Ties, Time, To,
  Transaction, Trigger, Triggers, True, Truncate, Understudy, Uninstall, Union, Unique, Unlock,
  Until, Update, Use, User, Using, Value, Values, View, Warnings, When, Where, While, Window,
  With, Work, Xa, Xml, Xor
};
// clang-format on

// None if `word` (any case) is no keyword of the list.
Keyword keyword_of(std::string_view word);

// True if a parenthesis after the word opens an expression, a query or a list, not a call.
bool may_precede_parenthesis(Keyword keyword);

}  // namespace understudy::sql
