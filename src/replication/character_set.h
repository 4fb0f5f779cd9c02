#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace understudy::replication {

// The character sets of MariaDB 10.11 and MySQL 9.7. Utf8 is utf8mb3 and utf8mb4.
enum class CharacterSet : std::uint8_t {
  Unknown,
  Binary,
  Utf8,
  Ascii,
  Latin1,
  Ucs2,
  Utf16,
  Utf16le,
  Utf32,
  Armscii8,
  Cp1250,
  Cp1251,
  Cp1256,
  Cp1257,
  Cp850,
  Cp852,
  Cp866,
  Dec8,
  Geostd8,
  Greek,
  Hebrew,
  Hp8,
  Keybcs2,
  Koi8r,
  Koi8u,
  Latin2,
  Latin5,
  Latin7,
  Macce,
  Macroman,
  Swe7,
  Tis620,
  Big5,
  Cp932,
  Eucjpms,
  Euckr,
  Gb18030,
  Gb2312,
  Gbk,
  Sjis,
  Ujis,
};

// The set of a collation by its number, and by the name that information_schema has for the set.
// Unknown if there is none such.
CharacterSet character_set_of(std::uint32_t collation);
CharacterSet character_set_named(std::string_view name);
std::string_view name_of(CharacterSet set);  // "utf8mb4" for Utf8; empty for Unknown

// Bytes of a character at most, as servers count the length of a column: CHAR(10) of utf8mb4 has
// 40. (Utf8 gives 4: utf8mb3 has 3.)
std::size_t character_bytes_max(CharacterSet set);

// Appends `bytes` as UTF-8. The sets of one byte a character follow MariaDB's own tables, latin1
// is Windows' 1252 as servers have it; those of East Asia go through iconv(3). What is not a
// character of the set becomes U+FFFD. False, and nothing is appended, for Unknown and Binary, and
// where iconv does not know the set: the bytes are all that there is then.
bool append_utf8(CharacterSet set, ByteView bytes, std::string& out);

}  // namespace understudy::replication
