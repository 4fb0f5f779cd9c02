#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql_corpus.h"

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

std::vector<Case> load() {
  std::vector<Case> cases;
  for (const CorpusLine& line : load_corpus("statements.tsv", 5)) {
    const std::vector<std::string>& fields = line.fields;
    Case item{line.number,        line.modes, fields[0],
              fields[1] == "yes", {},         unescape_corpus(fields[3]),
              fields[4]};
    std::stringstream tables(fields[2] == "-" ? "" : fields[2]);
    for (std::string table; tables >> table;)
      item.tables.push_back(unescape_corpus(table));
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
