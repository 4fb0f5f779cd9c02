#pragma once

#include <memory>
#include <optional>

#include "backend/server_connection.h"
#include "base/bytes.h"
#include "base/unique_function.h"

namespace understudy::backend {

// Asks a connection for the warnings that a session's statement left there, before somebody else
// uses it, and keeps the answer as the client is to get it. One at a time; loop thread only. Must
// outlive the answer or the connection.
class WarningSaver final : public ResponseHandler {
 public:
  static constexpr std::size_t kBytesMax = 256 * 1024;
  using Done = UniqueFunction<void()>;

  // `done` is called once, when the connection is free again or broken. Without an answer, or with
  // one that is too large, the warnings are lost.
  void start(ServerConnection& connection, std::shared_ptr<WarningList> list, Done done);

 private:
  void on_step(ServerConnection& connection, const protocol::ScanStep& step) override;
  void on_broken(ServerConnection& connection, const Error& why) override;
  void finish(ServerConnection& connection, bool saved);

  std::shared_ptr<WarningList> list_;
  Done done_;
  Bytes counts_;
  Bytes answer_;
  bool counted_ = false;
  bool failed_ = false;
};

// An answer that was kept, for a session whose status flags are others by now.
Bytes with_status(ByteView answer, std::uint16_t status);

}  // namespace understudy::backend
