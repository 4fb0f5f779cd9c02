#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace understudy::proxy {

// What a client wants to be ended: a session, or all of its user's.
struct KillRequest {
  bool query_only = false;
  std::optional<std::uint32_t> id;  // none: all of `user`
  std::string user;                 // who asks; the sessions of others are not touched
  std::string host;                 // without `id`: only those from here; empty: all
};

// What became of it, on one worker or on all.
struct KillOutcome {
  std::uint32_t killed = 0;
  bool of_others = false;  // there is such a session, of another user
};

using KillDone = std::function<void(KillOutcome)>;

}  // namespace understudy::proxy
