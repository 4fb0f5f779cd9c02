#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/call.h"
#include "understudy/cluster.h"

namespace understudy::client {

class SessionHandle;

// One attempt at a transaction: what has become of it, and whether it may be run again.
class TransactionState final {
 public:
  explicit TransactionState(SessionHandle& session) : session_(session) {}
  TransactionState(const TransactionState&) = delete;
  TransactionState& operator=(const TransactionState&) = delete;

  // These throw what SessionHandle::write does.
  void begin();
  QueryResult execute(std::string_view sql, const std::vector<Value>& parameters);
  // Throws what ended the transaction, if something has.
  void commit();
  // If there is something to roll back. Never throws: a connection that cannot is closed.
  void roll_back() noexcept;

  // True if it is certain that nothing took effect, for a reason that will pass.
  [[nodiscard]] bool may_repeat() const { return may_repeat_ && !left_; }

 private:
  [[noreturn]] void fail(const Outcome& outcome, bool unknown, bool ends);

  SessionHandle& session_;
  bool open_ = false;  // begun, not yet over as far as is known
  bool left_ = false;  // a statement committed it by itself
  bool may_repeat_ = false;
  std::optional<DatabaseError> failure_;  // ended it
};

}  // namespace understudy::client
