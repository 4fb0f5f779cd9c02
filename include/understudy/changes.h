#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/error.h"
#include "understudy/value.h"

// Changes of rows as they are committed, whoever made them:
//
//   auto subscription = cluster.subscribe("shop.product,shop.stock", "now",
//       [](const understudy::ChangedTransaction& transaction) {
//         for (const auto& change : transaction.changes) use(change.after.get("price"));
//         remember(transaction.id);  // to go on from here after a restart
//       });
//
// They come from the primary's binary log, which has to be in row format (binlog_format=ROW).
namespace understudy {

namespace client {
class SubscriptionState;
}  // namespace client

enum class ChangeKind : std::uint8_t { Insert, Update, Delete };

struct NamedValue {
  std::string name;
  Value value;
};

// A row before or after a change, in the order of its columns. A column that the log has not got
// (binlog_row_image=MINIMAL) is not there. Values as Value says, but texts are UTF-8, and a
// TIMESTAMP is in UTC.
struct ChangedRow {
  std::vector<NamedValue> values;

  // Null if there is no such column.
  [[nodiscard]] const Value* get(std::string_view name) const {
    for (const NamedValue& each : values)
      if (each.name == name) return &each.value;
    return nullptr;
  }
};

struct Change {
  std::string schema;
  std::string table;
  ChangeKind kind = ChangeKind::Insert;
  ChangedRow before;  // empty for Insert
  ChangedRow after;   // empty for Delete
};

// A statement that changed the definition of subscribed tables, or emptied them.
struct ChangedDefinition {
  std::vector<std::string> tables;  // "schema.table"
  std::string schema;               // the default one
  std::string statement;
};

// What one transaction did to the subscribed tables. One of more than 10,000 rows comes in parts.
struct ChangedTransaction {
  std::string id;                              // where to go on after this: see Cluster::subscribe
  std::string gtid;                            // of the transaction
  std::chrono::system_clock::time_point time;  // of its commit, in whole seconds
  std::vector<Change> changes;
  std::vector<ChangedDefinition> definitions;
  bool last = true;          // false: more of the same transaction follows
  bool rolled_back = false;  // the parts that came before did not take place (rare: engines without
                             // transactions)
};

using ChangeCallback = std::function<void(const ChangedTransaction&)>;
// The subscription is over: the servers have no longer what would come next, the account may not
// read a table any more, or the log cannot be read. what() says what to do.
using ChangeErrorCallback = std::function<void(const DatabaseError&)>;

// Ends what Cluster::subscribe began when it is destroyed. Moved, not copied.
class Subscription {
 public:
  explicit Subscription(std::shared_ptr<client::SubscriptionState> state);
  ~Subscription();
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;

  // Returns when no callback runs any more, and none comes after that. From inside a callback it
  // returns at once, and that callback is the last one.
  void cancel();

 private:
  std::shared_ptr<client::SubscriptionState> state_;
};

}  // namespace understudy
