#include "replication/json_binary.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>

#include "protocol/constants.h"
#include "replication/character_set.h"
#include "replication/packed_value.h"

// value      := type:u8 body
// container  := count size entry… (keys and values); numbers of 2 bytes (small) or 4 (large);
//               `size` and all offsets count from the count
// key entry  := offset length:u16
// value entry:= type:u8 (offset | the value itself, if it fits)
// string     := length (7 bits a byte, low ones first; the highest: more follow) bytes
// opaque     := column type:u8 length bytes
namespace understudy::replication {
namespace {

using protocol::ColumnType;

enum class Kind : std::uint8_t {
  SmallObject = 0,
  LargeObject = 1,
  SmallArray = 2,
  LargeArray = 3,
  Literal = 4,
  Int16 = 5,
  Uint16 = 6,
  Int32 = 7,
  Uint32 = 8,
  Int64 = 9,
  Uint64 = 10,
  Double = 11,
  String = 12,
  Opaque = 15,
};

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, fmt::format("malformed JSON in a row: {}", what));
}

// As few digits as tell it from others, and an exponent for what is under 1e-15, or 1e15 and over:
// as servers write doubles (measured on MySQL 9.7).
void append_double(double value, std::string& out) {
  constexpr int kExponentMin = -15;
  constexpr int kExponentMax = 14;
  std::array<char, 64> buffer{};
  char* const end = buffer.data() + buffer.size();
  const auto scientific = std::to_chars(buffer.data(), end, value, std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<std::size_t>(scientific.ptr - buffer.data()));
  const std::size_t mark = text.find('e');
  int exponent = 0;
  const std::size_t digits = mark + (text[mark + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + digits, text.data() + text.size(), exponent);
  if (value != 0 && (exponent < kExponentMin || exponent > kExponentMax)) {
    fmt::format_to(std::back_inserter(out), "{}e{}", text.substr(0, mark), exponent);
    return;
  }
  const auto fixed = std::to_chars(buffer.data(), end, value, std::chars_format::fixed);
  const std::string_view number(buffer.data(), static_cast<std::size_t>(fixed.ptr - buffer.data()));
  out += number;
  if (number.find('.') == std::string_view::npos) out += ".0";
}

void append_base64(ByteView bytes, std::string& out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t size = std::min<std::size_t>(3, bytes.size() - i);
    const auto bits = read_big_endian(bytes.subspan(i, size)) << (8 * (3 - size));
    for (std::size_t digit = 0; digit < 4; ++digit)
      out += digit <= size ? kDigits[bits >> (18 - 6 * digit) & 63] : '=';
  }
}

