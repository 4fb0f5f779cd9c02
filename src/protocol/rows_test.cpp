#include "protocol/rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "protocol/commands.h"
#include "protocol/lenenc.h"
#include "protocol/packet_reader.h"
#include "protocol/server_errors.h"
#include "protocol/text_result.h"

namespace understudy::protocol {
namespace {

ColumnDefinition column(ColumnType type, std::uint16_t flags = 0, std::uint16_t collation = 63) {
  ColumnDefinition definition;
  definition.type = type;
  definition.flags = flags;
  definition.collation = collation;
  return definition;
}

Bytes field(std::string_view text) {
  Bytes out;
  append_lenenc_bytes(out, as_bytes(text));
  return out;
}

TEST(ColumnTest, SurvivesTheWire) {
  ColumnDefinition sent = column(ColumnType::NewDecimal, kColumnUnsigned);
  sent.schema = "shop";
  sent.table = "o";
  sent.org_table = "orders";
  sent.name = "total";
  sent.org_name = "amount";
  sent.length = 12;
  sent.decimals = 2;
  Bytes payload;
  append_column_payload(payload, sent);
  const auto read = parse_column(payload);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->schema, "shop");
  EXPECT_EQ(read->org_table, "orders");
  EXPECT_EQ(read->name, "total");
  EXPECT_EQ(read->org_name, "amount");
  EXPECT_EQ(read->type, ColumnType::NewDecimal);
  EXPECT_TRUE(read->is_unsigned());
  EXPECT_TRUE(read->is_binary());
  EXPECT_EQ(read->decimals, 2);
  for (std::size_t size = 0; size + 2 < payload.size(); ++size)
    EXPECT_FALSE(parse_column(ByteView(payload).first(size)).ok()) << size;
}

TEST(TextRowTest, ValuesThatAreNotOfTheirTypeAreRefused) {
  const std::pair<ColumnType, std::string_view> bad[] = {
      {ColumnType::Long, ""},
      {ColumnType::Long, "12x"},
      {ColumnType::LongLong, "99999999999999999999"},
      {ColumnType::Double, "one"},
      {ColumnType::Date, "2024-1-1"},
      {ColumnType::Date, "2024-01-01 "},
      {ColumnType::DateTime, "2024-01-01"},
      {ColumnType::DateTime, "2024-01-01 00:00:00."},
      {ColumnType::Time, "1:2:3"},
      {ColumnType::Bit, "nine bytes"},
  };
  for (const auto& [type, text] : bad)
    EXPECT_FALSE(decode_text_value(text, column(type)).ok()) << text;
}

TEST(TextRowTest, LimitsOfNumbers) {
  const auto unsigned_column = column(ColumnType::LongLong, kColumnUnsigned);
  EXPECT_EQ(std::get<std::uint64_t>(*decode_text_value("18446744073709551615", unsigned_column)),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(decode_text_value("-1", unsigned_column).ok());
  const auto largest = decode_text_value("3.40283e38", column(ColumnType::Float));
  EXPECT_EQ(std::get<float>(*largest), std::numeric_limits<float>::max());
}

TEST(TextRowTest, TimesOfBothSigns) {
  const auto time = [](std::string_view text) {
    return std::get<Time>(*decode_text_value(text, column(ColumnType::Time))).microseconds;
  };
  EXPECT_EQ(time("00:00:01"), 1'000'000);
  EXPECT_EQ(time("-00:00:00.5"), -500'000);
  EXPECT_EQ(time("838:59:59"), 3'020'399'000'000);
}

TEST(TextRowTest, ARowMustHaveAllItsColumnsAndNoMore) {
  const ColumnDefinition columns[] = {column(ColumnType::Long), column(ColumnType::Long)};
  Bytes row = field("1");
  std::vector<Value> values;
  EXPECT_FALSE(decode_text_row(row, columns, values).ok());
  row.push_back(0xfb);
  ASSERT_TRUE(decode_text_row(row, columns, values).ok());
  EXPECT_EQ(std::get<std::int64_t>(values[0]), 1);
  EXPECT_TRUE(std::holds_alternative<Null>(values[1]));
  row.push_back(0);
  EXPECT_FALSE(decode_text_row(row, columns, values).ok());
}

TEST(BinaryRowTest, EveryTruncationIsRefused) {
  const ColumnDefinition columns[] = {column(ColumnType::LongLong), column(ColumnType::Time),
                                      column(ColumnType::VarString)};
  Bytes row = {0x00, 0x00};
  ByteWriter writer(row);
  writer.u64(1);
  writer.bytes(Bytes{8, 1, 1, 0, 0, 0, 2, 3, 4});
  append(row, field("text"));
  std::vector<Value> values;
  ASSERT_TRUE(decode_binary_row(row, columns, values).ok());
  EXPECT_EQ(std::get<Time>(values[1]).microseconds, -(86400 + 2 * 3600 + 3 * 60 + 4) * 1'000'000LL);
  for (std::size_t size = 0; size < row.size(); ++size)
    EXPECT_FALSE(decode_binary_row(ByteView(row).first(size), columns, values).ok()) << size;
}

TEST(BinaryRowTest, ATimeHasALimit) {
  const ColumnDefinition columns[] = {column(ColumnType::Time)};
  std::vector<Value> values;
  const Bytes row = {0, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0};
  EXPECT_FALSE(decode_binary_row(row, columns, values).ok());
}

TEST(BinaryRowTest, OddLengthsOfDatesAreRefused) {
  for (const std::uint8_t size : Bytes{1, 3, 5, 8, 10, 12}) {
    Bytes row = {0x00, 0x00, size};
    row.insert(row.end(), size, 1);
    const ColumnDefinition columns[] = {column(ColumnType::DateTime)};
    std::vector<Value> values;
    EXPECT_FALSE(decode_binary_row(row, columns, values).ok()) << int{size};
  }
}

TEST(ParametersTest, ReadBackAsABinaryRow) {
  const Bytes blob = {0, 1, 2};
  const DateTime moment{{2024, 2, 29}, 1, 2, 3, 4};
  const Value parameters[] = {
      std::int64_t{-5},         Null{},         std::uint64_t{7}, 1.5F,   -2.5,
      std::string_view("text"), ByteView(blob), moment.date,      moment, Time{-3'020'399'000'001},
      Decimal{"1.10"}};
  constexpr std::size_t kCount = std::size(parameters);
  Bytes out;
  append_stmt_execute(out, 77, parameters);
  ByteReader reader(ByteView(out).subspan(kFrameHeaderSize));
  EXPECT_EQ(reader.u8(), 0x17);
  EXPECT_EQ(reader.u32(), 77U);
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.u32(), 1U);
  const ByteView nulls = reader.take((kCount + 7) / 8);
  EXPECT_EQ(nulls[0], 0b10);
  EXPECT_EQ(nulls[1], 0);
  EXPECT_EQ(reader.u8(), 1);
  std::vector<ColumnDefinition> columns;
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto type = static_cast<ColumnType>(reader.u8());
    const std::uint8_t flags = reader.u8();
    columns.push_back(
        column(type, flags == 0 ? 0 : kColumnUnsigned, type == ColumnType::VarString ? 45 : 63));
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i == 1) continue;
    const Value value = read_binary_value(reader, columns[i]);
    ASSERT_EQ(value.index(), parameters[i].index()) << i;
    const bool equal = std::visit(
        [&](const auto& read) {
          using T = std::decay_t<decltype(read)>;
          if constexpr (std::is_same_v<T, ByteView>) {
            return std::ranges::equal(read, blob);
          } else {
            return read == std::get<T>(parameters[i]);
          }
        },
        value);
    EXPECT_TRUE(equal) << i;
  }
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_FALSE(reader.failed());
}

