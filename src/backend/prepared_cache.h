#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"

namespace understudy::backend {

// The statements prepared on one connection, by text; the one not used for longest goes when there
// are too many. One thread at a time.
class PreparedCache {
 public:
  static constexpr std::size_t kStatementsMax = 256;

  // The server's id of the statement with this text.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text);

  // Remembers that the server prepared `text` under `server_id`. Appends to `out` the
  // COM_STMT_CLOSE packets of what is no longer needed: an older id of the same text, or the one
  // not used for longest.
  void add(std::string_view text, std::uint32_t server_id, Bytes& out);

  [[nodiscard]] std::size_t size() const { return by_text_.size(); }

 private:
  struct Entry {
    std::string text;
    std::uint32_t server_id;
  };
  std::list<Entry> entries_;  // used last, first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace understudy::backend
