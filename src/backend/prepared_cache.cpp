#include "backend/prepared_cache.h"

#include "protocol/commands.h"

namespace understudy::backend {

PreparedCache::~PreparedCache() {
  of_server_->count -= static_cast<std::int64_t>(entries_.size());
}

std::optional<std::uint32_t> PreparedCache::find(std::string_view text, Instant now) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  found->second->used = now;
  return found->second->server_id;
}

void PreparedCache::add(std::string_view text, std::uint32_t server_id, Instant now, Bytes& out) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    protocol::append_stmt_close(out, found->second->server_id);
    found->second->server_id = server_id;
    found->second->used = now;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(Entry{std::string(text), server_id, now});
  by_text_.emplace(entries_.front().text, entries_.begin());
  const bool server_is_full = ++of_server_->count > PreparedCount::kMax;
  if (entries_.size() > kStatementsMax || (server_is_full && entries_.size() > 1)) close_last(out);
}

void PreparedCache::close_unused(Instant oldest, Bytes& out) {
  while (!entries_.empty() && entries_.back().used < oldest)
    close_last(out);
}

void PreparedCache::close_last(Bytes& out) {
  protocol::append_stmt_close(out, entries_.back().server_id);
  by_text_.erase(entries_.back().text);
  entries_.pop_back();
  --of_server_->count;
}

}  // namespace understudy::backend
