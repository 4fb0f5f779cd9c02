#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

#include "load.h"
#include "seed.h"
#include "social.h"

namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

understudy::Cluster open(const std::string& config) {
  return understudy::Cluster::from_file(config, environment("SOCIAL_USER", "app"),
                                        environment("SOCIAL_PASSWORD", "app"),
                                        environment("SOCIAL_SCHEMA", "social"));
}

}  // namespace

int main(int count, char** arguments) {
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
  CLI::App* const visit = app.add_subcommand(
      "load", "let people use the network, then check what they were told; prints JSON");
  social::LoadOptions visits;
  visit->add_option("--seconds", visits.seconds, "how long")->capture_default_str();
  visit->add_option("--threads", visits.threads, "visitors at once")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  visit->add_option("--only", visits.only, "one kind of action: feed, react, post, ...");
  visit->add_option("--seed", visits.seed, "of their choices; another one for each run")
      ->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  try {
    if (*create) social::Social(open(config)).create();
    if (*visit) return social::load(open(config), visits) ? 0 : 1;
    if (*fill) social::seed(open(config), seeds);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "social: " << error.what() << "\n";
    return 1;
  }
}
