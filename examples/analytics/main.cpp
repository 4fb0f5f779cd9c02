// A dashboard of what the users of a site do: see README.md.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "load.h"
#include "site.h"

namespace {

using analytics::Analytics;
using analytics::Batch;
using analytics::Every;
using analytics::Tracker;
using understudy::Cluster;

std::string environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

struct Arguments {
  std::string config;
  web::Serving serving{.pages = ANALYTICS_FOLDER "/pages", .shared_pages = {}};
  int keep_days = 7;
  analytics::Load load;
  int batch = 2000;
  int delay_ms = 50;
};

void serve(Cluster& cluster, const Arguments& given) {
  Analytics analytics(cluster);
  Tracker tracker([&analytics](const Batch& batch) { analytics.store(batch); });
  analytics::Dashboard dashboard(analytics);
  const Every retention(std::chrono::hours(1), [&] {
    analytics.retain(analytics::now(), std::chrono::days(given.keep_days));
  });
  web::Site site;
  analytics::add_pages(site, analytics, tracker, dashboard);
  web::Serving serving = given.serving;
  serving.shared_pages = serving.pages + "/../../web/pages";
  site.folder("/uplot", serving.pages + "/../node_modules/uplot/dist");
  site.serve("analytics", serving);
}

bool load(Cluster& cluster, const Arguments& given) {
  Analytics analytics(cluster);
  analytics::TrackerOptions options;
  options.batch_events = static_cast<std::size_t>(given.batch);
  options.delay = analytics::Milliseconds(given.delay_ms);
  analytics.retain(analytics::now(), std::chrono::days(given.keep_days));
  return analytics::load(analytics, given.load, options);
}

void seed(Cluster& cluster, const Arguments& given) {
  Analytics analytics(cluster);
  analytics::seed(cluster, analytics, given.load);
}

void add_load_options(CLI::App& command, analytics::Load& load) {
  command.add_option("--rate", load.rate, "Events a second")->check(CLI::PositiveNumber);
  command.add_option("--users", load.users, "Who does them")->check(CLI::PositiveNumber);
}

}  // namespace

int main(int count, char** words) {
  Arguments given;
  CLI::App app("What the users of a site do, as it happens", "analytics");
  app.add_option("CONFIG", given.config, "The configuration file of the proxy")->required();
  app.require_subcommand(1);
  const auto* create = app.add_subcommand("create", "Make the tables anew, empty");
  auto* serve_command = app.add_subcommand("serve", "Show the page and take events by HTTP");
  serve_command->add_option("--host", given.serving.host, "Where to listen");
  serve_command->add_option("--port", given.serving.port, "0: a free one");
  serve_command->add_option("--pages", given.serving.pages, "The folder of the page");
  serve_command->add_option("--keep-days", given.keep_days, "How long events are kept");
  auto* load_command = app.add_subcommand("load", "Track events, and check that all are there");
  load_command->add_option("--seconds", given.load.seconds, "How long");
  load_command->add_option("--batch", given.batch, "Events of a batch at most");
  load_command->add_option("--delay", given.delay_ms, "Milliseconds that an event may wait for it");
  add_load_options(*load_command, given.load);
  auto* seed_command = app.add_subcommand("seed", "Fill in a day before now");
  add_load_options(*seed_command, given.load);
  CLI11_PARSE(app, count, words);
  // Before there are other threads. The other commands end by a signal as any program does.
  if (*serve_command) web::Site::block_signals();
  try {
    Cluster cluster = Cluster::from_file(given.config, environment("ANALYTICS_USER", "app"),
                                         environment("ANALYTICS_PASSWORD", "app"),
                                         environment("ANALYTICS_SCHEMA", "analytics"));
    if (*create) Analytics(cluster).create(analytics::now());
    if (*serve_command) serve(cluster, given);
    if (*load_command && !load(cluster, given)) return 1;
    if (*seed_command) seed(cluster, given);
  } catch (const std::exception& error) {
    std::cerr << "analytics: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
