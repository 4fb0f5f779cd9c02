#include "replication/character_set.h"

#include <iconv.h>

#include <algorithm>
#include <array>

#include "replication/single_byte_sets.h"

namespace understudy::replication {
namespace {

using enum CharacterSet;

constexpr char32_t kReplacement = 0xfffd;

void append_character(char32_t c, std::string& out) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c >= 0xd800 && (c < 0xe000 || c > 0x10ffff)) c = kReplacement;
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

std::size_t ascii_run(ByteView bytes) {
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  std::size_t size = 0;
  for (; size + 8 <= bytes.size(); size += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + size, 8);
    if ((word & kHigh) != 0) break;
  }
  while (size < bytes.size() && bytes[size] < 0x80)
    ++size;
  return size;
}

// How many bytes the character at the front takes; 0 if there is no well-formed one (Unicode 15,
// table 3-7).
std::size_t utf8_character(ByteView bytes) {
  const std::uint8_t first = bytes[0];
  const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size == 0 || first > 0xf4 || bytes.size() < size) return 0;
  const std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (bytes[1] < low || bytes[1] > high) return 0;
  for (std::size_t i = 2; i < size; ++i)
    if ((bytes[i] & 0xc0) != 0x80) return 0;
  return size;
}

void append_utf8_text(ByteView bytes, std::string& out) {
  while (!bytes.empty()) {
    std::size_t good = ascii_run(bytes);
    while (good < bytes.size()) {
      const ByteView rest = bytes.subspan(good);
      const std::size_t size = rest[0] < 0x80 ? 1 : utf8_character(rest);
      if (size == 0) break;
      good += size;
    }
    out.append(as_text(bytes.first(good)));
    if (good == bytes.size()) return;
    append_character(kReplacement, out);
    bytes = bytes.subspan(good + 1);
  }
}

char32_t unit(ByteView bytes, std::size_t at, std::size_t size, bool little_endian) {
  char32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | bytes[at + (little_endian ? size - 1 - i : i)];
  return value;
}

void append_wide(CharacterSet set, ByteView bytes, std::string& out) {
  const std::size_t size = set == Utf32 ? 4 : 2;
  const bool little_endian = set == Utf16le;
  const std::size_t whole = bytes.size() / size * size;
  for (std::size_t i = 0; i < whole; i += size) {
    char32_t c = unit(bytes, i, size, little_endian);
    if (size == 2 && set != Ucs2 && c >= 0xd800 && c < 0xdc00 && i + 4 <= whole) {
      const char32_t next = unit(bytes, i + 2, 2, little_endian);
      if (next >= 0xdc00 && next < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (next - 0xdc00);
        i += 2;
      }
    }
    append_character(c, out);
  }
  if (whole != bytes.size()) append_character(kReplacement, out);
}

void append_single_bytes(CharacterSet set, ByteView bytes, std::string& out) {
  const std::u16string_view upper = upper_half(set);  // empty for ascii
  while (!bytes.empty()) {
    const std::size_t ascii = set == Swe7 ? 0 : ascii_run(bytes);
    out.append(as_text(bytes.first(ascii)));
    if (ascii == bytes.size()) return;
    const std::uint8_t byte = bytes[ascii];
    const char32_t c = set == Swe7     ? swe7_character(byte)
                       : upper.empty() ? kReplacement
                                       : upper[byte - 0x80u];
    append_character(c, out);
    bytes = bytes.subspan(ascii + 1);
  }
}

const char* iconv_name(CharacterSet set) {
  switch (set) {
    case Big5:
      return "BIG5";
    case Cp932:
    case Sjis:
      return "CP932";
    case Eucjpms:
    case Ujis:
      return "EUC-JP-MS";
    case Euckr:
      return "UHC";
    case Gb18030:
      return "GB18030";
    case Gb2312:
      return "EUC-CN";
    case Gbk:
      return "GBK";
    default:
      return nullptr;
  }
}

bool append_by_iconv(CharacterSet set, ByteView bytes, std::string& out) {
  const char* name = iconv_name(set);
  if (name == nullptr) return false;
  const iconv_t converter = ::iconv_open("UTF-8", name);
  if (reinterpret_cast<std::intptr_t>(converter) == -1) return false;
  Bytes copy(bytes.begin(), bytes.end());  // iconv's argument is not const
  char* from = reinterpret_cast<char*>(copy.data());
  std::size_t left = copy.size();
  std::array<char, 256> buffer{};
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t before = left;
    const std::size_t done = ::iconv(converter, &from, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    const bool stuck = done == static_cast<std::size_t>(-1) && room == buffer.size();
    if (left > 0 && (stuck || before == left)) {
      append_character(kReplacement, out);
      ++from;
      --left;
    }
  }
  ::iconv_close(converter);
  return true;
}

struct Named {
  std::string_view name;
  CharacterSet set;
};

