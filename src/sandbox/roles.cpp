#include "sandbox/roles.h"

#include <algorithm>

#include "sandbox/servers.h"

namespace understudy::sandbox {
namespace {

SeenServer look_at(const ServerPaths& server, const State& state) {
  if (status_of(server).state != ServerState::Running) return {};
  const Flavour& flavour = flavour_of(state);
  const auto answer = run_sql(server, state, flavour.look());
  return answer ? flavour.read_look(*answer) : SeenServer{};
}

}  // namespace

std::vector<SeenServer> look_at(const std::vector<ServerPaths>& servers, const State& state) {
  std::vector<SeenServer> seen;
  seen.reserve(servers.size());
  for (const ServerPaths& server : servers)
    seen.push_back(look_at(server, state));
  return seen;
}

std::optional<std::size_t> find_primary(const std::vector<ServerPaths>& servers,
                                        const std::vector<SeenServer>& seen) {
  std::optional<std::size_t> best;
  std::pair<std::ptrdiff_t, bool> best_rank;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (!seen[i].answers || seen[i].source_port != 0) continue;
    const auto followers = std::ranges::count(seen, servers[i].port, &SeenServer::source_port);
    const std::pair rank{followers, seen[i].writable};
    if (best && rank <= best_rank) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

Result<void> set_roles(const std::vector<ServerPaths>& servers, const State& state) {
  const std::vector<SeenServer> seen = look_at(servers, state);
  const auto primary = find_primary(servers, seen);
  if (!primary)
    return make_error(ErrorKind::Invalid, "every server that runs replicates from another one");
  if (!seen[*primary].writable) {
    if (auto opened = run_sql(servers[*primary], state, flavour_of(state).open(state)); !opened)
      return opened.error();
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const bool alone = seen[i].source_port == 0 && !seen[i].position.empty();
    if (i == *primary || !seen[i].answers || alone) continue;
    if (auto replicating = wait_replicating(servers[i], servers[*primary], state); !replicating)
      return replicating;
  }
  return {};
}

Result<void> open_if_alone(const ServerPaths& server, const std::vector<ServerPaths>& servers,
                           const State& state) {
  const auto own = run_sql(server, state, flavour_of(state).look());
  if (!own) return own.error();
  if (flavour_of(state).read_look(*own).source_port != 0) return {};
  const bool led = std::ranges::any_of(servers, [&](const ServerPaths& other) {
    return other.name != server.name && look_at(other, state).writable;
  });
  if (led) return {};
  auto opened = run_sql(server, state, flavour_of(state).open(state));
  return opened ? Result<void>() : opened.error();
}

}  // namespace understudy::sandbox
