#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sql/statement.h"

namespace understudy::proxy {

// The text of a prepared statement and what it does: the same for every client that prepares it.
struct StatementText {
  std::string text;
  sql::Modes modes;          // with which it was read
  sql::Classification what;  // views into `text`
};

// The texts that the clients of one worker have prepared, each once. Those that nobody uses any
// more go when there are twice as many as were in use last. One thread.
class StatementTexts {
 public:
  static constexpr std::size_t kUnusedMin = 256;  // so many are kept in any case

  [[nodiscard]] std::shared_ptr<const StatementText> get(std::string_view text,
                                                         const sql::Modes& modes);
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  using Text = std::shared_ptr<const StatementText>;
  void forget_unused();

  std::unordered_multimap<std::string_view, Text> texts_;  // by StatementText::text
  std::size_t full_ = kUnusedMin;
};

}  // namespace understudy::proxy
