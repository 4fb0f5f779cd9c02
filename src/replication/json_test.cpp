#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "conversation.h"
#include "replication/json_binary.h"
#include "replication/json_changes.h"

namespace understudy::replication {
namespace {

using test::from_hex;

// As MySQL 9.7 logged it.
Bytes recorded_document() {
  return from_hex(
      "0003003b00190001001a0002001c000400050100002000022e0061696e6c69737401000e000b0001000c0c006b01"
      "7603000d00050100050200050300");
}

std::string text_of(ByteView document) {
  std::string text;
  const Result<void> done = append_json(document, text);
  return done.ok() ? text : "error: " + done.error().message;
}

TEST(BinaryJson, IsWrittenAsTheServerDoes) {
  EXPECT_EQ(text_of(recorded_document()), R"({"a": 1, "in": {"k": "v"}, "list": [1, 2, 3]})");
  EXPECT_EQ(text_of({}), "null");
  EXPECT_EQ(text_of(from_hex("0401")), "true");
  EXPECT_EQ(text_of(from_hex("05ffff")), "-1");
  EXPECT_EQ(text_of(from_hex("0affffffffffffffff")), "18446744073709551615");
  EXPECT_EQ(text_of(from_hex("0c0461220a09")), R"("a\"\n\t")");
}

TEST(BinaryJson, WritesDoublesAsTheServerDoes) {
  const auto text = [](double value) {
    Bytes document{11};
    ByteWriter(document).u64(std::bit_cast<std::uint64_t>(value));
    return text_of(document);
  };
  EXPECT_EQ(text(1e14), "100000000000000.0");
  EXPECT_EQ(text(1e15), "1e15");
  EXPECT_EQ(text(1.23e17), "1.23e17");
  EXPECT_EQ(text(1e-15), "0.000000000000001");
  EXPECT_EQ(text(-9e-16), "-9e-16");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_TRUE(text(HUGE_VAL).starts_with("error"));
}

TEST(BinaryJson, WritesOtherTypesAsTexts) {
  EXPECT_EQ(text_of(from_hex("0ff604"
                             "0301"
                             "8002")),
            "0.2");  // DECIMAL(3,1)
  EXPECT_EQ(text_of(from_hex("0f0f0105")), R"("base64:type15:BQ==")");
}

TEST(BinaryJson, RefusesWhatIsCutOff) {
  const Bytes whole = recorded_document();
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_TRUE(text_of(ByteView(whole).first(size)).starts_with("error")) << size;
}

// Each array holds the one behind it twice: 2^60 texts in 500 bytes.
TEST(BinaryJson, RefusesToGrowWithoutBound) {
  Bytes document{2};
  constexpr std::size_t kLevels = 60;
  for (std::size_t i = 0; i < kLevels; ++i) {
    ByteWriter writer(document);
    writer.u16(2);
    writer.u16(static_cast<std::uint16_t>(10 * (kLevels - i)));
    for (std::size_t element = 0; element < 2; ++element) {
      writer.u8(2);
      writer.u16(10);
    }
  }
  EXPECT_TRUE(text_of(document).starts_with("error"));
}

JsonChange change(JsonChange::Operation operation, std::string path, std::string value = {}) {
  return {operation, std::move(path), std::move(value)};
}

std::string changed(std::string_view document, const JsonChange& what) {
  std::string out;
  return apply_json_changes(document, {what}, out) ? out : "error";
}

TEST(JsonChanges, AreReadFromTheLog) {
  const auto changes =
      read_json_changes(from_hex("0105242e6e6577030c017801"
                                 "09242e6c6973745b395d"
                                 "0305040002"
                                 "03242e61"));
  ASSERT_TRUE(changes.ok());
  EXPECT_EQ(
      to_text(*changes),
      R"([{"op": "insert", "path": "$.new", "value": "x"}, )"
      R"({"op": "insert", "path": "$.list[9]", "value": 4}, {"op": "remove", "path": "$.a"}])");
  EXPECT_FALSE(read_json_changes(from_hex("0305242e")).ok());
}

TEST(JsonChanges, ReplaceInsertAndRemove) {
  using enum JsonChange::Operation;
  constexpr std::string_view kText = R"({"a": 1, "in": {"k": "v,]"}, "list": [1, 2, 3]})";
  EXPECT_EQ(changed(kText, change(Replace, "$.a", "[7]")),
            R"({"a": [7], "in": {"k": "v,]"}, "list": [1, 2, 3]})");
  EXPECT_EQ(changed(kText, change(Insert, "$.b", "2")),
            R"({"a": 1, "b": 2, "in": {"k": "v,]"}, "list": [1, 2, 3]})");
  EXPECT_EQ(changed(kText, change(Insert, "$.longer", "2")),
            R"({"a": 1, "in": {"k": "v,]"}, "list": [1, 2, 3], "longer": 2})");
  EXPECT_EQ(changed(kText, change(Insert, "$.list[1]", "0")),
            R"({"a": 1, "in": {"k": "v,]"}, "list": [1, 0, 2, 3]})");
  EXPECT_EQ(changed(kText, change(Insert, "$.list[9]", "4")),
            R"({"a": 1, "in": {"k": "v,]"}, "list": [1, 2, 3, 4]})");
  EXPECT_EQ(changed(kText, change(Remove, "$.a")), R"({"in": {"k": "v,]"}, "list": [1, 2, 3]})");
  EXPECT_EQ(changed(kText, change(Remove, "$.list[2]")),
            R"({"a": 1, "in": {"k": "v,]"}, "list": [1, 2]})");
  EXPECT_EQ(changed(kText, change(Remove, "$.in.k")), R"({"a": 1, "in": {}, "list": [1, 2, 3]})");
  EXPECT_EQ(changed(R"({"k\"q": 1})", change(Replace, R"($."k\"q")", "2")), R"({"k\"q": 2})");
  EXPECT_EQ(changed("{}", change(Insert, "$.a", "1")), R"({"a": 1})");
}

TEST(JsonChanges, MustFitTheDocument) {
  using enum JsonChange::Operation;
  EXPECT_EQ(changed(R"({"a": 1})", change(Replace, "$.b", "1")), "error");
  EXPECT_EQ(changed(R"({"a": 1})", change(Replace, "$.a.b", "1")), "error");
  EXPECT_EQ(changed(R"({"a": 1})", change(Remove, "$[0]")), "error");
  EXPECT_EQ(changed(R"({"a": 1})", change(Insert, "$.*", "1")), "error");
  EXPECT_EQ(changed("[1]", change(Remove, "$[1]")), "error");
}

}  // namespace
}  // namespace understudy::replication
