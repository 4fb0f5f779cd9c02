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
#include "replication/position.h"
#include "replication/row_image.h"

// The events of a MariaDB binary log, as COM_BINLOG_DUMP sends them (MariaDB knowledge base,
// "Binlog Event Header" and the pages of each event). All views point into the decoded bytes.
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
};

// The file that the following events are from.
struct RotateEvent {
  std::uint64_t position = 0;
  std::string_view file;
};

// Begins a transaction.
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

// A statement as text. LOAD DATA too: as the text that loads the file which the events before it
// carry.
struct QueryEvent {
  std::uint32_t thread_id = 0;  // of the connection where it was first executed
  std::uint32_t seconds = 0;    // it ran this long
  std::uint16_t error_code = 0;
  std::string_view schema;  // the default one
  ByteView status;          // session variables, not decoded
  std::string_view text;
};

// The statement whose rows follow.
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
  bool decoded = true;                       // false: only what stands above is known
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
};

// Sent while there is nothing else to send.
struct HeartbeatEvent {
  std::string_view file;
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
                               QueryEvent, AnnotateRowsEvent, IntVarEvent, TableMapEvent, RowsEvent,
                               XidEvent, XaPrepareEvent, HeartbeatEvent, StopEvent, IncidentEvent>;

struct BinlogEvent {
  EventHeader header;
  EventBody body;
};

// Decodes the events of one log in their order: what format they have and which tables row events
// speak of is in earlier events. A value of one thread; never throws, accepts any bytes.
class BinlogDecoder {
 public:
  // At most so many tables at one time, which one statement may change.
  static constexpr std::size_t kTablesMax = 4096;

  // `bytes` is one event with its header and its checksum, if it has one, which is verified. The
  // views in the result live as long as `bytes`. Errors: Malformed; Exhausted (kTablesMax).
  Result<BinlogEvent> decode(ByteView bytes);

 private:
  struct MappedTable {
    std::uint64_t id = 0;
    std::shared_ptr<const TableFormat> table;
  };

  Result<ByteView> without_checksum(const EventHeader& header, ByteView bytes) const;
  Result<EventBody> decode_body(const EventHeader& header, ByteView body);
  Result<EventBody> format(ByteView body);
  Result<EventBody> table_map(ByteView body);
  Result<EventBody> rows(std::uint8_t type, ByteView body);
  [[nodiscard]] std::shared_ptr<const TableFormat> find_table(std::uint64_t id) const;

  std::optional<ChecksumAlgorithm> checksum_;  // not known before the first FormatDescription
  std::vector<MappedTable> tables_;            // of the statement whose rows are coming
};

}  // namespace understudy::replication