TEST(TextResultTest, IsReadBackByTheDecoders) {
  const std::string_view names[] = {"name", "value"};
  const std::optional<std::string_view> row[] = {"epoch", std::nullopt};
  TextResultBuilder builder(0);
  builder.columns(names, 2);
  builder.row(row);
  const Bytes framed = std::move(builder).finish(2);
  PacketReader reader(framed);
  EXPECT_EQ((*reader.next())[0], 2);
  std::vector<ColumnDefinition> columns;
  for (const std::string_view name : names) {
    columns.push_back(*parse_column(*reader.next()));
    EXPECT_EQ(columns.back().name, name);
  }
  EXPECT_EQ((*reader.next())[0], 0xfe);
  std::vector<Value> values;
  ASSERT_TRUE(decode_text_row(*reader.next(), columns, values).ok());
  EXPECT_EQ(std::get<std::string_view>(values[0]), "epoch");
  EXPECT_TRUE(std::holds_alternative<Null>(values[1]));
}

TEST(ServerErrorsTest, TheTableAnswers) {
  EXPECT_FALSE(server_error_traits(1927).connection_usable);
  EXPECT_FALSE(server_error_traits(1053).connection_usable);
  EXPECT_TRUE(server_error_traits(1213).retry_safe);
  EXPECT_TRUE(server_error_traits(kErrorReadOnlyTransaction).connection_usable);
  EXPECT_TRUE(server_error_traits(1064).connection_usable);
  EXPECT_FALSE(server_error_traits(1064).retry_safe);
}

}  // namespace
}  // namespace understudy::protocol
