#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "admin/admin_client.h"
#include "app/commands.h"
#include "base/address.h"

namespace understudy::app {
namespace {

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
    fmt::print("{}", options->json ? body + "\n" : require(admin::status_table(body)));
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

// The names are part of the command line from the start; what they ask for is not there yet.
void add_unavailable(CLI::App& app, const char* name, const char* what, const char* option) {
  const auto options = std::make_shared<AdminOptions>();
  CLI::App* command = add_command(app, name, what, options);
  if (option != nullptr) command->add_option(option, options->server, "The server");
  command->callback([name] {
    throw CommandError{
        kFailed, fmt::format("{} is not available in this version; change the roles on the servers "
                             "themselves, Understudy follows them",
                             name)};
  });
}

}  // namespace

void add_admin_commands(CLI::App& app) {
  add_status(app);
  add_server_action(app, "drain", "Take a server out of use for new work", "is drained");
  add_server_action(app, "resume", "Take a drained server into use again", "is in use again");
  add_unavailable(app, "switchover", "Change the primary (not in this version)", "--to");
  add_unavailable(app, "failover", "Promote a replica (not in this version)", nullptr);
  add_unavailable(app, "rejoin", "Take a former primary back (not in this version)", "NAME");
}

}  // namespace understudy::app
