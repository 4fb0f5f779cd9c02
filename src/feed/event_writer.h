#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "feed/change.h"
#include "feed/event_id.h"

namespace understudy::feed {

// Writes changes as server-sent events; docs/changes.md has their form. Each event's id is where to
// go on after it.
class EventWriter final : public ChangeSink {
 public:
  explicit EventWriter(Unit by) : by_(by) {}

  void begin(const TransactionHead& head) override;
  void row(const RowChange& change, std::uint64_t rows) override;
  void definition(const DefinitionChange& change) override;
  void end(const replication::Position& after) override;
  void rolled_back(const replication::Position& after) override;
  void forget() override;

  // What is gathered of the transaction that is not over can be taken: it becomes an event of its
  // own, or with by=row the last row gets its id now.
  void cut();

  // How large the open transaction's events are, those that take() gave away not counted.
  [[nodiscard]] std::size_t gathered() const { return out_.size() - whole_ + changes_.size(); }
  // Events that have not been taken, of whole transactions and after cut() of the open one.
  [[nodiscard]] bool empty() const { return out_.empty(); }
  [[nodiscard]] std::size_t count() const { return count_; }  // all that were ever written
  std::string take();
  // The same without those of the open transaction, which stay.
  std::string take_whole();

 private:
  // An event that waits for its id: the last one of a transaction has another than those before.
  struct Waiting {
    bool exists = false;
    std::string_view name;  // of the event; empty: a plain message
    std::string body;       // the JSON behind "id"
    std::uint64_t rows = 0;
  };

  void append_row(std::string& out, const RowChange& change) const;
  void append_images(std::string& out, const RowChange& change) const;
  [[nodiscard]] std::string head_text() const;
  void gather_changes(bool last);
  void wait(std::string_view name, std::string body);
  void release(const EventId& id);
  void release_waiting();

  const Unit by_;
  TransactionHead head_;
  std::uint64_t rows_ = 0;         // of the open transaction
  std::uint64_t rows_before_ = 0;  // those that earlier parts had
  bool in_parts_ = false;
  bool given_ = false;   // something of the open transaction was taken
  std::string changes_;  // of the next transaction event, with commas between
  Waiting waiting_;
  std::string out_;
  std::size_t whole_ = 0;  // so much of out_ is of whole transactions
  std::size_t count_ = 0;
};

// An event that says why a subscription ends: the error, and where to go on.
std::string error_event(std::string_view message, const EventId& last);

}  // namespace understudy::feed
