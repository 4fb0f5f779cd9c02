#include <cstdlib>
#include <iostream>

#include "commands.h"
#include "serve.h"
#include "web/site.h"

namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

// Returns what --pages and its like are if nobody says.
web::Serving serving_here() {
  const std::string examples = CATALOG_EXAMPLES_DIR;
  web::Serving serving;
  serving.pages = examples + "/catalog/pages";
  serving.shared_pages = examples + "/web/pages";
  return serving;
}

}  // namespace

int main(int count, char** arguments) {
  std::string config;
  web::Serving serving = serving_here();
  catalog::Command chosen;
  CLI::App program("A shop's products on a MariaDB primary and its replicas");
  program.add_option("CONFIG", config, "The configuration file of Understudy")->required();
  program.require_subcommand(1);
  catalog::add_commands(program, chosen);
  CLI::App* const serve = program.add_subcommand("serve", "Show the shop's pages");
  serve->add_option("--host", serving.host)->capture_default_str();
  serve->add_option("--port", serving.port, "0: a free one")->capture_default_str();
  serve->add_option("--pages", serving.pages, "The folder of the pages");
  try {
    program.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (*serve) web::Site::block_signals();
    const std::string schema = environment("CATALOG_SCHEMA", "catalog");
    const auto cluster = understudy::Cluster::from_file(
        config, environment("CATALOG_USER", "app"), environment("CATALOG_PASSWORD", "app"), schema);
    if (*serve) {
      catalog::serve(cluster, schema + ".stock", serving);
      return 0;
    }
    catalog::Catalog shop(cluster);
    return chosen(shop);
  } catch (const std::exception& error) {
    std::cerr << "catalog: " << error.what() << "\n";
    return 1;
  }
}
