#include <gtest/gtest.h>

#include <limits>

#include "client/decode.h"
#include "client/retry.h"
#include "client/settings.h"
#include "protocol/column.h"
#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/packet.h"
#include "protocol/rows.h"
#include "understudy/cluster.h"

namespace understudy::client {
namespace {

using protocol::ColumnType;

void add_packet(Bytes& out, const Bytes& payload) {
  static_assert(protocol::kFramePayloadMax == 0xffffff);
  std::uint8_t sequence = 1;
  protocol::append_packet(out, sequence, payload);
}

void add_column(Bytes& out, std::string_view name, ColumnType type, std::uint16_t flags = 0,
                std::uint16_t collation = 45) {
  protocol::ColumnDefinition column;
  column.name = name;
  column.table = "product";
  column.type = type;
  column.flags = flags;
  column.collation = collation;
  Bytes payload;
  protocol::append_column_payload(payload, column);
  add_packet(out, payload);
}

// A result of three columns: id BIGINT UNSIGNED, name VARCHAR, seen DATETIME.
Bytes header() {
  Bytes out;
  add_packet(out, {3});
  add_column(out, "id", ColumnType::LongLong, protocol::kColumnUnsigned, 63);
  add_column(out, "name", ColumnType::VarString);
  add_column(out, "seen", ColumnType::DateTime, 0, 63);
  return out;
}

TEST(Decode, ReadsBinaryRowsWithTheirTypesAndNulls) {
  Bytes out = header();
  Bytes row{0, 0};
  ByteWriter writer(row);
  writer.u64(std::numeric_limits<std::uint64_t>::max());
  protocol::append_lenenc_bytes(row, as_bytes("Glühbirne"));
  writer.u8(7);
  writer.u16(2024);
  for (const int part : {2, 29, 23, 59, 58})
    writer.u8(static_cast<std::uint8_t>(part));
  add_packet(out, row);
  add_packet(out, {0, 0b00011100});  // three NULLs

  const Result<QueryResult> decoded = decode_result(out, true);
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ(decoded->columns()[1].name, "name");
  EXPECT_EQ(decoded->columns()[1].table, "product");
  const Row& first = (*decoded)[0];
  EXPECT_EQ(first.get<std::uint64_t>("ID"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(first.get<std::string>(1), "Glühbirne");
  EXPECT_EQ(first.get<DateTime>("seen"), (DateTime{{2024, 2, 29}, 23, 59, 58, 0}));
  const Row& second = (*decoded)[1];
  EXPECT_TRUE(second.is_null("id"));
  EXPECT_EQ(second.get<std::optional<std::string>>("name"), std::nullopt);
  EXPECT_THROW((void)second.get<std::string>("name"), std::invalid_argument);
}

TEST(Decode, JoinsRowsOfSeveralFrames) {
  Bytes out;
  add_packet(out, {1});
  add_column(out, "body", ColumnType::LongBlob, 0, 63);
  const Bytes large(protocol::kFramePayloadMax + 1000, 0x5a);
  Bytes row{0, 0};
  protocol::append_lenenc_bytes(row, large);
  add_packet(out, row);
  const Result<QueryResult> decoded = decode_result(out, true);
  ASSERT_TRUE(decoded.ok());
  const Blob body = (*decoded)[0].get<Blob>(0);
  EXPECT_EQ(body.size(), large.size());
  EXPECT_EQ(body.back(), std::byte{0x5a});
}

TEST(Decode, RefusesWhatIsCutOff) {
  Bytes out = header();
  Bytes row{0, 0};
  ByteWriter(row).u64(7);
  protocol::append_lenenc_bytes(row, as_bytes("lamp"));
  row.push_back(0);
  add_packet(out, row);
  for (std::size_t size = 1; size < out.size(); ++size) {
    const Result<QueryResult> decoded = decode_result(ByteView(out).first(size), true);
    // Whole rows may be missing, a part of one may not.
    if (decoded.ok()) {
      EXPECT_TRUE(decoded->empty()) << size;
      EXPECT_EQ(decoded->columns().size(), 3u) << size;
    }
  }
  ASSERT_TRUE(decode_result(out, true).ok());
}

TEST(Decode, ParametersComeBackAsTheyWere) {
  const std::vector<Value> values{to_value(nullptr),
                                  to_value(-1),
                                  to_value(std::numeric_limits<std::uint64_t>::max()),
                                  to_value(0.5),
                                  Decimal{"-12.50"},
                                  to_value("it's \"quoted\""),
                                  Blob{std::byte{0}, std::byte{255}},
                                  Date{2024, 2, 29},
                                  DateTime{{2024, 2, 29}, 1, 2, 3, 4},
                                  to_value(-std::chrono::hours(30)),
                                  to_value(std::optional<int>())};
  const auto parameters = to_parameters(values);
  ASSERT_EQ(parameters.size(), values.size());
  EXPECT_TRUE(std::holds_alternative<protocol::Null>(parameters[0]));
  EXPECT_EQ(std::get<std::int64_t>(parameters[1]), -1);
  EXPECT_EQ(std::get<std::uint64_t>(parameters[2]), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(std::get<double>(parameters[3]), 0.5);
  EXPECT_EQ(std::get<protocol::Decimal>(parameters[4]).text, "-12.50");
  EXPECT_EQ(std::get<std::string_view>(parameters[5]), "it's \"quoted\"");
  EXPECT_EQ(std::get<ByteView>(parameters[6]).size(), 2u);
  EXPECT_EQ(std::get<protocol::Date>(parameters[7]).day, 29);
  EXPECT_EQ(std::get<protocol::DateTime>(parameters[8]).microsecond, 4u);
  EXPECT_EQ(std::get<protocol::Time>(parameters[9]).microseconds, -108'000'000'000);
  EXPECT_TRUE(std::holds_alternative<protocol::Null>(parameters[10]));
}

TEST(Value, ConvertsOnlyWhereNothingIsLost) {
  EXPECT_EQ(from_value<int>(Value(std::int64_t{42})), 42);
  EXPECT_EQ(from_value<unsigned>(Value(std::int64_t{42})), 42u);
  EXPECT_TRUE(from_value<bool>(Value(std::int64_t{1})));
  EXPECT_EQ(from_value<double>(Value(Decimal{"12.25"})), 12.25);
  EXPECT_EQ(from_value<std::string>(Value(Decimal{"12.25"})), "12.25");
  EXPECT_THROW(from_value<std::int8_t>(Value(std::int64_t{300})), std::out_of_range);
  EXPECT_THROW(from_value<unsigned>(Value(std::int64_t{-1})), std::out_of_range);
  EXPECT_THROW(from_value<std::int64_t>(Value(std::numeric_limits<std::uint64_t>::max())),
               std::out_of_range);
  EXPECT_THROW(from_value<int>(Value(std::string("42"))), std::invalid_argument);
  EXPECT_THROW(from_value<Date>(Value(std::string("2024-01-01"))), std::invalid_argument);
}

TEST(Row, SaysWhichColumnIsMissing) {
  const auto columns = std::make_shared<std::vector<Column>>(std::vector<Column>{{"id", ""}});
  const Row row(columns, {std::int64_t{1}});
  EXPECT_THROW((void)row.get<int>("stock"), std::out_of_range);
  EXPECT_THROW((void)row.get<int>(1), std::out_of_range);
}

Error error_of(ErrorKind kind, std::uint16_t code, bool maybe_executed = false) {
  Error error = make_error(kind, "it failed");
  error.code = code;
  error.maybe_executed = maybe_executed;
  return error;
}

TEST(Retry, RepeatsOnlyWhatLeftNothingBehind) {
  EXPECT_TRUE(worth_repeating(error_of(ErrorKind::Server, 1213), false));
  EXPECT_TRUE(worth_repeating(error_of(ErrorKind::Lost, 2013), false));
  EXPECT_FALSE(worth_repeating(error_of(ErrorKind::Lost, 2013, true), false));
  EXPECT_TRUE(worth_repeating(error_of(ErrorKind::Lost, 2013, true), true));
  // A server that goes down may have finished a write before it said so.
  EXPECT_FALSE(worth_repeating(error_of(ErrorKind::Server, 1053), false));
  EXPECT_TRUE(worth_repeating(error_of(ErrorKind::Server, 1053), true));
  EXPECT_FALSE(worth_repeating(error_of(ErrorKind::Server, 1062), false));
  EXPECT_FALSE(worth_repeating(error_of(ErrorKind::Server, 1062), true));
  EXPECT_FALSE(worth_repeating(error_of(ErrorKind::Unreachable, 1105), true));
}

TEST(Retry, ExceptionsSayWhatMayHaveHappened) {
  const DatabaseError unknown = to_exception(error_of(ErrorKind::Lost, 2013, true), "db1", false);
  EXPECT_TRUE(unknown.maybe_executed());
  EXPECT_FALSE(unknown.retry_safe());
  EXPECT_EQ(unknown.server(), "db1");
  EXPECT_STREQ(unknown.what(), "server db1: it failed");
  const DatabaseError held = to_exception(error_of(ErrorKind::Unreachable, 1105), "", false);
  EXPECT_FALSE(held.maybe_executed());
  EXPECT_TRUE(held.retry_safe());
  const DatabaseError duplicate = to_exception(error_of(ErrorKind::Server, 1062), "db1", false);
  EXPECT_FALSE(duplicate.maybe_executed());
  EXPECT_FALSE(duplicate.retry_safe());
}

TEST(Retry, PausesGrowAndDiffer) {
  Random random(7);
  for (std::uint32_t attempt = 1; attempt < 40; ++attempt) {
    const Duration longest =
        std::min(kFirstPause * (1u << std::min(attempt - 1, 16u)), kLongestPause);
    const Duration pause = pause_after(attempt, random);
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
  }
  EXPECT_NE(pause_after(9, random), pause_after(9, random));
}

TEST(Settings, RefuseWhatCannotWork) {
  ClusterOptions options;
  options.service_user = options.user = "app";
  EXPECT_THROW(Cluster{options}, ConfigurationError);
  options.addresses = {"127.0.0.1:not-a-port"};
  EXPECT_THROW(Cluster{options}, ConfigurationError);
  EXPECT_THROW(Cluster::from_file("/nonexistent/understudy.toml"), ConfigurationError);
}

TEST(Cluster, SaysThatNoServerAnswers) {
  ClusterOptions options;
  options.service_user = options.user = "app";
  options.addresses = {"127.0.0.1:1"};
  options.hold = std::chrono::milliseconds(50);
  Cluster cluster(options);
  try {
    cluster.write("INSERT INTO product (name) VALUES (?)", "lamp");
    FAIL() << "there is no server";
  } catch (const DatabaseError& error) {
    EXPECT_FALSE(error.maybe_executed());
    EXPECT_TRUE(error.retry_safe());
    EXPECT_TRUE(error.server().empty());
  }
  EXPECT_THROW(cluster.transaction([](Transaction&) { FAIL() << "it has not begun"; }),
               DatabaseError);
}

TEST(Cluster, RefusesAWrongNumberOfParameters) {
  ClusterOptions options;
  options.service_user = options.user = "app";
  options.addresses = {"127.0.0.1:1"};
  Cluster cluster(options);
  EXPECT_THROW(cluster.read("SELECT ?, '?' -- ?", 1, 2), std::invalid_argument);
  EXPECT_THROW(cluster.write("DELETE FROM product WHERE id = ?"), std::invalid_argument);
  EXPECT_THROW(cluster.read("SELECT @understudy_token"), std::invalid_argument);
  Session session = cluster.session();
  EXPECT_EQ(session.token(), "");
  EXPECT_THROW(session.set_token("nonsense"), std::invalid_argument);
}

}  // namespace
}  // namespace understudy::client
