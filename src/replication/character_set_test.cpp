#include "replication/character_set.h"

#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

std::string converted(CharacterSet set, std::string_view bytes) {
  std::string out;
  EXPECT_TRUE(append_utf8(set, as_bytes(bytes), out));
  return out;
}

// Numbers of information_schema.collations of MariaDB 10.11 and MySQL 9.7.
TEST(CharacterSet, IsFoundByCollation) {
  EXPECT_EQ(character_set_of(8), CharacterSet::Latin1);
  EXPECT_EQ(character_set_of(33), CharacterSet::Utf8);
  EXPECT_EQ(character_set_of(45), CharacterSet::Utf8);
  EXPECT_EQ(character_set_of(63), CharacterSet::Binary);
  EXPECT_EQ(character_set_of(101), CharacterSet::Utf16);
  EXPECT_EQ(character_set_of(128), CharacterSet::Ucs2);
  EXPECT_EQ(character_set_of(183), CharacterSet::Utf32);
  EXPECT_EQ(character_set_of(248), CharacterSet::Gb18030);
  EXPECT_EQ(character_set_of(255), CharacterSet::Utf8);     // utf8mb4_0900_ai_ci
  EXPECT_EQ(character_set_of(608), CharacterSet::Utf8);     // MariaDB's own
  EXPECT_EQ(character_set_of(1032), CharacterSet::Latin1);  // without padding
  EXPECT_EQ(character_set_of(2304), CharacterSet::Utf8);    // uca1400
  EXPECT_EQ(character_set_of(2816), CharacterSet::Utf16);
  EXPECT_EQ(character_set_of(0), CharacterSet::Unknown);
  EXPECT_EQ(character_set_of(99999), CharacterSet::Unknown);
}

TEST(CharacterSet, IsFoundByName) {
  EXPECT_EQ(character_set_named("utf8mb3"), CharacterSet::Utf8);
  EXPECT_EQ(character_set_named("sjis"), CharacterSet::Sjis);
  EXPECT_EQ(character_set_named(""), CharacterSet::Unknown);
  EXPECT_EQ(name_of(CharacterSet::Utf8), "utf8mb4");
  EXPECT_EQ(name_of(CharacterSet::Cp932), "cp932");
  EXPECT_EQ(name_of(CharacterSet::Unknown), "");
}

TEST(CharacterSet, BecomesUtf8) {
  EXPECT_EQ(converted(CharacterSet::Latin1, "\xe4\x80\x81"), "ä€\u0081");
  EXPECT_EQ(converted(CharacterSet::Cp1251, "\xc6x"), "Жx");
  EXPECT_EQ(converted(CharacterSet::Ucs2, {"\x00\x41\x20\xac", 4}), "A€");
  EXPECT_EQ(converted(CharacterSet::Utf16, {"\xd8\x3d\xde\x00", 4}), "😀");
  EXPECT_EQ(converted(CharacterSet::Utf16le, {"\x3d\xd8\x00\xde", 4}), "😀");
  EXPECT_EQ(converted(CharacterSet::Utf32, {"\x00\x01\xf6\x00", 4}), "😀");
  EXPECT_EQ(converted(CharacterSet::Gbk, "\xd6\xd0"), "中");
  EXPECT_EQ(converted(CharacterSet::Swe7, "[a"), "Äa");
}

TEST(CharacterSet, ReplacesWhatIsNoCharacter) {
  EXPECT_EQ(converted(CharacterSet::Utf8,
                      "a\xff"
                      "b\xc3"),
            "a\uFFFD"
            "b\uFFFD");
  EXPECT_EQ(converted(CharacterSet::Utf8, "\xc0\x80\xed\xa0\x80"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(converted(CharacterSet::Ascii, "a\x80"), "a\uFFFD");
  EXPECT_EQ(converted(CharacterSet::Ucs2, "\xd8\x3d\xde"), "\uFFFD\uFFFD");
  EXPECT_EQ(converted(CharacterSet::Gbk, "\xff"), "\uFFFD");
}

TEST(CharacterSet, LeavesBytesAlone) {
  std::string out;
  EXPECT_FALSE(append_utf8(CharacterSet::Binary, as_bytes("a"), out));
  EXPECT_FALSE(append_utf8(CharacterSet::Unknown, as_bytes("a"), out));
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace understudy::replication