void append_date(const CivilDate& date, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

class Writer {
 public:
  Writer(std::string& out, std::size_t limit) : out_(out), limit_(limit) {}

  Result<void> value(Kind kind, ByteView bytes, std::size_t depth) {
    if (out_.size() > limit_) return malformed("values that are used more than once");
    switch (kind) {
      case Kind::SmallObject:
      case Kind::LargeObject:
      case Kind::SmallArray:
      case Kind::LargeArray:
        if (depth >= kJsonDepthMax) return malformed("too many levels");
        return container(kind, bytes, depth + 1);
      case Kind::String:
        return string(bytes);
      case Kind::Opaque:
        return opaque(bytes);
      default:
        return scalar(kind, bytes);
    }
  }

 private:
  static bool is_object(Kind kind) {
    return kind == Kind::SmallObject || kind == Kind::LargeObject;
  }

  // Whether a value stands in its entry instead of an offset.
  static bool is_inlined(Kind kind, bool large) {
    return kind == Kind::Literal || kind == Kind::Int16 || kind == Kind::Uint16 ||
           (large && (kind == Kind::Int32 || kind == Kind::Uint32));
  }

  Result<void> container(Kind kind, ByteView bytes, std::size_t depth) {
    const bool large = kind == Kind::LargeObject || kind == Kind::LargeArray;
    const std::size_t width = large ? 4 : 2;
    ByteReader header(bytes);
    const std::uint64_t count = header.integer(width);
    const std::uint64_t size = header.integer(width);
    if (header.failed() || size > bytes.size()) return malformed("a short array or object");
    const ByteView whole = bytes.first(size);
    const std::size_t entry_size = 1 + width + (is_object(kind) ? width + 2 : 0);
    if (size < 2 * width || count > (size - 2 * width) / entry_size) {
      return malformed("a short array or object");
    }
    ByteReader keys(whole.subspan(2 * width));
    ByteReader values(whole.subspan(2 * width + (is_object(kind) ? count * (width + 2) : 0)));
    out_ += is_object(kind) ? '{' : '[';
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ", ";
      if (is_object(kind)) {
        if (Result<void> done = key(whole, keys, width); !done) return done;
      }
      if (Result<void> done = element(whole, values, large, depth); !done) return done;
    }
    out_ += is_object(kind) ? '}' : ']';
    return {};
  }

  Result<void> key(ByteView whole, ByteReader& entries, std::size_t width) {
    const std::uint64_t offset = entries.integer(width);
    const std::uint64_t size = entries.u16();
    if (offset > whole.size() || size > whole.size() - offset) return malformed("a member's name");
    append_json_string(whole.subspan(offset, size), out_);
    out_ += ": ";
    return {};
  }

  Result<void> element(ByteView whole, ByteReader& entries, bool large, std::size_t depth) {
    const auto kind = static_cast<Kind>(entries.u8());
    const ByteView place = entries.take(large ? 4 : 2);
    if (is_inlined(kind, large)) return value(kind, place, depth);
    ByteReader reader(place);
    const std::uint64_t offset = reader.integer(place.size());
    if (offset > whole.size()) return malformed("an offset");
    return value(kind, whole.subspan(offset), depth);
  }

  Result<void> scalar(Kind kind, ByteView bytes) {
    ByteReader reader(bytes);
    const auto number = [this](auto value) {
      fmt::format_to(std::back_inserter(out_), "{}", value);
    };
    switch (kind) {
      case Kind::Literal:
        if (!literal(reader.u8())) return malformed("a literal");
        break;
      case Kind::Int16:
        number(static_cast<std::int16_t>(reader.u16()));
        break;
      case Kind::Uint16:
        number(reader.u16());
        break;
      case Kind::Int32:
        number(static_cast<std::int32_t>(reader.u32()));
        break;
      case Kind::Uint32:
        number(reader.u32());
        break;
      case Kind::Int64:
        number(static_cast<std::int64_t>(reader.u64()));
        break;
      case Kind::Uint64:
        number(reader.u64());
        break;
      case Kind::Double:
        if (!real(std::bit_cast<double>(reader.u64()))) return malformed("no finite number");
        break;
      default:
        return malformed("a type that is not known");
    }
    if (reader.failed()) return malformed("a short number");
    return {};
  }

  bool real(double value) {
    if (!std::isfinite(value)) return false;
    append_double(value, out_);
    return true;
  }

  bool literal(std::uint8_t which) {
    constexpr std::string_view kLiterals[] = {"null", "true", "false"};
    if (which > 2) return false;
    out_ += kLiterals[which];
    return true;
  }

  static ByteView take_sized(ByteReader& reader) {
    std::uint64_t size = 0;
    for (unsigned i = 0; i < 5; ++i) {
      const std::uint8_t byte = reader.u8();
      size |= std::uint64_t{byte & 0x7fu} << (7 * i);
      if ((byte & 0x80) == 0) return reader.take(size);
    }
    reader.fail();
    return {};
  }

  Result<void> string(ByteView bytes) {
    ByteReader reader(bytes);
    const ByteView text = take_sized(reader);
    if (reader.failed()) return malformed("a short string");
    append_json_string(text, out_);
    return {};
  }

  Result<void> opaque(ByteView bytes) {
    ByteReader reader(bytes);
    const std::uint8_t type = reader.u8();
    const ByteView data = take_sized(reader);
    if (reader.failed()) return malformed("a short value of another type");
    switch (static_cast<ColumnType>(type)) {
      case ColumnType::NewDecimal:
        if (data.size() < 2 || !append_decimal(data.subspan(2), data[0], data[1], out_)) {
          return malformed("a decimal");
        }
        return {};
      case ColumnType::Date:
      case ColumnType::DateTime:
      case ColumnType::Timestamp:
      case ColumnType::Time:
        return time(static_cast<ColumnType>(type), data);
      default:
        fmt::format_to(std::back_inserter(out_), "\"base64:type{}:", type);
        append_base64(data, out_);
        out_ += '"';
        return {};
    }
  }

  Result<void> time(ColumnType type, ByteView data) {
    ByteReader reader(data);
    const auto packed = static_cast<std::int64_t>(reader.u64());
    if (reader.failed()) return malformed("a short time");
    auto out = std::back_inserter(out_);
    out_ += '"';
    if (type == ColumnType::Time) {
      const std::int64_t micro = unpack_time(packed).microseconds;
      const std::int64_t absolute = micro < 0 ? -micro : micro;
      fmt::format_to(out, "{}{:02}:{:02}:{:02}.{:06}", micro < 0 ? "-" : "", absolute / 3600000000,
                     absolute / 60000000 % 60, absolute / 1000000 % 60, absolute % 1000000);
    } else {
      const CivilTime time = unpack_datetime(packed);
      append_date(time.date, out_);
      if (type != ColumnType::Date) {
        fmt::format_to(out, " {:02}:{:02}:{:02}.{:06}", time.hour, time.minute, time.second,
                       time.microsecond);
      }
    }
    out_ += '"';
    return {};
  }

  std::string& out_;
  std::size_t limit_;
};

}  // namespace

void append_json_string(ByteView text, std::string& out) {
  const std::size_t start = out.size();
  append_utf8(CharacterSet::Utf8, text, out);
  std::size_t special = start;
  const auto is_special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  while (special < out.size() && !is_special(out[special]))
    ++special;
  const std::string rest = out.substr(special);
  out.resize(special);
  out.insert(start, 1, '"');
  for (const char c : rest) {
    constexpr std::string_view kNamed = "\b\f\n\r\t\"\\";
    constexpr std::string_view kEscapes = "bfnrt\"\\";
    const std::size_t named = kNamed.find(c);
    if (named != std::string_view::npos) {
      out += '\\';
      out += kEscapes[named];
    } else if (is_special(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

Result<void> append_json(ByteView document, std::string& out) {
  // An empty document is how servers log what a failed conversion left: they read it as null.
  if (document.empty()) {
    out += "null";
    return {};
  }
  // No value's text takes more than this for each of its bytes; parts that are referred to twice
  // would make it grow without bound.
  constexpr std::size_t kTextPerByte = 64;
  Writer writer(out, out.size() + kTextPerByte * document.size());
  return writer.value(static_cast<Kind>(document[0]), document.subspan(1), 0);
}

}  // namespace understudy::replication
