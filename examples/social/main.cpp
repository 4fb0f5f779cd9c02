#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

#include "load.h"
#include "seed.h"
#include "serve.h"
#include "social.h"
#include "web/site.h"

namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

std::string schema() {
  return environment("SOCIAL_SCHEMA", "social");
}

understudy::Cluster open(const std::string& config) {
  return understudy::Cluster::from_file(config, environment("SOCIAL_USER", "app"),
                                        environment("SOCIAL_PASSWORD", "app"), schema());
}

CLI::App* add_seed(CLI::App& app, social::SeedOptions& options) {
  CLI::App* const command = app.add_subcommand("seed", "fill the empty tables");
  command->add_option("--users", options.users, "how many people")->capture_default_str();
  command->add_option("--posts", options.posts, "how many posts")->capture_default_str();
  command->add_option("--seed", options.seed, "the same number gives the same rows")
      ->capture_default_str();
  return command;
}

CLI::App* add_load(CLI::App& app, social::LoadOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "load", "let people use the network, then check what they were told; prints JSON");
  command->add_option("--seconds", options.seconds, "how long")->capture_default_str();
  command->add_option("--threads", options.threads, "visitors at once")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  command->add_option("--only", options.only, "one kind of action: feed, react, post, ...");
  command->add_option("--seed", options.seed, "of their choices; another one for each run")
      ->capture_default_str();
  return command;
}

CLI::App* add_serve(CLI::App& app, web::Serving& options) {
  CLI::App* const command = app.add_subcommand("serve", "the web pages");
  command->add_option("--host", options.host, "where to listen")->capture_default_str();
  command->add_option("--port", options.port, "0: a free one")->capture_default_str();
  command->add_option("--pages", options.pages, "folder of the pages")->capture_default_str();
  command->add_option("--shared", options.shared_pages, "folder of what all pages share")
      ->capture_default_str();
  return command;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("A social network on Understudy's library");
  std::string config;
  app.add_option("CONFIG", config, "the proxy's configuration file")->required();
  app.require_subcommand(1);
  const CLI::App* const create =
      app.add_subcommand("create", "create the tables; what was in them is gone");
  social::SeedOptions seeds;
  const CLI::App* const fill = add_seed(app, seeds);
  social::LoadOptions visits;
  const CLI::App* const visit = add_load(app, visits);
  web::Serving serving;
  serving.pages = SOCIAL_EXAMPLES_DIR "/social/pages";
  serving.shared_pages = SOCIAL_EXAMPLES_DIR "/web/pages";
  const CLI::App* const show = add_serve(app, serving);
  CLI11_PARSE(app, count, arguments);
  try {
    if (*create) social::Social(open(config)).create();
    if (*fill) social::seed(open(config), seeds);
    if (*visit) return social::load(open(config), visits) ? 0 : 1;
    if (*show) {
      web::Site::block_signals();
      social::serve(open(config), schema(), serving);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "social: " << error.what() << "\n";
    return 1;
  }
}
