#include "config/parse_listen.h"

#include <fmt/format.h>

#include "config/limits.h"
#include "config/parse_tls.h"

namespace understudy::config {
namespace {

void read_networks(TableReader& reader, std::vector<Network>& networks) {
  constexpr std::string_view kKey = "proxy_protocol_networks";
  std::vector<std::string> texts;
  if (!reader.strings(kKey, texts, limits::kNetworksMax)) return;
  networks.clear();
  for (const std::string& text : texts) {
    const Result<Network> network = Network::parse(text);
    if (network)
      networks.push_back(*network);
    else
      reader.problem(kKey, fmt::format("\"{}\" {}", text, network.error().message));
  }
}

void read_compression(TableReader& reader, OfferedCompression& offered) {
  constexpr std::string_view kKey = "compression";
  constexpr std::size_t kMethods = 2;
  std::vector<std::string> texts;
  if (!reader.strings(kKey, texts, kMethods)) return;
  offered = {false, false};
  for (const std::string& text : texts) {
    if (text == "zlib")
      offered.zlib = true;
    else if (text == "zstd")
      offered.zstd = true;
    else
      reader.problem(kKey, fmt::format("\"{}\" is not known; write \"zlib\", \"zstd\"", text));
  }
}

// What an address has unless it says otherwise is in `listener` already.
void read_listener(const toml::table& table, Listener& listener, Problems& problems,
                   Words<Consistency> consistencies) {
  TableReader reader(table, "listen.address", problems);
  if (!reader.address("address", listener.address))
    reader.problem("address", "missing; write address = \"127.0.0.1:7306\"");
  Consistency consistency{};
  if (reader.word<Consistency>("consistency", consistency, consistencies))
    listener.consistency = consistency;
  reader.integer("user_limit", listener.user_limit, limits::kUserLimitMax);
  read_tls(reader, listener.tls);
  read_compression(reader, listener.compression);
  read_networks(reader, listener.proxy_protocol_networks);
  reader.finish();
}

bool is_loopback(const Address& address) {
  return address.is_unix() || address.host == "localhost" || address.host == "::1" ||
         address.host.starts_with("127.");
}

void add_listener(const toml::node& node, const Listener& common, TableReader& reader,
                  Words<Consistency> consistencies, std::vector<Listener>& out) {
  Listener listener = common;
  if (const toml::table* table = node.as_table()) {
    read_listener(*table, listener, reader.problems(), consistencies);
  } else if (auto address = read_address(node, "listen.address", reader.problems())) {
    listener.address = std::move(*address);
  } else {
    return;
  }
  for (const Listener& other : out)
    if (other.address == listener.address)
      reader.problems().add(line_of(node), "listen.address",
                            fmt::format("{} is there twice", to_string(listener.address)));
  out.push_back(std::move(listener));
}

void read_addresses(const toml::node& node, const Listener& common, TableReader& reader,
                    Words<Consistency> consistencies, std::vector<Listener>& out) {
  out.clear();
  const toml::array* array = node.as_array();
  if (array == nullptr) return add_listener(node, common, reader, consistencies, out);
  if (array->empty() || array->size() > limits::kListenersMax)
    return reader.problem("address", fmt::format("write 1 to {} addresses", limits::kListenersMax));
  for (const toml::node& item : *array)
    add_listener(item, common, reader, consistencies, out);
}

}  // namespace

void read_listen(TableReader& top, Listen& listen, Words<Consistency> consistencies) {
  const toml::table* table = top.table("listen");
  if (table == nullptr) return;
  TableReader reader(*table, "listen", top.problems());
  Listener common = listen.addresses.front();
  reader.integer("user_limit", common.user_limit, limits::kUserLimitMax);
  read_tls(reader, common.tls);
  read_compression(reader, common.compression);
  read_networks(reader, common.proxy_protocol_networks);
  if (const toml::node* address = reader.node("address"))
    read_addresses(*address, common, reader, consistencies, listen.addresses);
  else
    listen.addresses = {common};
  // Whoever reaches the admin address may drain servers: it asks for no token in this version.
  if (reader.address("admin", listen.admin) && !is_loopback(listen.admin))
    reader.problem("admin",
                   "is not a loopback address; the admin server is open to whoever reaches it, so "
                   "write 127.0.0.1:PORT or unix:/path");
  if (reader.integer("workers", listen.workers, limits::kWorkersMax) && listen.workers == 0)
    reader.problem("workers", fmt::format("write 1 to {}", limits::kWorkersMax));
  reader.finish();
}

}  // namespace understudy::config
