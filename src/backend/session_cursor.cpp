#include <algorithm>

#include "backend/session.h"
#include "protocol/commands.h"
#include "protocol/constants.h"

// A session's open cursors. Each has a prepared statement of its own on the server: the ones that
// connections keep by their text serve several statements of the client, and go when there are too
// many. As long as one is open the session keeps its connection.
namespace understudy::backend {

using sql::Effect;

// What the command under way did to the cursor of its statement.
void Session::note_cursor() {
  const std::uint16_t status = connection_->report().status;
  const bool succeeded = exchange_->error_code() == 0;
  if (command_.kind == CommandKind::Fetch) {
    // The server has closed it.
    if (succeeded && (status & protocol::kStatusLastRowSent) != 0) end_cursor(*command_.statement);
    return;
  }
  if (!command_.cursor || !command_.statement->cursor) return;
  cursors_.push_back(command_.statement);
  if (!succeeded || (status & protocol::kStatusCursorExists) == 0)
    return end_cursor(*command_.statement);
  pin(Effect::OpenCursor);
}

// On the connection in use.
void Session::end_cursor(PreparedStatement& statement) {
  Bytes close;
  protocol::append_stmt_close(close, *statement.cursor);
  connection_->send(close);
  statement.cursor.reset();
  std::erase(cursors_, &statement);
  if (!cursors_.empty()) return;
  const sql::Effects before = model_.pins();
  model_.unpin(Effect::OpenCursor);
  count_pins(before, model_.pins());
}

void Session::close_cursor(PreparedStatement& statement) {
  ASSERT(!busy());
  if (!statement.cursor) return;
  if (!connection_) return statement.cursor.reset();
  end_cursor(statement);
  // What was lost with a broken one, the next command is told.
  const bool needed = model_.pins().bits() != 0 || (status_ & protocol::kStatusInTransaction) != 0;
  if (!connection_->broken() || !needed) settle_connection();
}

// The connection goes, and they with it.
void Session::forget_cursors() {
  for (PreparedStatement* const statement : cursors_)
    statement->cursor.reset();
  cursors_.clear();
}

}  // namespace understudy::backend
