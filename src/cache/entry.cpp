#include "cache/entry.h"

#include <cstring>

namespace understudy::cache {
namespace {

// Beside the entry: its item and its slots in index and ghosts (store.h), each in a table that may
// be half empty, and what the allocator adds to four blocks.
constexpr std::size_t kOverheadBytes = sizeof(Entry) + 256;

bool same(const char* stored, std::string_view text) {
  return text.empty() || std::memcmp(stored, text.data(), text.size()) == 0;
}

}  // namespace

EntryPtr make_entry(const Key& key) {
  auto entry = std::make_shared<Entry>();
  entry->key.reserve(key.identity.size() + key.command.size());
  entry->key.append(key.identity).append(key.command);
  entry->identity_size = key.identity.size();
  entry->hash = key.hash;
  return entry;
}

Key key_of(const Entry& entry) {
  const std::string_view key = entry.key;
  return {entry.hash, key.substr(0, entry.identity_size), key.substr(entry.identity_size)};
}

bool has_key(const Entry& entry, const Key& key) {
  return entry.hash == key.hash && entry.identity_size == key.identity.size() &&
         entry.key.size() == key.identity.size() + key.command.size() &&
         same(entry.key.data() + key.identity.size(), key.command) &&
         same(entry.key.data(), key.identity);
}

std::size_t size_of(const Entry& entry) {
  return kOverheadBytes + entry.key.capacity() + entry.answer.capacity() +
         entry.depends_on.capacity() * sizeof(Mark);
}

}  // namespace understudy::cache
