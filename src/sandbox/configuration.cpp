#include "sandbox/configuration.h"

#include <fmt/format.h>

namespace understudy::sandbox {

std::string understudy_toml(const std::vector<ServerPaths>& servers, const State& state,
                            std::string_view rebuild) {
  std::string list;
  for (const ServerPaths& server : servers)
    list += fmt::format("{}\"127.0.0.1:{}\"", list.empty() ? "" : ", ", server.port);
  return fmt::format(
      "servers = [{}]\n\n[service]\nuser = \"understudy\"\npassword = \"{}\"\n\n"
      "[hooks]\nrebuild = '''{}'''\n",
      list, state.service_password, rebuild);
}

}  // namespace understudy::sandbox
