#include "feed/json_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace understudy::feed {
namespace {

using namespace replication;

std::string json_of(const ColumnValue& value) {
  std::string text;
  append_json_value(text, value);
  return text;
}

TEST(JsonTextTest, EachTypeHasItsForm) {
  EXPECT_EQ(json_of(SqlNull{}), "null");
  EXPECT_EQ(json_of(std::int64_t{-5}), "-5");
  EXPECT_EQ(json_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(json_of(0.1f), "0.1");
  EXPECT_EQ(json_of(1e300), "1e+300");
  EXPECT_EQ(json_of(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(json_of(DecimalText{"-12.50"}), R"("-12.50")");
  EXPECT_EQ(json_of(std::string("a\"b\\\n\x01")), R"("a\"b\\\n\u0001")");
  EXPECT_EQ(json_of(Bytes{0, 255, 16}), R"("AP8Q")");
  EXPECT_EQ(json_of(CivilDate{2026, 2, 3}), R"("2026-02-03")");
  EXPECT_EQ(json_of(CivilTime{{2026, 2, 3}, 4, 5, 6, 780000, 2}), R"("2026-02-03T04:05:06.78")");
  EXPECT_EQ(json_of(UnixTime{1, 5, 6}), R"("1970-01-01T00:00:01.000005Z")");
  EXPECT_EQ(json_of(UnixTime{}), R"("0000-00-00T00:00:00Z")");
  EXPECT_EQ(json_of(TimeSpan{-3'020'399'000'000, 0}), R"("-838:59:59")");
  EXPECT_EQ(json_of(JsonText{"{\"a\":\n[1, 2]}"}), R"({"a": [1, 2]})");
  EXPECT_EQ(json_of(JsonText{"{no json"}), R"("{no json")");
  EXPECT_EQ(json_of(GeometryBytes{4326, {1}}), R"({"srid":4326,"wkb":"AQ=="})");
}

TEST(JsonTextTest, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(json_of(std::string("\xC3\xA4")), "\"\xC3\xA4\"");
  EXPECT_EQ(json_of(std::string("\xF0\x9F\x98\x80!")), "\"\xF0\x9F\x98\x80!\"");
  for (const char* wrong : {"\xC3", "\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    const std::string text = json_of(std::string(wrong) + "x");
    EXPECT_TRUE(text.starts_with("\"\xEF\xBF\xBD")) << text;
    EXPECT_TRUE(text.ends_with("x\""));
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonTextTest, Base64HasItsPadding) {
  EXPECT_EQ(json_of(Bytes{}), R"("")");
  EXPECT_EQ(json_of(Bytes{'f'}), R"("Zg==")");
  EXPECT_EQ(json_of(Bytes{'f', 'o'}), R"("Zm8=")");
  EXPECT_EQ(json_of(Bytes{'f', 'o', 'o'}), R"("Zm9v")");
}

TEST(JsonTextTest, AnySecondsAreADate) {
  EXPECT_EQ(utc_text(1'795'694'400), "2026-11-26T12:00:00Z");
  EXPECT_FALSE(utc_text(std::numeric_limits<std::int64_t>::max()).empty());
  EXPECT_FALSE(utc_text(std::numeric_limits<std::int64_t>::min()).empty());
}

}  // namespace
}  // namespace understudy::feed
