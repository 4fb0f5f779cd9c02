#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "client/call.h"
#include "client/engine.h"
#include "understudy/cluster.h"

namespace understudy::client {

// A backend::Session from the caller's side: posts to the worker loop and waits. One call at a time
// (std::logic_error otherwise), from any thread that is not a loop's. Keeps the engine alive.
class SessionHandle final {
 public:
  enum class Scope : std::uint8_t {
    Own,     // a Session of the program
    Shared,  // for one call of the Cluster: shows its earlier writes, and notes its own there
  };

  SessionHandle(std::shared_ptr<Engine> engine, Scope scope);
  ~SessionHandle();
  SessionHandle(const SessionHandle&) = delete;
  SessionHandle& operator=(const SessionHandle&) = delete;

  // Throw DatabaseError, or std::invalid_argument for a statement or parameters that are not sent.
  QueryResult write(std::string_view sql, const std::vector<Value>& parameters);
  QueryResult read(const std::optional<ReadOptions>& options, std::string_view sql,
                   const std::vector<Value>& parameters);
  void transaction(const std::function<void(Transaction&)>& body);
  std::string token();
  void set_token(std::string_view token);

 private:
  friend class TransactionState;

  Outcome run(Call::Form form, std::string_view sql, const std::vector<Value>& parameters,
              const std::optional<ReadOptions>& options);
  QueryResult repeat(Call::Form form, std::string_view sql, const std::vector<Value>& parameters,
                     const std::optional<ReadOptions>& options);
  void pause(std::uint32_t attempt);
  // Worker loop.
  void prepare(const std::optional<ReadOptions>& options);
  void after(const Call& call, bool was_in_transaction, UniqueFunction<void()> done);

  const std::shared_ptr<Engine> engine_;
  const Scope scope_;
  std::unique_ptr<backend::Session> session_;  // worker loop
  bool only_primary_ = false;                  // worker loop: shows the cluster's writes
  std::atomic<bool> busy_{false};
  bool in_transaction_ = false;
  Random random_;  // for pauses
};

}  // namespace understudy::client
