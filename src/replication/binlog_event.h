#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "replication/flavour.h"
#include "replication/mysql_gtid.h"
#include "replication/position.h"
#include "replication/table_format.h"

// The events of a binary log, as COM_BINLOG_DUMP sends them (MariaDB knowledge base, "Binlog Event
// Header" and the pages of each event; MySQL, libs/mysql/binlog/event). All views point into the
// decoded bytes, or into what BinlogEvent::owned keeps.
namespace understudy::replication {

// What every event starts with.
struct EventHeader {
  std::uint32_t timestamp = 0;      // seconds since 1970; 0 for events that the server makes up
  std::uint8_t type = 0;            // kinds that are not decoded have none but this
  std::uint32_t server_id = 0;      // where the event was first logged
  std::uint32_t size = 0;           // of all of it
  std::uint32_t next_position = 0;  // offset of the next event in the file
  std::uint16_t flags = 0;
};

enum class ChecksumAlgorithm : std::uint8_t { Off = 0, Crc32 = 1 };

// The first event of each file, and of what a server sends.
struct FormatDescription {
  std::uint16_t version = 0;
  std::string_view server_version;
  ChecksumAlgorithm checksum = ChecksumAlgorithm::Off;
  Flavour flavour = Flavour::MariaDb;  // of the server that wrote it
};

// The file that the following events are from.
struct RotateEvent {
  std::uint64_t position = 0;
  std::string_view file;
};

// Begins a transaction of MariaDB.
struct GtidEvent {
  Gtid gtid;
  bool standalone = false;     // one statement, no COMMIT follows
  bool ddl = false;            // the statement is DDL
  bool transactional = false;  // may be rolled back
  bool xa_prepare = false;
  bool xa_complete = false;                // XA COMMIT or XA ROLLBACK
  std::optional<std::uint64_t> commit_id;  // of those that were committed together
};

// The newest transactions of each domain and server before this place in the log.
struct GtidListEvent {
  std::vector<Gtid> gtids;
};

// Begins a transaction of MySQL.
struct MySqlGtidEvent {
  std::optional<MySqlGtid> gtid;  // nothing for an anonymous one (gtid_mode=OFF)
  // Of group commit: those with numbers above last_committed may be applied side by side.
  std::int64_t last_committed = 0;
  std::int64_t sequence_number = 0;
  // In microseconds since 1970; 0 where the server is too old to say so (before 8.0).
  std::uint64_t committed_here = 0;
  std::uint64_t committed_first = 0;  // on the server where it was first executed
  std::uint64_t size = 0;             // of the whole transaction in the log, with this event
};

// All transactions in the logs before this one (MySQL).
struct PreviousGtidsEvent {
  std::vector<MySqlGtidRange> gtids;
};

// A statement as text. LOAD DATA too: as the text that loads the file which the events before it
// carry.
struct QueryEvent {
  std::uint32_t thread_id = 0;  // of the connection where it was first executed
  std::uint32_t seconds = 0;    // it ran this long
  std::uint16_t error_code = 0;
  std::string_view schema;  // the default one
  ByteView status;          // session variables
  // Two of them, which say how the text is read (query_status.h); nothing if they are not there.
  std::optional<std::uint64_t> sql_mode;          // as bits
  std::optional<std::uint16_t> client_collation;  // of character_set_client
  std::string_view text;
};

// The statement whose rows follow (MySQL: Rows_query, with binlog_rows_query_log_events).
struct AnnotateRowsEvent {
  std::string_view text;
};

// A value that the next Query event's statement uses.
struct IntVarEvent {
  enum class Kind : std::uint8_t { LastInsertId = 1, InsertId = 2 };
  Kind kind = Kind::InsertId;
  std::uint64_t value = 0;
};

// Says what the row events with this table id are about.
struct TableMapEvent {
  std::uint64_t id = 0;
  std::shared_ptr<const TableFormat> table;
};

enum class RowChange : std::uint8_t { Written, Updated, Deleted };

// Rows of one table that one statement changed.
struct RowsEvent {
  RowChange change = RowChange::Written;
  std::shared_ptr<const TableFormat> table;  // null in an event without rows
  bool ends_statement = false;               // the last event with rows of this statement
  bool partial = false;                      // JSON columns may hold changes of a document only
  // Nothing for rows that are not decoded or not counted, or have columns of unknown types.
  std::optional<std::uint64_t> count;
  // Which columns an image holds, a bit each. Deleted rows have an image before, written ones an
  // image after, updated ones both.
  ByteView columns_before;
  ByteView columns_after;
  ByteView images;
};

// COMMIT of a transactional engine.
struct XidEvent {
  std::uint64_t xid = 0;
};

struct XaPrepareEvent {
  bool one_phase = false;  // XA COMMIT … ONE PHASE
  std::uint32_t format = 0;
  ByteView global_id;
  ByteView branch_id;
};

// Sent while there is nothing else to send.
struct HeartbeatEvent {
  std::string_view file;
  std::uint64_t position = 0;  // 0: not said here, but by the header
};

// A whole transaction behind its GTID as one event (MySQL, binlog_transaction_compression=ON).
// PayloadReader gives the events in it, one after another.
struct TransactionPayloadEvent {
  enum class Compression : std::uint8_t { Zstd = 0, None = 255 };
  Compression compression = Compression::None;
  std::uint64_t uncompressed_size = 0;  // as the event says
  ByteView payload;
};

// The server was shut down in good order.
struct StopEvent {};

// Changes that the server could not log have been lost.
struct IncidentEvent {
  std::uint16_t number = 0;
  std::string_view message;
};

// What is not decoded: header.type says what it is.
struct OtherEvent {};

using EventBody = std::variant<OtherEvent, FormatDescription, RotateEvent, GtidEvent, GtidListEvent,
                               MySqlGtidEvent, PreviousGtidsEvent, QueryEvent, AnnotateRowsEvent,
                               IntVarEvent, TableMapEvent, RowsEvent, TransactionPayloadEvent,
                               XidEvent, XaPrepareEvent, HeartbeatEvent, StopEvent, IncidentEvent>;

struct BinlogEvent {
  EventHeader header;
  EventBody body;
  std::shared_ptr<const Bytes> owned = {};  // what a compressed event became; views point into it
};

// Decodes the events of one log in their order: what format they have and which tables row events
// speak of is in earlier events. A value of one thread; never throws, accepts any bytes.
class BinlogDecoder {
 public:
  // At most so many tables at one time, which one statement may change.
  static constexpr std::size_t kTablesMax = 4096;

