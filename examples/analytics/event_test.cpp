#include "event.h"

#include <gtest/gtest.h>

namespace analytics {
namespace {

const TimePoint kPresent{Milliseconds(1767225600123)};

std::string refusal(const char* text) {
  try {
    events_from_json(Json::parse(text), kPresent);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(EventTest, TakesOneOrAnArray) {
  const auto one = events_from_json(Json::parse(R"({"user": 7, "type": "search"})"), kPresent);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].user, 7u);
  EXPECT_EQ(one[0].type, "search");
  EXPECT_EQ(one[0].metadata, "{}");
  EXPECT_EQ(one[0].time, kPresent);

  const auto two =
      events_from_json(Json::parse(R"([{"user": 1, "type": "a.b-c_2", "metadata": {"x": [1, "é"]}},
                      {"user": 2, "type": "search", "time": 1767225600000}])"),
                       kPresent);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(Json::parse(two[0].metadata), Json::parse(R"({"x": [1, "é"]})"));
  EXPECT_EQ(two[1].time, TimePoint(Milliseconds(1767225600000)));
  EXPECT_TRUE(events_from_json(Json::array(), kPresent).empty());
}

TEST(EventTest, SaysWhatIsWrong) {
  EXPECT_EQ(refusal("7"), "an event has to be a JSON object");
  EXPECT_EQ(refusal("null"), "an event has to be a JSON object");
  EXPECT_EQ(refusal("[[]]"), "an event has to be a JSON object");
  for (const char* user : {"0", "-1", "1.5", "\"7\"", "9007199254740992", "null"}) {
    const std::string event = std::string(R"({"type": "search", "user": )") + user + "}";
    EXPECT_EQ(refusal(event.c_str()).substr(0, 4), "user") << user;
  }
  EXPECT_EQ(refusal(R"({"type": "search"})").substr(0, 4), "user");
  for (const char* type : {R"("")", R"("Search")", R"("a b")", "1", R"("é")"}) {
    const std::string event = std::string(R"({"user": 7, "type": )") + type + "}";
    EXPECT_EQ(refusal(event.c_str()).substr(0, 4), "type") << type;
  }
  EXPECT_EQ(refusal(R"({"user": 7, "type": "a", "metadata": "x"})").substr(0, 8), "metadata");
  const Json large = {{"user", 7}, {"type", "a"}, {"metadata", {{"x", std::string(1000, 'x')}}}};
  EXPECT_EQ(refusal(large.dump().c_str()).substr(0, 8), "metadata");
  for (const char* time : {"0", "-5", "1.5", "\"now\"", "1767225700000", "18446744073709551615"}) {
    const std::string event = std::string(R"({"user": 7, "type": "a", "time": )") + time + "}";
    EXPECT_EQ(refusal(event.c_str()).substr(0, 4), "time") << time;
  }
}

}  // namespace
}  // namespace analytics
