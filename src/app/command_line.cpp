#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands.h"
#include "control/settings.h"

namespace understudy::app {
namespace {

void fail(std::string message) {
  // One line, whatever a library put into its message.
  for (char& c : message)
    if (c == '\n') c = ' ';
  while (message.ends_with(' '))
    message.pop_back();
  fmt::print(stderr, "understudy: {}\n", message);
}

// The innermost command that was named, or the program itself.
const CLI::App& named(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands())
    return named(*command);
  return app;
}

}  // namespace

config::Config require_config(const std::string& path) {
  Result<config::Config> config = control::load_config(path);
  if (!config) throw CommandError{kBadUsage, config.error().message};
  return std::move(config).value();
}

int run_command_line(int count, char** arguments) {
  CLI::App app("One address for a MariaDB or MySQL primary and its replicas.", "understudy");
  app.set_help_flag("-h,--help", "Say what this does");
  app.require_subcommand(1);
  add_serve(app);
  add_check(app);
  add_admin_commands(app);
  add_explain(app);
  add_sandbox(app);
  app.add_subcommand("version", "Say which version this is")->callback([] {
    fmt::print("understudy {}\n", UNDERSTUDY_VERSION);
  });
  try {
    app.parse(count, arguments);
    return kDone;
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", named(app).help());
    return kDone;
  } catch (const CLI::ParseError& error) {
    fail(fmt::format("{}; see {} --help", error.what(), "understudy"));
    return kBadUsage;
  } catch (const CommandError& error) {
    fail(error.message);
    return error.status;
  }
}

}  // namespace understudy::app