  struct Options {
    // RowsEvent::count; who reads the rows does not need it, and it costs a pass over them.
    bool count_rows = true;
    // What an event that is compressed may become.
    std::size_t event_size_max = std::size_t{64} * 1024 * 1024;
  };

  BinlogDecoder() = default;
  explicit BinlogDecoder(Options options) : options_(options) {}

  // `bytes` is one event with its header and its checksum, if it has one, which is verified. The
  // views in the result live as long as `bytes` and the result. Errors: Malformed; Exhausted
  // (kTablesMax, event_size_max).
  Result<BinlogEvent> decode(ByteView bytes);

  // The same for an event inside of a transaction payload: those have no checksums.
  Result<BinlogEvent> decode_inner(ByteView bytes);

 private:
  struct MappedTable {
    std::uint64_t id = 0;
    std::shared_ptr<const TableFormat> table;
  };
  // A table map event that was decoded before: most are repeated for each statement.
  struct KnownTable {
    Bytes body;
    std::shared_ptr<const TableFormat> table;
  };

  Result<ByteView> without_checksum(const EventHeader& header, ByteView bytes) const;
  Result<BinlogEvent> decode_whole(const EventHeader& header, ByteView body);
  Result<EventBody> decode_body(const EventHeader& header, ByteView body, BinlogEvent& event);
  Result<EventBody> format(ByteView body);
  Result<EventBody> table_map(ByteView body);
  Result<std::shared_ptr<const TableFormat>> table_format(ByteView body);
  Result<EventBody> query(std::uint8_t type, ByteView body, BinlogEvent& event);
  Result<EventBody> rows(std::uint8_t type, ByteView body, BinlogEvent& event);
  Result<ByteView> uncompressed(ByteView bytes, BinlogEvent& event) const;
  [[nodiscard]] std::shared_ptr<const TableFormat> find_table(std::uint64_t id) const;

  Options options_;
  std::optional<ChecksumAlgorithm> checksum_;  // not known before the first FormatDescription
  Flavour flavour_ = Flavour::MariaDb;
  std::vector<MappedTable> tables_;  // of the statement whose rows are coming
  std::vector<KnownTable> known_;
  std::size_t next_known_ = 0;  // the one that is replaced next
};

}  // namespace understudy::replication
