#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "sandbox/sandbox.h"

namespace understudy::app {
namespace {

struct SandboxOptions {
  std::string directory;
  std::string server;
  bool json = false;
  sandbox::UpOptions up;
  std::string server_program;
  std::string config_copy;
};

void require(const Result<void>& result) {
  if (!result) throw CommandError{kFailed, result.error().message};
}

std::vector<sandbox::ServerStatus> require(Result<std::vector<sandbox::ServerStatus>> result) {
  if (!result) throw CommandError{kFailed, result.error().message};
  return std::move(result).value();
}

void print_json(const std::vector<sandbox::ServerStatus>& servers) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const sandbox::ServerStatus& server : servers) {
    all.push_back({{"name", server.name},
                   {"port", server.port},
                   {"pid", server.pid},
                   {"socket", server.socket.string()},
                   {"datadir", server.datadir.string()},
                   {"state", sandbox::to_string(server.state)}});
  }
  fmt::print("{}\n", all.dump(2));
}

void print_text(const std::vector<sandbox::ServerStatus>& servers) {
  for (const sandbox::ServerStatus& server : servers) {
    fmt::print("{:<5} 127.0.0.1:{:<6} {:<8} {}\n", server.name, server.port,
               sandbox::to_string(server.state), server.socket.string());
  }
}

CLI::App* add_command(CLI::App& sandbox, const char* name, const char* what,
                      const std::shared_ptr<SandboxOptions>& options) {
  CLI::App* command = sandbox.add_subcommand(name, what);
  command->add_option("DIR", options->directory, "Where its servers keep everything")->required();
  return command;
}

void add_up(CLI::App& parent) {
  const auto options = std::make_shared<SandboxOptions>();
  CLI::App* command = add_command(parent, "up", "Start servers, made anew if need be", options);
  command->add_option("--replicas", options->up.replicas, "How many replicas (2)");
  command->add_option("--port", options->up.port, "Of db1; the others follow (7311)");
  command->add_option("--flavour", options->up.flavour, "mariadb or mysql (mariadb)");
  command
      ->add_option("--server-program", options->server_program,
                   "The server to run (the installed one; MySQL: what tools/get_mysql.sh fetched)")
      ->type_name("PATH");
  command->add_flag("--semi-sync", options->up.semi_sync, "Replicas acknowledge each transaction");
  command->add_option("--config", options->config_copy, "Write the configuration here too")
      ->type_name("OUT");
  command->callback([options] {
    options->up.server_program = options->server_program;
    options->up.config_copy = options->config_copy;
    print_text(require(sandbox::up(options->directory, options->up)));
    fmt::print("configuration: {}/understudy.toml\n", options->directory);
  });
}

void add_down(CLI::App& parent) {
  const auto options = std::make_shared<SandboxOptions>();
  add_command(parent, "down", "End all servers; their data stays", options)->callback([options] {
    require(sandbox::down(options->directory));
  });
}

void add_status(CLI::App& parent) {
  const auto options = std::make_shared<SandboxOptions>();
  CLI::App* command = add_command(parent, "status", "Say which servers run", options);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options] {
    const auto servers = require(sandbox::status(options->directory));
    options->json ? print_json(servers) : print_text(servers);
  });
}

void add_server_action(CLI::App& parent, const char* name, const char* what,
                       std::function<Result<void>(const SandboxOptions&)> action) {
  const auto options = std::make_shared<SandboxOptions>();
  CLI::App* command = add_command(parent, name, what, options);
  command->add_option("NAME", options->server, "The server, as db2")->required();
  command->callback([options, action = std::move(action)] { require(action(*options)); });
}

void add_start(CLI::App& parent) {
  using sandbox::StartMode;
  const auto options = std::make_shared<SandboxOptions>();
  const auto mode = std::make_shared<StartMode>(StartMode::Default);
  CLI::App* command = add_command(parent, "start", "Start a server that is down", options);
  command->add_option("NAME", options->server, "The server, as db2")->required();
  const auto add_mode = [&](const char* name, StartMode value, const char* what) {
    return command->add_flag_callback(
        name, [mode, value] { *mode = value; }, what);
  };
  CLI::Option* writable = add_mode("--writable", StartMode::Writable, "As a primary");
  CLI::Option* read_only = add_mode("--read-only", StartMode::ReadOnly, "Taking no writes");
  add_mode("--replica", StartMode::Replica,
           "Taking no writes, without what it logged but did not commit")
      ->excludes(writable)
      ->excludes(read_only);
  writable->excludes(read_only);
  command->callback(
      [options, mode] { require(sandbox::start(options->directory, options->server, *mode)); });
}

void add_rebuild(CLI::App& parent) {
  const auto options = std::make_shared<SandboxOptions>();
  const auto from = std::make_shared<std::string>();
  const auto primary = std::make_shared<std::string>();
  CLI::App* command =
      add_command(parent, "rebuild", "Give a server a copy of another one's data", options);
  command->add_option("NAME", options->server, "The server, as db1")->required();
  command->add_option("--from", *from, "Whose data it gets")->required()->type_name("NAME");
  command->add_option("--primary", *primary, "From whom it replicates then (the primary)")
      ->type_name("NAME");
  command->callback([options, from, primary] {
    require(sandbox::rebuild(options->directory, options->server, *from, *primary));
  });
}

void add_signal(CLI::App& parent, const char* name, const char* what,
                sandbox::ServerSignal signal) {
  add_server_action(parent, name, what, [signal](const SandboxOptions& options) {
    return sandbox::signal(options.directory, options.server, signal);
  });
}

}  // namespace

void add_sandbox(CLI::App& app) {
  CLI::App* parent =
      app.add_subcommand("sandbox", "Real servers on this machine, to try and to test with");
  parent->require_subcommand(1);
  add_up(*parent);
  add_down(*parent);
  add_status(*parent);
  add_signal(*parent, "kill", "SIGKILL a server", sandbox::ServerSignal::Kill);
  add_signal(*parent, "pause", "SIGSTOP a server", sandbox::ServerSignal::Pause);
  add_signal(*parent, "resume", "SIGCONT a paused server", sandbox::ServerSignal::Resume);
  add_start(*parent);
  add_rebuild(*parent);
}

}  // namespace understudy::app
