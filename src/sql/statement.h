#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"

namespace understudy::sql {

// Where a statement has to run; the weakest first.
enum class StatementClass : std::uint8_t {
  Read,     // any replica may answer
  Session,  // changes session state only, and follows the session
  Primary,  // must run on the primary
  Pin,      // runs on the primary and ties the session to its connection
};

// What a statement does to the session beside its own work; a set of bits.
enum class Effect : std::uint32_t {
  None = 0,
  BeginsTransaction = 1u << 0,    // BEGIN, START TRANSACTION, XA START
  EndsTransaction = 1u << 1,      // COMMIT, ROLLBACK without TO, and what commits implicitly
  ChangesAutocommit = 1u << 2,    // SET autocommit
  ChangesSchema = 1u << 3,        // USE
  SetsVariables = 1u << 4,        // SET of session variables, SET NAMES, SET CHARACTER SET
  SetsUserVariable = 1u << 5,     // SET @a = literal (can be carried); other ways are Pin
  SetsNextTransaction = 1u << 6,  // SET TRANSACTION without SESSION or GLOBAL
  ReadsSessionResult =
      1u << 7,  // FOUND_ROWS(), LAST_INSERT_ID(), ROW_COUNT(), SHOW WARNINGS, @@warning_count, …
  TemporaryTable = 1u << 8,  // reasons of a Pin
  UserLock = 1u << 9,
  TableLock = 1u << 10,
  PreparedText = 1u << 11,
  OpensHandler = 1u << 12,
  ComputesUserVariable = 1u << 13,
  UnknownState = 1u << 14,
  MultipleStatements = 1u << 15,
  ReleasesLocks = 1u << 16,    // UNLOCK TABLES
  LocksRows = 1u << 17,        // FOR UPDATE, LOCK IN SHARE MODE
  ChangesTracking = 1u << 18,  // SET session_track_…: the server's reports may stop; comes with Pin
  ChangesRows = 1u << 19,      // INSERT, REPLACE, UPDATE, DELETE, LOAD DATA
  // FLUSH TABLES WITH READ LOCK: unlike LOCK TABLES it does not end with a new transaction
  GlobalLock = 1u << 20,
  ReleasesUserLock = 1u << 21,  // RELEASE_LOCK, RELEASE_ALL_LOCKS
  ForOneStatement = 1u << 22,   // SET STATEMENT … FOR: the server reports what is over already
  CallsUnknown = 1u << 23,      // a function that is not known: a stored one may set anything
  AsksConnectionId = 1u << 24,  // CONNECTION_ID()
  LoadsLocalFile = 1u << 25,    // LOAD DATA LOCAL: the server asks the client for a file
  OpenCursor = 1u << 26,        // of COM_STMT_EXECUTE; a reason of a pin that no text tells
  // With ReadsSessionResult, what it asks for beside the last insert id:
  ReadsWarnings = 1u << 27,   // SHOW WARNINGS, @@warning_count, …
  ReadsFoundRows = 1u << 28,  // FOUND_ROWS()
  ReadsRowCount = 1u << 29,   // ROW_COUNT()
  // A SELECT is or may be in it, or it is a SHOW that is one: FOUND_ROWS() is its own.
  Selects = 1u << 30,
  EndsSession = 1u << 31,  // COMMIT RELEASE: the server closes the connection
};

class Effects {
 public:
  constexpr Effects() = default;
  constexpr Effects(Effect effect) : bits_(static_cast<std::uint32_t>(effect)) {}
  [[nodiscard]] constexpr bool has(Effect effect) const {
    return (bits_ & static_cast<std::uint32_t>(effect)) != 0;
  }
  constexpr void add(Effects other) { bits_ |= other.bits_; }
  constexpr void remove(Effects other) { bits_ &= ~other.bits_; }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }

 private:
  std::uint32_t bits_ = 0;
};

// A table as it is written, without quotes; `schema` is empty where none is named. Views into the
// text.
struct TableName {
  std::string_view schema;
  std::string_view name;
};

