#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/explain.h"
#include "sql/session_model.h"

namespace understudy::app {
namespace {

struct ExplainOptions {
  bool json = false;
  std::vector<std::string> after;
  std::optional<std::string> statement;
};

void explain(const ExplainOptions& options, const sql::SessionModel& session,
             std::string_view statement) {
  const sql::Classification found = session.explain(statement);
  const sql::KeyPins pins = sql::key_pins(statement, session.modes());
  fmt::print("{}\n", options.json ? explain_json(found, pins) : explain_text(found, pins));
}

void explain_lines(const ExplainOptions& options, const sql::SessionModel& session) {
  std::size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    const auto statement = unescape(line);
    if (!statement) {
      throw CommandError{kBadUsage, fmt::format("line {}: \\x is not followed by two hexadecimal "
                                                "digits; write \\\\x for the letters",
                                                number)};
    }
    explain(options, session, *statement);
  }
}

void run(const ExplainOptions& options) {
  sql::SessionModel session;
  for (const std::string& earlier : options.after)
    session.apply(sql::classify(earlier, session.modes()), earlier);
  if (options.statement) {
    explain(options, session, *options.statement);
  } else {
    explain_lines(options, session);
  }
}

}  // namespace

void add_explain(CLI::App& app) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain",
      "Say where a statement goes and why. Without SQL: one statement a line from standard input, "
      "with \\n, \\t, \\xHH and \\\\ as escapes");
  command->add_flag("--json", options->json, "One JSON object a line");
  command->add_option("--after", options->after, "A statement that the session ran before")
      ->allow_extra_args(false)
      ->type_name("SQL");
  command->add_option("SQL", options->statement, "The statement");
  command->callback([options] { run(*options); });
}

}  // namespace understudy::app
