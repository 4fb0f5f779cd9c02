#include "sandbox/roles.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "sandbox/server_files.h"
#include "sandbox/servers.h"

namespace understudy::sandbox {
namespace {

// The rest of the line after `name`, wherever that stands.
std::string value_after(const std::string& text, const std::string& name) {
  const std::size_t found = text.find(name);
  if (found == std::string::npos) return {};
  const std::size_t begin = found + name.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

SeenServer look_at(const ServerPaths& server, const State& state) {
  SeenServer seen;
  if (status_of(server).state != ServerState::Running) return seen;
  const auto words = run_sql(server, state,
                             "SELECT @@read_only AS read_only, @@gtid_binlog_pos AS position\\G\n"
                             "SHOW SLAVE STATUS\\G\n");
  if (!words) return seen;
  seen.answers = true;
  seen.writable = value_after(*words, "read_only: ") == "0";
  seen.position = value_after(*words, "position: ");
  const std::string port = value_after(*words, "Master_Port: ");
  std::from_chars(port.data(), port.data() + port.size(), seen.source_port);
  return seen;
}

}  // namespace

std::vector<SeenServer> look_at(const std::vector<ServerPaths>& servers, const State& state) {
  std::vector<SeenServer> seen;
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
    if (auto opened = run_sql(servers[*primary], state, open_sql(state)); !opened)
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

bool starts_writable(const ServerPaths& server, const std::vector<ServerPaths>& servers,
                     const State& state) {
  // Where a server keeps from whom it replicates; gone after RESET SLAVE ALL.
  if (std::filesystem::exists(server.datadir / "master.info")) return false;
  return std::ranges::none_of(servers, [&](const ServerPaths& other) {
    return other.name != server.name && look_at(other, state).writable;
  });
}

}  // namespace understudy::sandbox
