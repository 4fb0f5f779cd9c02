#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/server_connection.h"

namespace understudy::backend {

// A result set whose values are text, as our own small queries need it.
struct TextResult {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;

  // The value in the first row under this column name (as the server spells it, case ignored);
  // nullopt if there is no such column, no row, or it is NULL.
  [[nodiscard]] std::optional<std::string> first(std::string_view column) const;
};

// Runs statements of our own on a connection, one at a time, and collects each result in memory (at
// most kResultBytesMax). Must outlive the response or the connection.
class TextQuery final : public ResponseHandler {
 public:
  static constexpr std::size_t kResultBytesMax = 64 * 1024 * 1024;
  using Done = UniqueFunction<void(Result<TextResult>)>;

  // Sends `sql`, one statement. `done` is called once, when the connection is free again or broken;
  // it may start the next query. A statement without a result set yields an empty one. Errors:
  // Server with the server's code; Lost; Exhausted if the result is too large.
  void start(ServerConnection& connection, std::string_view sql, Done done);

 private:
  void on_step(ServerConnection& connection, const protocol::ScanStep& step) override;
  void on_broken(ServerConnection& connection, const Error& why) override;

  void finish();

  Done done_;
  Bytes collected_;
  bool too_large_ = false;
  std::optional<Error> error_;
};

// Decodes the packets of one text result set (without its closing EOF or OK), as ResponseScanner
// passed them on.
Result<TextResult> decode_text_result(ByteView packets);

}  // namespace understudy::backend
