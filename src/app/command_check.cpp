#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/commands.h"
#include "backend/tls_settings.h"
#include "config/parse.h"
#include "control/backend_link.h"
#include "control/preflight.h"
#include "control/settings.h"
#include "net/loop.h"

namespace understudy::app {
namespace {

using control::Finding;
using control::Severity;

std::vector<Finding> ask_servers(const config::Config& config) {
  net::Loop loop;
  control::BackendLinkOpener opener(
      loop, control::link_targets(config),
      backend::service_login(config, backend::make_tls_source(config.backend_tls)));
  control::Preflight preflight(loop, opener, control::monitor_settings(config).topology,
                               config.service.user, config.cache.enabled);
  std::vector<Finding> findings;
  preflight.start([&](std::vector<Finding> found) {
    findings = std::move(found);
    loop.stop();
  });
  loop.run();
  return findings;
}

void print(const Finding& finding) {
  fmt::print("{:<8} {}{}{}\n", control::to_text(finding.severity), finding.server,
             finding.server.empty() ? "" : ": ", finding.what);
  if (!finding.mend.empty()) fmt::print("         {}\n", finding.mend);
}

void run(const std::string& file) {
  const config::Config config = require_config(file);
  std::vector<Finding> findings = ask_servers(config);
  for (std::string& setting : config::unsupported_settings(config))
    findings.push_back({Severity::Warning, "", std::move(setting), ""});
  for (const Finding& finding : findings)
    print(finding);
  const auto problems = std::ranges::count(findings, Severity::Problem, &Finding::severity);
  if (problems != 0) {
    throw CommandError{kFailed, fmt::format("{} problem{} to solve before serving", problems,
                                            problems == 1 ? "" : "s")};
  }
  fmt::print("{}: {} servers, ready to serve\n", file, config.servers.size());
}

}  // namespace

void add_check(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("check", "Say what would hurt in a configuration and its servers");
  command->add_option("--config", *file, "The configuration file")->required()->type_name("FILE");
  command->callback([file] { run(*file); });
}

}  // namespace understudy::app
