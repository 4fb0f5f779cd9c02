#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

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

}  // namespace

int main(int count, char** arguments) {
  web::Site::block_signals();
  CLI::App app("A social network on Understudy's library");
  std::string config;
  app.add_option("CONFIG", config, "the proxy's configuration file")->required();
  app.require_subcommand(1);
  CLI::App* const create =
      app.add_subcommand("create", "create the tables; what was in them is gone");
  CLI::App* const fill = app.add_subcommand("seed", "fill the empty tables");
  social::SeedOptions seeds;
  fill->add_option("--users", seeds.users, "how many people")->capture_default_str();
  fill->add_option("--posts", seeds.posts, "how many posts")->capture_default_str();
  fill->add_option("--seed", seeds.seed, "the same number gives the same rows")
      ->capture_default_str();
  CLI::App* const show = app.add_subcommand("serve", "the web pages");
  social::Serving serving;
  serving.pages = SOCIAL_EXAMPLES_DIR "/social/pages";
  serving.shared_pages = SOCIAL_EXAMPLES_DIR "/web/pages";
  show->add_option("--host", serving.host, "where to listen")->capture_default_str();
  show->add_option("--port", serving.port, "0: a free one")->capture_default_str();
  show->add_option("--pages", serving.pages, "folder of the pages")->capture_default_str();
  show->add_option("--shared", serving.shared_pages, "folder of what all pages share")
      ->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  try {
    if (*create) social::Social(open(config)).create();
    if (*fill) social::seed(open(config), seeds);
    if (*show) social::serve(open(config), schema(), serving);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "social: " << error.what() << "\n";
    return 1;
  }
}
