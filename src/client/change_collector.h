#pragma once

#include <cstdint>
#include <functional>

#include "feed/change.h"
#include "feed/event_id.h"
#include "understudy/changes.h"

namespace understudy::client {

// A logged value as the library's users see it.
Value changed_value(const replication::ColumnValue& value);

// Collects the changes of one transaction for a callback.
class ChangeCollector final : public feed::ChangeSink {
 public:
  // More rows than this are delivered in parts.
  static constexpr std::size_t kRowsMax = 10'000;

  void begin(const feed::TransactionHead& head) override;
  void row(const feed::RowChange& change, std::uint64_t rows) override;
  void definition(const feed::DefinitionChange& change) override;
  void end(const replication::Position& after) override;
  void rolled_back(const replication::Position& after) override;
  void forget() override;

  // Delivers what is ready: a whole transaction, or a part that is large enough. True if anything
  // was; `delivered()` is then where to go on.
  bool deliver(const ChangeCallback& callback);
  [[nodiscard]] const feed::EventId& delivered() const { return delivered_; }

 private:
  feed::TransactionHead head_;
  ChangedTransaction open_;
  std::uint64_t rows_ = 0;
  bool in_parts_ = false;
  bool whole_ = false;  // the transaction is over
  feed::EventId next_;
  feed::EventId delivered_;
};

}  // namespace understudy::client
