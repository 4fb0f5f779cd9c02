#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backend/command.h"
#include "backend/session.h"
#include "base/unique_function.h"
#include "understudy/result.h"

namespace understudy::client {

// How one statement ended.
struct Outcome {
  QueryResult result;
  std::optional<Error> error;
  std::string server;           // where it ran; empty if nowhere
  bool read = false;            // it changes nothing
  bool alone = false;           // no transaction or session state was at stake when it began
  bool in_transaction = false;  // after it; of use only without an error
};

// One statement on its way: made on the caller's thread, run on the worker's loop, its response
// collected there and decoded by finish() on the caller's thread again. Used once.
class Call final : private backend::ResponseSink {
 public:
  // A response with more than this is an error (Exhausted), as programs hold results in memory.
  static constexpr std::size_t kResultBytesMax = std::size_t{1} << 30;

  enum class Form : std::uint8_t {
    Prepared,           // COM_STMT_PREPARE and COM_STMT_EXECUTE, parameters bound
    PreparedOnPrimary,  // the same, on the primary even if it is a read
    Text,               // COM_QUERY, without parameters: BEGIN, COMMIT, ROLLBACK
  };

  // What `sql` and `parameters` view must live until finish().
  Call(Form form, std::string_view sql, std::span<const Value> parameters);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Worker loop. `done` is called once, perhaps inside this call, and may let go of this object.
  void start(backend::Session& session, UniqueFunction<void()> done);

  // After `done`, any thread.
  [[nodiscard]] bool succeeded() const { return !error_; }
  [[nodiscard]] const sql::Classification& what() const { return what_; }
  [[nodiscard]] Outcome finish();

 private:
  void on_step(const protocol::ScanStep& step) override;
  void on_cached(ByteView answer) override;
  void on_finished(Result<void> result, bool started) override;
  [[nodiscard]] Result<void> check() const;

  const Form form_;
  const std::span<const Value> parameters_;
  std::string sql_;
  sql::Classification what_;  // views into `sql_`
  backend::PreparedStatement statement_;
  Bytes packets_;
  backend::Session* session_ = nullptr;
  UniqueFunction<void()> done_;

  Bytes collected_;         // the first result set
  bool collecting_ = true;  // it has not ended
  bool too_large_ = false;
  std::uint64_t affected_rows_ = 0;
  std::uint64_t last_insert_id_ = 0;
  std::optional<Error> error_;
  std::string server_;
  std::optional<std::chrono::milliseconds> staleness_;
  bool read_ = false;
  bool alone_ = false;
  bool in_transaction_ = false;
};

}  // namespace understudy::client
