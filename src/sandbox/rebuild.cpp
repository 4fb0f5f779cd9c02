#include "sandbox/rebuild.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "sandbox/flavour.h"
#include "sandbox/servers.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

// The data that a server had, until the new ones are in use.
class OldData {
 public:
  explicit OldData(const ServerPaths& server)
      : datadir_(server.datadir), aside_(server.folder / "data.before") {}

  Result<void> move_aside() const {
    std::error_code error;
    fs::remove_all(aside_, error);
    fs::rename(datadir_, aside_, error);
    if (!error) fs::create_directory(datadir_, error);
    return error ? cannot("move aside", error) : Result<void>();
  }
  Result<void> restore() const {
    std::error_code error;
    fs::remove_all(datadir_, error);
    fs::rename(aside_, datadir_, error);
    return error ? cannot("restore", error) : Result<void>();
  }
  void remove() const {
    std::error_code ignored;
    fs::remove_all(aside_, ignored);
  }

 private:
  [[nodiscard]] Error cannot(const char* what, const std::error_code& error) const {
    return make_error(ErrorKind::Unreachable,
                      fmt::format("cannot {} {}: {}", what, datadir_.string(), error.message()));
  }
  const fs::path datadir_;
  const fs::path aside_;
};

Result<void> replace_data(const ServerPaths& server, const ServerPaths& source,
                          const ServerPaths& primary, const State& state) {
  const Flavour& flavour = flavour_of(state);
  auto position = flavour.copy_data(source, server, state);
  if (!position) return position.error();
  if (auto launched = launch(server, state, flavour.copy_arguments()); !launched) return launched;
  if (auto ready = wait_ready(server); !ready) return ready;
  if (auto prepared = run_sql(server, state, flavour.after_copy()); !prepared)
    return prepared.error();
  return wait_replicating(server, primary, state, *position);
}

}  // namespace

Result<void> rebuild_server(const ServerPaths& server, const ServerPaths& source,
                            const ServerPaths& primary, const State& state) {
  if (server.name == source.name || server.name == primary.name)
    return make_error(ErrorKind::Invalid,
                      fmt::format("{} cannot be rebuilt from itself", server.name));
  if (status_of(source).state != ServerState::Running)
    return make_error(ErrorKind::Invalid, fmt::format("{} is not running", source.name));
  end_all({server});
  const OldData old(server);
  if (auto moved = old.move_aside(); !moved) return moved;
  if (auto replaced = replace_data(server, source, primary, state); !replaced) {
    end_all({server});
    if (auto restored = old.restore(); !restored) return restored;
    return replaced;
  }
  old.remove();
  return {};
}

}  // namespace understudy::sandbox
