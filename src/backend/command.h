#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/response_scanner.h"
#include "sql/statement.h"

namespace understudy::backend {

// A statement that a client prepared. Its text (Command::text) is prepared on each server
// connection where it is executed.
struct PreparedStatement {
  std::uint32_t id = 0;  // what the client knows it by
  std::string schema;    // of the session when it was prepared
  std::uint16_t parameter_count = 0;
  Bytes parameter_types;  // as last bound, two bytes each: every connection must be told
  Bytes long_data;        // COM_STMT_SEND_LONG_DATA packets that wait for the next execution
  std::uint16_t column_count = 0;       // of its result, 0: it has none that is known
  std::optional<std::uint32_t> cursor;  // what a server knows it by that has a cursor of it open
};

enum class CommandKind : std::uint8_t {
  Query,         // COM_QUERY
  SelectSchema,  // COM_INIT_DB
  Prepare,       // COM_STMT_PREPARE
  Execute,       // COM_STMT_EXECUTE, COM_STMT_BULK_EXECUTE
  Fetch,         // COM_STMT_FETCH, of a statement with a cursor
  Other,         // any other command that is forwarded as it is
};

// One command of a client on its way to a server. Views live until the command is finished.
struct Command {
  CommandKind kind = CommandKind::Query;
  protocol::ResponseShape shape = protocol::ResponseShape::Query;
  ByteView packets;       // framed, as the client sent them
  std::string_view text;  // Query, Prepare, Execute: the statement; SelectSchema: the schema
  const sql::Classification* what = nullptr;
  PreparedStatement* statement = nullptr;  // Execute, Fetch
  bool cursor = false;                     // Execute: asks for a cursor
  bool bulk = false;                       // Execute: with several rows of parameters
};

// The schema of the names in a command that do not say theirs. Servers go on executing a statement
// in the schema where it was prepared. One that was prepared in none has no such names.
inline std::string_view schema_of(const Command& command, std::string_view selected) {
  const bool elsewhere = command.statement != nullptr && !command.statement->schema.empty();
  return elsewhere ? std::string_view(command.statement->schema) : selected;
}

// Where the response to a command goes.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  // The next part of the response; its views live only during the call. May pause the session.
  virtual void on_step(const protocol::ScanStep& step) = 0;
  // The whole response at once: a result set from the result cache, framed; its last packet, an EOF
  // or OK, says nothing of a session. Only for sinks of sessions that ask for that.
  virtual void on_cached(ByteView /*answer*/) {}
  // What Session::send_file() has passed on is on its way to the server.
  virtual void on_file_sent() {}
  // The command is over: ok if the last step was passed on (a server's ERR too); otherwise an Error
  // of ours, and `started` says whether a part of a response was passed on before. The sink may
  // start the next command, or destroy the session.
  virtual void on_finished(Result<void> result, bool started) = 0;
};

}  // namespace understudy::backend