constexpr std::array kNames = {
    Named{"binary", Binary},     Named{"utf8", Utf8},         Named{"utf8mb3", Utf8},
    Named{"utf8mb4", Utf8},      Named{"ascii", Ascii},       Named{"latin1", Latin1},
    Named{"ucs2", Ucs2},         Named{"utf16", Utf16},       Named{"utf16le", Utf16le},
    Named{"utf32", Utf32},       Named{"armscii8", Armscii8}, Named{"cp1250", Cp1250},
    Named{"cp1251", Cp1251},     Named{"cp1256", Cp1256},     Named{"cp1257", Cp1257},
    Named{"cp850", Cp850},       Named{"cp852", Cp852},       Named{"cp866", Cp866},
    Named{"dec8", Dec8},         Named{"geostd8", Geostd8},   Named{"greek", Greek},
    Named{"hebrew", Hebrew},     Named{"hp8", Hp8},           Named{"keybcs2", Keybcs2},
    Named{"koi8r", Koi8r},       Named{"koi8u", Koi8u},       Named{"latin2", Latin2},
    Named{"latin5", Latin5},     Named{"latin7", Latin7},     Named{"macce", Macce},
    Named{"macroman", Macroman}, Named{"swe7", Swe7},         Named{"tis620", Tis620},
    Named{"big5", Big5},         Named{"cp932", Cp932},       Named{"eucjpms", Eucjpms},
    Named{"euckr", Euckr},       Named{"gb18030", Gb18030},   Named{"gb2312", Gb2312},
    Named{"gbk", Gbk},           Named{"sjis", Sjis},         Named{"ujis", Ujis},
};

// Of collations 1 to 100, by number.
constexpr std::array<CharacterSet, 101> kFirst = {
    Unknown, Big5,   Latin2,   Dec8,     Cp850,    Latin1, Hp8,     Koi8r,   Latin1,  Latin2,
    Swe7,    Ascii,  Ujis,     Sjis,     Cp1251,   Latin1, Hebrew,  Unknown, Tis620,  Euckr,
    Latin7,  Latin2, Koi8u,    Cp1251,   Gb2312,   Greek,  Cp1250,  Latin2,  Gbk,     Cp1257,
    Latin5,  Latin1, Armscii8, Utf8,     Cp1250,   Ucs2,   Cp866,   Keybcs2, Macce,   Macroman,
    Cp852,   Latin7, Latin7,   Macce,    Cp1250,   Utf8,   Utf8,    Latin1,  Latin1,  Latin1,
    Cp1251,  Cp1251, Cp1251,   Macroman, Utf16,    Utf16,  Utf16le, Cp1256,  Cp1257,  Cp1257,
    Utf32,   Utf32,  Utf16le,  Binary,   Armscii8, Ascii,  Cp1250,  Cp1256,  Cp866,   Dec8,
    Greek,   Hebrew, Hp8,      Keybcs2,  Koi8r,    Koi8u,  Utf8,    Latin2,  Latin5,  Latin7,
    Cp850,   Cp852,  Swe7,     Utf8,     Big5,     Euckr,  Gb2312,  Gbk,     Sjis,    Tis620,
    Ucs2,    Ujis,   Geostd8,  Geostd8,  Latin1,   Cp932,  Cp932,   Eucjpms, Eucjpms, Cp1250,
    Unknown};

struct Range {
  std::uint32_t first;
  std::uint32_t last;
  CharacterSet set;
};

// The others. Those from 576 are MariaDB's; its collations without padding have the number of the
// one with it and 1024.
constexpr std::array kRanges = {
    Range{101, 124, Utf16},  Range{128, 159, Ucs2},    Range{160, 191, Utf32},
    Range{192, 223, Utf8},   Range{224, 247, Utf8},    Range{248, 250, Gb18030},
    Range{255, 575, Utf8},   Range{576, 639, Utf8},    Range{640, 671, Ucs2},
    Range{672, 703, Utf16},  Range{736, 767, Utf32},   Range{2048, 2559, Utf8},
    Range{2560, 2815, Ucs2}, Range{2816, 3071, Utf16}, Range{3072, 3327, Utf32},
};

}  // namespace

CharacterSet character_set_of(std::uint32_t collation) {
  if (collation > 1024 && collation < 1024 + 255) collation -= 1024;
  if (collation < kFirst.size()) return kFirst[collation];
  for (const Range& range : kRanges)
    if (collation >= range.first && collation <= range.last) return range.set;
  return Unknown;
}

CharacterSet character_set_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &Named::name);
  return found == kNames.end() ? Unknown : found->set;
}

std::string_view name_of(CharacterSet set) {
  if (set == Utf8) return "utf8mb4";
  const auto found = std::ranges::find(kNames, set, &Named::set);
  return found == kNames.end() ? std::string_view() : found->name;
}

std::size_t character_bytes_max(CharacterSet set) {
  switch (set) {
    case Utf8:
    case Utf16:
    case Utf16le:
    case Utf32:
    case Gb18030:
      return 4;
    case Ujis:
    case Eucjpms:
      return 3;
    case Ucs2:
    case Big5:
    case Cp932:
    case Sjis:
    case Euckr:
    case Gb2312:
    case Gbk:
      return 2;
    default:
      return 1;
  }
}

bool append_utf8(CharacterSet set, ByteView bytes, std::string& out) {
  switch (set) {
    case Unknown:
    case Binary:
      return false;
    case Utf8:
      append_utf8_text(bytes, out);
      return true;
    case Ucs2:
    case Utf16:
    case Utf16le:
    case Utf32:
      append_wide(set, bytes, out);
      return true;
    default:
      break;
  }
  if (iconv_name(set) != nullptr) return append_by_iconv(set, bytes, out);
  append_single_bytes(set, bytes, out);
  return true;
}

}  // namespace understudy::replication
