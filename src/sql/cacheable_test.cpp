#include <gtest/gtest.h>

#include <algorithm>

#include "sql/key_pin.h"
#include "sql/session_model.h"
#include "sql/statement.h"
#include "sql_corpus.h"

namespace understudy::sql {
namespace {

struct Case {
  int line = 0;
  Modes modes;
  bool cacheable = false;
  std::string obstacle;           // a part of its text
  std::vector<std::string> pins;  // sorted
  std::string text;
};

std::vector<Case> load() {
  std::vector<Case> cases;
  for (const CorpusLine& line : load_corpus("cacheable.tsv", 3)) {
    const bool yes = line.fields[0] == "yes";
    Case item{line.number, line.modes,
              yes,         yes ? "" : line.fields[0],
              {},          unescape_corpus(line.fields[2])};
    std::stringstream pins(line.fields[1] == "-" ? "" : line.fields[1]);
    for (std::string pin; pins >> pin;)
      item.pins.push_back(pin);
    std::sort(item.pins.begin(), item.pins.end());
    cases.push_back(item);
  }
  return cases;
}

struct ValueText {
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(PinParameter value) const { return "?" + std::to_string(value.index); }
};

// Columns in lower case.
std::vector<std::string> pin_texts(std::string_view text, const Modes& modes = {}) {
  std::vector<std::string> texts;
  const KeyPins pins = key_pins(text, modes);
  for (const KeyPin& pin : pins.pins()) {
    std::string column(pin.column);
    std::transform(column.begin(), column.end(), column.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    });
    texts.push_back(column + "=" + std::visit(ValueText{}, pin.value));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

TEST(CacheableTest, EveryStatementIsWhatTheFileSays) {
  const std::vector<Case> cases = load();
  ASSERT_GE(cases.size(), 300u);
  for (const Case& item : cases) {
    const Classification result = classify(item.text, item.modes);
    const std::string where = "line " + std::to_string(item.line) + ": " + item.text;
    EXPECT_EQ(result.cache_obstacle.empty(), item.cacheable)
        << where << "\n  " << result.cache_obstacle;
    EXPECT_NE(result.cache_obstacle.find(item.obstacle), std::string_view::npos)
        << where << "\n  " << result.cache_obstacle;
    EXPECT_EQ(pin_texts(item.text, item.modes), item.pins) << where;
  }
}

// What is cut anywhere pins nothing that is not there, and is not read past its end (the sanitizers
// tell).
TEST(CacheableTest, EveryPrefixIsAccepted) {
  for (const Case& item : load()) {
    for (std::size_t size = 0; size < item.text.size(); ++size) {
      const std::vector<char> exact(item.text.begin(),
                                    item.text.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string_view text{exact.data(), exact.size()};
      const bool cacheable = classify(text, item.modes).cache_obstacle.empty();
      EXPECT_TRUE(cacheable || key_pins(text, item.modes).empty()) << text;
    }
  }
}

TEST(CacheableTest, AnOrBehindItTakesEveryPinAway) {
  for (const Case& item : load()) {
    const bool ends_in_where = item.text.ends_with("5") || item.text.ends_with("AND b = ?");
    if (item.pins.empty() || !ends_in_where || item.text.find("LIMIT") != std::string::npos)
      continue;
    EXPECT_TRUE(key_pins(item.text + " OR 1", item.modes).empty()) << item.text;
  }
}

TEST(CacheableTest, MoreAndDeeperThanIsKeptIsLeftOut) {
  std::string text = "SELECT * FROM t WHERE a0 = 0";
  for (int i = 1; i < 20; ++i)
    text += " AND a" + std::to_string(i) + " = 0";
  EXPECT_EQ(key_pins(text).pins().size(), KeyPins::kCapacity);

  const std::string deep =
      "SELECT * FROM t WHERE " + std::string(40, '(') + "a = 5" + std::string(40, ')');
  EXPECT_EQ(pin_texts(deep + " AND b = 6"), std::vector<std::string>{"b=6"});
}

TEST(CacheableTest, TheSessionMayBeAnObstacle) {
  SessionModel session;
  session.set_schema("mysql");
  EXPECT_FALSE(session.explain("SELECT * FROM user").cache_obstacle.empty());
  session.set_schema("information_schema");
  EXPECT_FALSE(session.explain("SELECT * FROM tables").cache_obstacle.empty());
  session.set_schema("shop");
  EXPECT_TRUE(session.explain("SELECT * FROM user").cache_obstacle.empty());
  session.apply(classify("BEGIN"), "BEGIN");
  EXPECT_EQ(session.explain("SELECT * FROM user").cache_obstacle, "inside a transaction");
}

TEST(CacheableTest, TheHintMayAskForItOrNot) {
  EXPECT_EQ(classify("/* understudy: cache */ SELECT 1 FROM t").hints.cache, true);
  EXPECT_EQ(classify("/* understudy: nocache */ SELECT 1 FROM t").hints.cache, false);
  EXPECT_EQ(classify("SELECT 1 FROM t").hints.cache, std::nullopt);
}

}  // namespace
}  // namespace understudy::sql
