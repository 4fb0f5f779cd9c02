#include "config/parse_servers.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/limits.h"

namespace understudy::config {
namespace {

// Names appear in URLs, metrics, SQL hints and file names.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNameBytesMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

void add_server(Server server, std::size_t line, std::string_view key, Problems& problems,
                std::vector<Server>& servers) {
  for (const Server& other : servers) {
    if (other.name == server.name)
      problems.add(line, key,
                   fmt::format("two servers are called {}; give each its own name", server.name));
    if (other.address == server.address)
      problems.add(line, key,
                   fmt::format("{} is the address of two servers, {} and {}",
                               to_string(server.address), other.name, server.name));
  }
  servers.push_back(std::move(server));
}

void read_short_form(const toml::node& node, TableReader& top, std::vector<Server>& servers) {
  const toml::array* array = node.as_array();
  if (array == nullptr)
    return top.problem("servers", "write a list of addresses, such as [\"127.0.0.1:3306\"]");
  for (const toml::node& item : *array) {
    auto address = read_address(item, "servers", top.problems());
    if (!address) return;
    Server server;
    server.name = fmt::format("db{}", servers.size() + 1);
    server.address = std::move(*address);
    add_server(std::move(server), line_of(item), "servers", top.problems(), servers);
  }
}

void read_server(const toml::table& table, Problems& problems, std::vector<Server>& servers) {
  TableReader reader(table, "server", problems);
  Server server;
  if (!reader.string("name", server.name))
    reader.problem("name", "missing; write a name such as \"db1\"");
  else if (!is_name(server.name))
    reader.problem("name", fmt::format("write 1 to {} letters, digits, '_', '-' or '.'",
                                       limits::kNameBytesMax));
  if (!reader.address("address", server.address))
    reader.problem("address", "missing; write an address such as \"127.0.0.1:3306\"");
  reader.string("zone", server.zone);
  reader.integer("weight", server.weight, limits::kWeightMax);
  reader.integer("priority", server.priority, limits::kPriorityMax);
  reader.strings("tags", server.tags, limits::kTagsMax);
  reader.finish();
  const std::string_view clash =
      std::ranges::any_of(servers, [&](const Server& other) { return other.name == server.name; })
          ? "name"
          : "address";
  add_server(server, reader.line_of(clash), reader.full_key(clash), problems, servers);
}

void read_long_form(const toml::node& node, TableReader& top, std::vector<Server>& servers) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return top.problem("server", "write [[server]], with two brackets");
  for (const toml::node& item : *array) {
    if (!item.is_table()) return top.problem("server", "write [[server]] tables");
    read_server(*item.as_table(), top.problems(), servers);
  }
}

}  // namespace

void read_servers(TableReader& top, std::vector<Server>& servers) {
  const toml::node* short_form = top.node("servers");
  const toml::node* long_form = top.node("server");
  if (short_form != nullptr && long_form != nullptr)
    return top.problem("server", "write either servers = [...] or [[server]] tables, not both");
  if (short_form != nullptr) read_short_form(*short_form, top, servers);
  if (long_form != nullptr) read_long_form(*long_form, top, servers);
  if (servers.empty() || servers.size() > limits::kServersMax)
    top.problem("servers", fmt::format("name 1 to {} servers, such as servers = "
                                       "[\"127.0.0.1:3306\"]",
                                       limits::kServersMax));
}

}  // namespace understudy::config
