#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sql/statement.h"

namespace understudy::sql {
namespace {

struct Case {
  int line = 0;
  Modes modes;
  std::string kind;
  bool writes = false;
  std::vector<std::string> tables;  // sorted
  std::string text;
  std::string why;
};

std::string unescape(const std::string& written) {
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 == written.size()) {
      text += written[i];
      continue;
    }
    switch (written[++i]) {
      case 'n':
        text += '\n';
        break;
      case 't':
        text += '\t';
        break;
      case 'x':
        text += static_cast<char>(std::stoi(written.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        text += written[i];
        break;
    }
  }
  return text;
}

Modes parse_modes(const std::string& line) {
  return {line.find("ansi_quotes") != std::string::npos,
          line.find("no_backslash_escapes") != std::string::npos,
          line.find("multibyte_quotes") != std::string::npos};
}

std::vector<Case> load() {
  std::ifstream file(UNDERSTUDY_SOURCE_DIR "/tests/corpus/sql/statements.tsv");
  std::vector<Case> cases;
  Modes modes;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("@modes")) {
      modes = parse_modes(line);
      continue;
    }
    std::vector<std::string> fields;
    std::stringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');)
      fields.push_back(field);
    EXPECT_EQ(fields.size(), 5u) << "line " << number;
    if (fields.size() != 5) continue;
    Case item{number, modes, fields[0], fields[1] == "yes", {}, unescape(fields[3]), fields[4]};
    std::stringstream tables(fields[2] == "-" ? "" : fields[2]);
    for (std::string table; tables >> table;)
      item.tables.push_back(unescape(table));
    std::sort(item.tables.begin(), item.tables.end());
    cases.push_back(item);
  }
  return cases;
}

std::vector<std::string> table_names(const Classification& result) {
  std::vector<std::string> names;
  for (const TableName& table : result.tables.tables())
    names.push_back(table.schema.empty()
                        ? std::string(table.name)
                        : std::string(table.schema) + "." + std::string(table.name));
  std::sort(names.begin(), names.end());
  return names;
}

TEST(CorpusTest, EveryStatementIsClassifiedAsTheFileSays) {
  const std::vector<Case> cases = load();
  ASSERT_GE(cases.size(), 400u);
  for (const Case& item : cases) {
    const Classification result = classify(item.text, item.modes);
    const auto where = [&] {
      return "line " + std::to_string(item.line) + ": " + item.text + "\n  (" + item.why +
             "; reason given: " + std::string(result.reason) + ")";
    };
    EXPECT_EQ(to_string(result.kind), item.kind) << where();
    EXPECT_EQ(result.writes, item.writes) << where();
    EXPECT_EQ(table_names(result), item.tables) << where();
    EXPECT_FALSE(result.reason.empty()) << where();
  }
}

// A read or session statement with a write behind it is never one itself.
TEST(CorpusTest, AnAppendedWriteIsAlwaysSeen) {
  for (const Case& item : load()) {
    const std::string text = item.text + "\n;INSERT INTO appended VALUES (1)";
    const Classification result = classify(text, item.modes);
    EXPECT_GE(result.kind, StatementClass::Primary) << "line " << item.line << ": " << text;
  }
}

// Text that is cut anywhere must not look weaker than a read, and never be read past its end (the
// sanitizers tell).
TEST(CorpusTest, EveryPrefixIsAccepted) {
  for (const Case& item : load()) {
    for (std::size_t size = 0; size < item.text.size(); ++size) {
      const std::vector<char> exact(item.text.begin(),
                                    item.text.begin() + static_cast<std::ptrdiff_t>(size));
      const Classification result = classify({exact.data(), exact.size()}, item.modes);
      EXPECT_FALSE(result.reason.empty());
    }
  }
}

}  // namespace
}  // namespace understudy::sql
