#include "sandbox/install.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "sandbox/flavour.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

Error cannot(const char* what, const fs::path& path, const std::error_code& error) {
  return make_error(ErrorKind::Invalid,
                    fmt::format("cannot {} {}: {}", what, path.string(), error.message()));
}

Result<void> copy_server(const fs::path& from, const ServerPaths& server, const State& state,
                         std::uint32_t index) {
  std::error_code error;
  fs::create_directories(server.folder, error);
  if (error) return cannot("create", server.folder, error);
  fs::remove_all(server.datadir, error);
  fs::copy(from, server.datadir, fs::copy_options::recursive, error);
  if (error) return cannot("fill", server.datadir, error);
  return write_file(server.settings,
                    flavour_of(state).settings(server, state, index, ::geteuid() == 0));
}

}  // namespace

Result<void> install(const fs::path& directory, const State& state,
                     const std::vector<ServerPaths>& servers) {
  const Flavour& flavour = flavour_of(state);
  const fs::path datadir = directory / "template";
  const fs::path accounts = directory / "accounts.sql";
  std::error_code error;
  fs::remove_all(datadir, error);
  if (auto written = write_file(accounts, flavour.accounts(state)); !written) return written;
  if (auto installed = flavour.install(datadir, accounts, state); !installed) return installed;
  for (std::uint32_t index = 0; index < servers.size(); ++index)
    if (auto copied = copy_server(datadir, servers[index], state, index); !copied) return copied;
  fs::remove_all(datadir, error);
  fs::remove(accounts, error);
  return {};
}

}  // namespace understudy::sandbox
