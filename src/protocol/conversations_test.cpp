#include <gmock/gmock.h>

#include <span>

#include "conversation.h"
#include "protocol/client_handshake.h"
#include "protocol/commands.h"
#include "protocol/packet_reader.h"
#include "protocol/response_scanner.h"
#include "protocol/rows.h"
#include "protocol/server_handshake.h"

// What real servers said (tests/corpus/conversations), cut in every way.
namespace understudy::protocol {
namespace {

using testing::ElementsAreArray;
using understudy::test::Conversation;
using understudy::test::read_conversations;
using understudy::test::RecordedExchange;

std::string to_string(PacketKind kind) {
  switch (kind) {
    case PacketKind::Raw:
      return "Raw";
    case PacketKind::Ok:
      return "Ok";
    case PacketKind::Err:
      return "Err";
    case PacketKind::ColumnsEnd:
      return "ColumnsEnd";
    case PacketKind::ResultEnd:
      return "ResultEnd";
    case PacketKind::PrepareOk:
      return "PrepareOk";
    case PacketKind::LocalInfile:
      return "LocalInfile";
    case PacketKind::Text:
      return "Text";
  }
  return "?";
}

struct Scanned {
  std::vector<std::string> kinds;
  Bytes bytes;
  bool last = false;
  bool failed = false;
  std::size_t left = 0;  // bytes after the end
};

Scanned scan(ResponseScanner scanner, std::span<const ByteView> pieces) {
  Scanned scanned;
  for (ByteView piece : pieces) {
    while (!scanned.last) {
      const auto step = scanner.next(piece);
      if (!step) {
        scanned.failed = true;
        return scanned;
      }
      if (!*step) break;
      const ScanStep& found = **step;
      if (found.kind != PacketKind::Raw) scanned.kinds.push_back(to_string(found.kind));
      append(scanned.bytes, found.bytes);
      scanned.last = found.last;
    }
    scanned.left += piece.size();
  }
  return scanned;
}

ResponseScanner scanner_for(const Conversation& conversation, const RecordedExchange& exchange) {
  const auto command = static_cast<Command>(exchange.sent[kFrameHeaderSize]);
  return {shape_of(command), conversation.capabilities};
}

template <typename Each>
void for_each_exchange(Each each) {
  const auto conversations = read_conversations();
  ASSERT_GE(conversations.size(), 4U);
  for (const Conversation& conversation : conversations) {
    ASSERT_GE(conversation.exchanges.size(), 40U);
    for (const RecordedExchange& exchange : conversation.exchanges) {
      SCOPED_TRACE(conversation.file + ": " + exchange.name);
      each(conversation, exchange);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

void expect_whole(const RecordedExchange& exchange, const Scanned& scanned) {
  ASSERT_FALSE(scanned.failed);
  ASSERT_TRUE(scanned.last);
  ASSERT_EQ(scanned.left, 0U);
  ASSERT_THAT(scanned.kinds, ElementsAreArray(exchange.kinds));
  ASSERT_TRUE(scanned.bytes == exchange.answer);
}

TEST(ConversationsTest, WholeAnswersAreScannedToTheirEnd) {
  for_each_exchange([](const Conversation& conversation, const RecordedExchange& exchange) {
    const ByteView pieces[] = {exchange.answer};
    expect_whole(exchange, scan(scanner_for(conversation, exchange), pieces));
  });
}

TEST(ConversationsTest, AnswersAreTheSameOneByteAtATime) {
  for_each_exchange([](const Conversation& conversation, const RecordedExchange& exchange) {
    std::vector<ByteView> pieces;
    for (const std::uint8_t& byte : exchange.answer)
      pieces.emplace_back(&byte, 1);
    expect_whole(exchange, scan(scanner_for(conversation, exchange), pieces));
  });
}

TEST(ConversationsTest, AnswersAreTheSameCutInTwoAnywhere) {
  for_each_exchange([](const Conversation& conversation, const RecordedExchange& exchange) {
    const ByteView answer = exchange.answer;
    // In a long answer the cuts in the long row are all alike.
    const std::size_t stride = answer.size() > 20'000 ? 37 : 1;
    for (std::size_t cut = 1; cut < answer.size(); cut += stride) {
      const ByteView pieces[] = {answer.first(cut), answer.subspan(cut)};
      expect_whole(exchange, scan(scanner_for(conversation, exchange), pieces));
      if (testing::Test::HasFatalFailure()) return;
    }
  });
}

TEST(ConversationsTest, BytesOfTheNextAnswerAreLeftAlone) {
  for_each_exchange([](const Conversation& conversation, const RecordedExchange& exchange) {
    Bytes two = exchange.answer;
    append(two, exchange.answer);
    const ByteView pieces[] = {two};
    const Scanned scanned = scan(scanner_for(conversation, exchange), pieces);
    ASSERT_TRUE(scanned.last);
    ASSERT_EQ(scanned.left, exchange.answer.size());
  });
}

// --- rows ---

struct Decoded {
  std::vector<Bytes> definitions;  // what the columns' views point into
  std::vector<ColumnDefinition> columns;
  std::vector<Bytes> packets;
  std::vector<std::vector<Value>> rows;
};

// The first result of an exchange of the conversation that has both kinds of EOF.
Decoded decode(const RecordedExchange& exchange, bool binary) {
  Decoded decoded;
  PacketReader reader(exchange.answer);
  const std::size_t columns = (*reader.next())[0];
  for (std::size_t i = 0; i < columns; ++i) {
    const ByteView payload = *reader.next();
    decoded.definitions.emplace_back(payload.begin(), payload.end());
  }
  for (const Bytes& payload : decoded.definitions)
    decoded.columns.push_back(*parse_column(payload));
  reader.next();
  while (const auto payload = reader.next()) {
    if ((*payload)[0] == 0xfe && payload->size() < 9) break;
    decoded.packets.emplace_back(payload->begin(), payload->end());
  }
  for (const Bytes& payload : decoded.packets) {
    std::vector<Value>& row = decoded.rows.emplace_back();
    const Result<void> done = binary ? decode_binary_row(payload, decoded.columns, row)
                                     : decode_text_row(payload, decoded.columns, row);
    EXPECT_TRUE(done.ok());
  }
  return decoded;
}

const RecordedExchange& find(const Conversation& conversation, std::string_view name) {
  for (const RecordedExchange& exchange : conversation.exchanges)
    if (exchange.name == name) return exchange;
  return conversation.exchanges.front();
}

std::vector<Value> expected_row() {
  static constexpr std::uint8_t kBlob[] = {0x00, 0xff, 0x10};
  static constexpr std::uint8_t kVarBinary[] = {0xfe};
  const Date leap{2024, 2, 29};
  return {std::int64_t{-128},
          std::uint64_t{65535},
          std::int64_t{-8388608},
          std::uint64_t{4294967295},
          std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::uint64_t>::max(),
          1.5F,
          -2.25,
          Decimal{"-123456789012345.54321"},
          leap,
          DateTime{{2024, 12, 31}, 23, 59, 59, 123456},
          DateTime{{2001, 2, 3}, 4, 5, 6, 0},
          Time{-(std::int64_t{838 * 3600 + 59 * 60 + 59} * 1'000'000 + 1'000)},
          std::uint64_t{2024},
          std::uint64_t{0b101010101010},
          std::string_view("abc"),
          std::string_view("d\xc3\xa9j\xc3\xa0 vu"),
          std::string_view("text"),
          ByteView(kBlob),
          ByteView(kVarBinary),
          std::string_view("y"),
          std::string_view("x,y"),
          std::string_view("{\"a\": 1}")};
}

bool same(const Value& left, const Value& right) {
  const auto* const left_bytes = std::get_if<ByteView>(&left);
  const auto* const right_bytes = std::get_if<ByteView>(&right);
  if (left_bytes != nullptr && right_bytes != nullptr)
    return std::ranges::equal(*left_bytes, *right_bytes);
  if (left.index() != right.index() || left_bytes != nullptr) return false;
  return std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, ByteView>) {
          return false;
        } else {
          return value == std::get<T>(right);
        }
      },
      left);
}

void expect_all_types(const Decoded& decoded) {
  ASSERT_EQ(decoded.rows.size(), 3U);
  const std::vector<Value> expected = expected_row();
  ASSERT_EQ(decoded.columns.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(same(decoded.rows[0][i], expected[i])) << decoded.columns[i].name;
    EXPECT_TRUE(same(decoded.rows[1][i], Null{})) << decoded.columns[i].name;
  }
  EXPECT_TRUE(same(decoded.rows[2][9], Date{}));
  EXPECT_TRUE(same(decoded.rows[2][10], DateTime{}));
  EXPECT_TRUE(same(decoded.rows[2][12], Time{}));
}

TEST(ConversationsTest, EveryTypeIsDecodedFromTextAndBinaryRows) {
  for (const Conversation& conversation : read_conversations()) {
    if ((conversation.capabilities & kDeprecateEof) != 0) continue;
    SCOPED_TRACE(conversation.file);
    expect_all_types(decode(find(conversation, "all types as text"), false));
    expect_all_types(decode(find(conversation, "all types as binary"), true));
  }
}

TEST(ConversationsTest, ParametersAreEncodedAsTheRecorderDid) {
  const auto conversations = read_conversations();
  const RecordedExchange& recorded = find(conversations[0], "execute with parameters");
  const Value parameters[] = {std::string_view("abc"), std::int64_t{3}};
  Bytes out;
  append_stmt_execute(out, ByteReader(ByteView(recorded.sent).subspan(5)).u32(), parameters);
  EXPECT_EQ(out, recorded.sent);
}

// --- logins ---

TEST(ConversationsTest, AServersLoginSucceedsWithTheRecordedGreeting) {
  for (const Conversation& conversation : read_conversations()) {
    SCOPED_TRACE(conversation.file);
    ClientHandshakeOptions options;
    options.user = "recorder";
    options.has_password = true;
    options.password_sha1 = password_sha1(conversation.password);
    options.capabilities = conversation.capabilities;
    ClientHandshake handshake(options);
    Bytes out;
    ASSERT_TRUE(handshake.feed(conversation.greeting, out).ok());
    EXPECT_FALSE(out.empty());
    EXPECT_NE(handshake.greeting().server_version.find("10.11"), std::string::npos);
    ASSERT_TRUE(handshake.feed(conversation.verdict, out).ok());
    EXPECT_TRUE(handshake.done());
  }
}

TEST(ConversationsTest, AClientsRecordedProofFitsThePassword) {
  for (const Conversation& conversation : read_conversations()) {
    SCOPED_TRACE(conversation.file);
    const ByteView greeting_payload = ByteView(conversation.greeting).subspan(kFrameHeaderSize);
    const Result<Greeting> greeting = parse_greeting(greeting_payload);
    ASSERT_TRUE(greeting.ok());
    ServerHandshake handshake(*greeting);
    const auto event = handshake.feed(conversation.login);
    ASSERT_TRUE(event.ok() && *event == ServerHandshake::Event::Credentials);
    const ClientCredentials& credentials = handshake.credentials();
    EXPECT_EQ(credentials.user, "recorder");
    EXPECT_EQ(credentials.schema, "t");
    // SELECT PASSWORD('correct horse')
    const auto stage1 = verify_native_password(credentials.auth_response, greeting->scramble,
                                               "*0E8F21E4240F5AD5A07D088F9C93890D13D78A4E");
    ASSERT_TRUE(stage1);
    EXPECT_EQ(*stage1, password_sha1(conversation.password));
  }
}

}  // namespace
}  // namespace understudy::protocol
