#pragma once

#include <cstdint>
#include <string_view>

#include "cache/hash.h"

namespace understudy::cache {

// What an answer is looked up by: who asks (user, schema, session state: whatever changes the
// answer or who may read it) and what is asked (the command's bytes). Views; the boundary between
// the two is a part of the key.
struct Key {
  std::uint64_t hash = 0;
  std::string_view identity;
  std::string_view command;
};

// `identity_hash` is hash_bytes(identity): a session keeps it as long as it keeps the identity.
inline Key make_key(std::string_view identity, std::uint64_t identity_hash,
                    std::string_view command) {
  return {hash_bytes(command, identity_hash), identity, command};
}
inline Key make_key(std::string_view identity, std::string_view command) {
  return make_key(identity, hash_bytes(identity), command);
}

}  // namespace understudy::cache
