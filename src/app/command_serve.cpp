#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.h"
#include "app/descriptors.h"
#include "app/logging.h"
#include "app/memory.h"
#include "app/server.h"

namespace understudy::app {

void add_serve(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("serve", "Serve clients until SIGTERM");
  command->add_option("--config", *file, "The configuration file")->required()->type_name("FILE");
  command->callback([file] {
    give_large_blocks_back();
    config::Config config = require_config(*file);
    configure_log(config.log);
    raise_descriptor_limit();
    Server server(std::move(config), *file);
    if (const Result<void> served = server.run(); !served)
      throw CommandError{kFailed, served.error().message};
  });
}

}  // namespace understudy::app
