#include "backend/prepared_cache.h"

#include "protocol/commands.h"

namespace understudy::backend {

std::optional<std::uint32_t> PreparedCache::find(std::string_view text) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->server_id;
}

void PreparedCache::add(std::string_view text, std::uint32_t server_id, Bytes& out) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    protocol::append_stmt_close(out, found->second->server_id);
    found->second->server_id = server_id;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(Entry{std::string(text), server_id});
  by_text_.emplace(entries_.front().text, entries_.begin());
  if (entries_.size() <= kStatementsMax) return;
  protocol::append_stmt_close(out, entries_.back().server_id);
  by_text_.erase(entries_.back().text);
  entries_.pop_back();
}

}  // namespace understudy::backend
