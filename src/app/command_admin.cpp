#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "admin/admin_client.h"
#include "app/commands.h"
#include "base/address.h"

namespace understudy::app {
namespace {

// A switchover may wait for long transactions; a failover for the best replica's relay log.
constexpr Duration kChangeMax = std::chrono::minutes(5);

struct AdminOptions {
  std::string address = "127.0.0.1:7307";
  std::string server;
  bool json = false;
};

template <typename T>
T require(Result<T> result) {
  if (!result) throw CommandError{kFailed, result.error().message};
  return std::move(result).value();
}

Address admin_address(const AdminOptions& options) {
  Result<Address> address = parse_address(options.address);
  if (!address) throw CommandError{kBadUsage, "--admin: " + address.error().message};
  return std::move(address).value();
}

CLI::App* add_command(CLI::App& app, const char* name, const char* what,
                      const std::shared_ptr<AdminOptions>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--admin", options->address, "Where the running Understudy listens")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  return command;
}

void add_status(CLI::App& app) {
  const auto options = std::make_shared<AdminOptions>();
  CLI::App* command = add_command(app, "status", "Show the servers and their roles", options);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options] {
    const std::string body =
        require(admin::admin_call(admin_address(*options), "GET", "/api/status"));
    if (options->json) return fmt::print("{}\n", body);
    const std::string events =
        require(admin::admin_call(admin_address(*options), "GET", "/api/events"));
    fmt::print("{}{}", require(admin::status_table(body)), require(admin::timeline_text(events)));
  });
}

void add_server_action(CLI::App& app, const char* name, const char* what, const char* done) {
  const auto options = std::make_shared<AdminOptions>();
  CLI::App* command = add_command(app, name, what, options);
  command->add_option("NAME", options->server, "The server")->required();
  command->callback([options, name, done] {
    require(admin::admin_call(admin_address(*options), "POST",
                              admin::server_target(options->server, name)));
    fmt::print("{} {}\n", options->server, done);
  });
}

// Asks for a change of primary and prints its timeline when it is over.
void change_primary(const AdminOptions& options, const char* target, const std::string& body) {
  const Address address = admin_address(options);
  require(admin::admin_call(address, "POST", target, body, kChangeMax));
  const std::string events = require(admin::admin_call(address, "GET", "/api/events"));
  fmt::print("{}", require(admin::timeline_text(events)));
}

void add_switchover(CLI::App& app) {
  const auto options = std::make_shared<AdminOptions>();
  CLI::App* command = add_command(app, "switchover",
                                  "Make a replica the primary: planned, nothing is lost", options);
  command->add_option("--to", options->server, "The replica; else the best one");
  command->callback([options] {
    const std::string body =
        options->server.empty() ? std::string() : nlohmann::json{{"to", options->server}}.dump();
    change_primary(*options, "/api/switchover", body);
  });
}

void add_failover(CLI::App& app) {
  const auto options = std::make_shared<AdminOptions>();
  CLI::App* command = add_command(
      app, "failover", "Promote the best replica now, even if what it lacks is lost", options);
  command->callback([options] { change_primary(*options, "/api/failover", {}); });
}

}  // namespace

void add_admin_commands(CLI::App& app) {
  add_status(app);
  add_server_action(app, "drain", "Take a server out of use for new work", "is drained");
  add_server_action(app, "resume", "Take a drained server into use again", "is in use again");
  add_server_action(app, "rejoin", "Take a former primary back as a replica",
                    "is being taken back; see the events");
  add_switchover(app);
  add_failover(app);
}

}  // namespace understudy::app