// The tables of a statement; more than kCapacity are counted, not kept.
class TableList {
 public:
  static constexpr std::size_t kCapacity = 16;
  TableList() = default;
  // Copies those that there are: statements are classified by copying what is known of them.
  TableList(const TableList& other) { *this = other; }
  TableList& operator=(const TableList& other);
  ~TableList() = default;
  void add(TableName table);  // ignores one that is there already
  void clear() {
    size_ = 0;
    overflow_ = false;
  }
  // Names the schema of those tables that were written without one; `schema` has to outlive this.
  void set_default_schema(std::string_view schema);
  [[nodiscard]] std::span<const TableName> tables() const { return {tables_.data(), size_}; }
  [[nodiscard]] bool complete() const { return !overflow_; }

 private:
  std::array<TableName, kCapacity> tables_{};
  std::size_t size_ = 0;
  bool overflow_ = false;
};

enum class Consistency : std::uint8_t { Eventual, Bounded, Session, Strong };

// `/* understudy: … */` in the statement's first comment. Views into the text.
struct Hints {
  std::optional<Consistency> consistency;
  std::optional<Duration> max_lag;  // with Bounded
  std::string_view tag;
  std::string_view server;
  std::string_view zone;
  bool replica = false;       // only a replica may answer
  std::optional<bool> cache;  // `cache`: true, `nocache`: false
  std::string_view unknown;   // the first word that is not understood; empty if all are
};

// Statements that Understudy answers itself.
enum class OwnStatement : std::uint8_t {
  None,
  SelectToken,     // SELECT @understudy_token
  SetToken,        // SET @understudy_token = '…'
  SetConsistency,  // SET @understudy_consistency = '…'
  SetMaxLag,       // SET @understudy_max_lag = '…'
  ShowStatus,      // SHOW UNDERSTUDY STATUS
  ShowRoute,       // SHOW UNDERSTUDY ROUTE
  Kill,            // KILL …: clients know the ids of Understudy; see kill_statement.h
};

// How the server reads the text; follows the session's sql_mode and character_set_client.
struct Modes {
  bool ansi_quotes = false;
  bool no_backslash_escapes = false;
  // The client's character set has characters whose second byte may be a quote or a backslash
  // (big5, cp932, gbk, gb18030, sjis): a text with bytes above 0x7F is then not understood.
  bool multibyte_quotes = false;

  bool operator==(const Modes&) const = default;
};

// The quoting part of a value of `sql_mode`, as the server reports it (names with commas between,
// or a number); the combined modes ANSI, ORACLE, … include ANSI_QUOTES.
Modes modes_of(std::string_view sql_mode, std::string_view character_set_client = "utf8mb4");

// All views point into the classified text or are static.
struct Classification {
  StatementClass kind = StatementClass::Primary;
  std::string_view reason;  // static, for people: why this class
  bool writes = false;      // may change data or schema (of permanent or temporary tables)
  Effects effects;
  TableList tables;
  Hints hints;
  // Why its result must not be kept for later (static, for people). Empty: the result depends on
  // nothing but the rows of `tables`, the parameters, and the session's schema and variables as the
  // server reports them. What the text does not tell is the caller's to check: a table may be of
  // the server's own (is_server_schema(), if it stands without its schema), a view, temporary, or
  // of an engine that has its rows elsewhere; a virtual column may be computed of NOW(); one of
  // type TIME becomes a DATETIME of the present day where it meets one; sql_auto_is_null makes
  // `id IS NULL` ask for the last insert id.
  std::string_view cache_obstacle;
  OwnStatement own = OwnStatement::None;
  std::string_view own_value;         // the literal's text of a SET @understudy_…, without quotes
  std::uint32_t statement_count = 0;  // 0: nothing but space and comments
};

// Says where `text` (one or several statements) goes, in one pass and without allocation. Any bytes
// are accepted: what is not understood is Primary, or Pin where it may leave state behind.
Classification classify(std::string_view text, const Modes& modes = {});

// mysql, information_schema, performance_schema, sys: their tables are not in the binary log.
bool is_server_schema(std::string_view schema);

// True for tables whose rows differ by server (mysql, performance_schema, sys, and what
// information_schema says of processes, variables, InnoDB, …): only the primary answers for them.
// Says so for every table that is not known to be the same everywhere in one of these schemas.
bool is_server_table(std::string_view schema, std::string_view table);

// "read", "session", "primary" or "pin".
std::string_view to_string(StatementClass kind);

}  // namespace understudy::sql
