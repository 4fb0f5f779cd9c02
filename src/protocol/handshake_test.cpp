#include "protocol/handshake.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/caching_sha2.h"
#include "protocol/client_handshake.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"
#include "protocol/server_handshake.h"

namespace understudy::protocol {
namespace {

// SELECT PASSWORD('secret')
constexpr std::string_view kSecretHash = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";
constexpr std::uint32_t kOffered = kLongPassword | kProtocol41 | kConnectWithDb |
                                   kSecureConnection | kPluginAuth | kTransactions | kMultiResults |
                                   kPsMultiResults | kSessionTrack | kDeprecateEof;

using Event = ServerHandshake::Event;

Scramble scramble_of(char c) {
  Scramble scramble{};
  scramble.fill(static_cast<std::uint8_t>(c));
  return scramble;
}

Greeting greeting() {
  Greeting greeting;
  greeting.server_version = "5.5.5-10.11.19-MariaDB";
  greeting.connection_id = 42;
  greeting.scramble = scramble_of('a');
  greeting.capabilities = kOffered;
  greeting.collation = 45;
  greeting.status = kStatusAutocommit;
  greeting.plugin = kNativePasswordPlugin;
  return greeting;
}

Bytes framed(ByteView payload, std::uint8_t sequence) {
  Bytes out;
  append_packet(out, sequence, payload);
  return out;
}

Bytes ok(std::uint8_t sequence) {
  Bytes payload;
  append_ok_payload(payload, OkPacket{}, kSessionTrack);
  return framed(payload, sequence);
}

ClientHandshakeOptions with_password(std::string_view password) {
  ClientHandshakeOptions options;
  options.user = "app";
  options.schema = "shop";
  options.has_password = !password.empty();
  if (options.has_password) options.password_sha1 = password_sha1(password);
  return options;
}

// --- passwords ---

TEST(NativePasswordTest, ARightAnswerYieldsTheFirstHash) {
  const Sha1 stage1 = password_sha1("secret");
  const Sha1 answer = native_password_response(stage1, scramble_of('x'));
  const auto verified = verify_native_password(answer, scramble_of('x'), kSecretHash);
  ASSERT_TRUE(verified);
  EXPECT_EQ(*verified, stage1);
}

TEST(NativePasswordTest, WrongAnswersAreRefused) {
  const Scramble scramble = scramble_of('x');
  Sha1 answer = native_password_response(password_sha1("secret"), scramble);
  EXPECT_FALSE(verify_native_password(answer, scramble_of('y'), kSecretHash));
  EXPECT_FALSE(verify_native_password({}, scramble, kSecretHash));
  EXPECT_FALSE(verify_native_password(ByteView(answer).first(19), scramble, kSecretHash));
  EXPECT_FALSE(verify_native_password(answer, scramble, ""));
  EXPECT_FALSE(verify_native_password(answer, scramble, "*14E6"));
  EXPECT_FALSE(verify_native_password(answer, scramble, std::string(41, '*')));
  answer[0] ^= 1;
  EXPECT_FALSE(verify_native_password(answer, scramble, kSecretHash));
}

TEST(NativePasswordTest, NoPasswordMeansAnEmptyAnswer) {
  EXPECT_TRUE(verify_native_password({}, scramble_of('x'), ""));
}

// --- a client and a server of ours ---

TEST(HandshakeTest, OurClientLogsInToOurServer) {
  ServerHandshake server(greeting());
  ClientHandshake client(with_password("secret"));
  Bytes to_server;
  ASSERT_TRUE(client.feed(server.greeting(), to_server).ok());
  const auto event = server.feed(to_server);
  ASSERT_TRUE(event.ok() && *event == Event::Credentials);
  EXPECT_EQ(server.credentials().user, "app");
  EXPECT_EQ(server.credentials().schema, "shop");
  EXPECT_EQ(server.credentials().plugin, kNativePasswordPlugin);
  EXPECT_EQ(server.reply_sequence(), 2);
  EXPECT_TRUE(
      verify_native_password(server.credentials().auth_response, server.scramble(), kSecretHash));
  to_server.clear();
  ASSERT_TRUE(client.feed(ok(2), to_server).ok());
  EXPECT_TRUE(client.done());
  EXPECT_TRUE(to_server.empty());
  EXPECT_EQ(client.greeting().connection_id, 42U);
  EXPECT_EQ(client.capabilities() & ~kOffered & ~kLongFlag, 0U);
}

TEST(HandshakeTest, OneByteAtATime) {
  ServerHandshake server(greeting());
  ClientHandshake client(with_password(""));
  Bytes to_server;
  for (const std::uint8_t byte : server.greeting())
    ASSERT_TRUE(client.feed({&byte, 1}, to_server).ok());
  Event last = Event::More;
  for (const std::uint8_t byte : to_server) {
    ASSERT_EQ(last, Event::More);
    const auto event = server.feed({&byte, 1});
    ASSERT_TRUE(event.ok());
    last = *event;
  }
  ASSERT_EQ(last, Event::Credentials);
  EXPECT_TRUE(server.credentials().auth_response.empty());
}

TEST(ServerHandshakeTest, OldAndOddClientsAreToldWhy) {
  struct Case {
    Bytes payload;
    ErrorKind kind;
    std::uint16_t code;
  };
  Bytes ssl_request;
  ByteWriter writer(ssl_request);
  writer.u32(kOffered | kSsl);
  writer.zeros(28);
  const Case cases[] = {{{0x05, 0x00, 0, 0, 0, 'r', 0}, ErrorKind::Unsupported, 1251},
                        {ssl_request, ErrorKind::Unsupported, 1251},
                        {{0x00, 0x02}, ErrorKind::Malformed, 1043},
                        {{}, ErrorKind::Malformed, 1043}};
  for (const Case& one : cases) {
    ServerHandshake server(greeting());
    const auto event = server.feed(framed(one.payload, 1));
    ASSERT_FALSE(event.ok());
    EXPECT_EQ(event.error().kind, one.kind);
    EXPECT_EQ(event.error().code, one.code);
    EXPECT_EQ(event.error().sqlstate.size(), 5U);
    EXPECT_EQ(server.reply_sequence(), 2);
  }
}

TEST(ServerHandshakeTest, SizesAndNumbersAreChecked) {
  ServerHandshake large(greeting());
  const auto too_large = large.feed(Bytes{0x01, 0x00, 0x01, 0x01});
  ASSERT_FALSE(too_large.ok());
  EXPECT_EQ(too_large.error().kind, ErrorKind::Exhausted);
  ServerHandshake wrong(greeting());
  const auto out_of_order = wrong.feed(framed(Bytes(40, 0), 0));
  ASSERT_FALSE(out_of_order.ok());
  EXPECT_EQ(out_of_order.error().code, 1156);
  EXPECT_EQ(wrong.reply_sequence(), 2) << "what a client waits for";
}

TEST(ServerHandshakeTest, EveryTruncatedResponseIsHandled) {
  HandshakeResponse response;
  response.capabilities = kOffered;
  response.user = "app";
  response.auth_response = Bytes(20, 1);
  response.schema = "shop";
  response.plugin = kNativePasswordPlugin;
  Bytes payload;
  append_handshake_response_payload(payload, response);
  const std::size_t user_end = 32 + 4;
  for (std::size_t size = 0; size < user_end + 21; ++size)
    EXPECT_FALSE(parse_handshake_response(ByteView(payload).first(size)).ok()) << size;
  const auto whole = parse_handshake_response(payload);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->schema, "shop");
  EXPECT_EQ(whole->auth_response.size(), 20U);
}

TEST(ClientHandshakeTest, TheServersRefusalIsPassedOn) {
  Error denied = make_error(ErrorKind::Server, "Access denied");
  denied.code = 1045;
  Bytes payload;
  append_err_payload(payload, denied);
  ServerHandshake server(greeting());
  ClientHandshake client(with_password("secret"));
  Bytes out;
  ASSERT_TRUE(client.feed(server.greeting(), out).ok());
  const auto refused = client.feed(framed(payload, 2), out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::Server);
  EXPECT_EQ(refused.error().code, 1045);
}

TEST(ClientHandshakeTest, AFullServerRefusesInPlaceOfItsGreeting) {
  ClientHandshake client(with_password("secret"));
  Bytes out;
  const auto refused = client.feed(framed(as_bytes("\xff\x10\x04Too many connections"), 0), out);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::Server);
  EXPECT_EQ(refused.error().code, 1040);
}

TEST(ClientHandshakeTest, ASwitchToOurPluginIsAnsweredWithTheNewScramble) {
  ServerHandshake server(greeting());
  ClientHandshake client(with_password("secret"));
  Bytes out;
  ASSERT_TRUE(client.feed(server.greeting(), out).ok());
  Bytes payload;
  append_auth_switch_payload(payload, kNativePasswordPlugin, scramble_of('b'));
  out.clear();
  ASSERT_TRUE(client.feed(framed(payload, 2), out).ok());
  ASSERT_EQ(out.size(), kFrameHeaderSize + 20);
  EXPECT_EQ(out[3], 3);
  EXPECT_TRUE(verify_native_password(ByteView(out).subspan(kFrameHeaderSize), scramble_of('b'),
                                     kSecretHash));
  ASSERT_TRUE(client.feed(ok(4), out).ok());
  EXPECT_TRUE(client.done());
}

// What MySQL 9.7 asks an account for that does not exist.
TEST(ClientHandshakeTest, ASwitchToSha256GetsThePasswordItself) {
  for (const bool secure : {true, false}) {
    ServerHandshake server(greeting());
    ClientHandshakeOptions options = with_password("secret");
    options.password = "secret";
    options.secure_transport = secure;
    options.encrypt = [](std::string_view pem, ByteView) -> std::optional<Bytes> {
      return Bytes(pem.begin(), pem.end());
    };
    ClientHandshake client(std::move(options));
    Bytes out;
    ASSERT_TRUE(client.feed(server.greeting(), out).ok());
    Bytes payload;
    append_auth_switch_payload(payload, kSha256Plugin, scramble_of('b'));
    out.clear();
    ASSERT_TRUE(client.feed(framed(payload, 2), out).ok());
    if (secure) {
      EXPECT_EQ(as_text(ByteView(out).subspan(kFrameHeaderSize)), std::string_view("secret\0", 7));
      ASSERT_TRUE(client.feed(ok(4), out).ok());
    } else {
      EXPECT_EQ(as_text(ByteView(out).subspan(kFrameHeaderSize)), "\x01");
      out.clear();
      ASSERT_TRUE(client.feed(framed(as_bytes("\x01the key"), 4), out).ok());
      EXPECT_EQ(as_text(ByteView(out).subspan(kFrameHeaderSize)), "the key");
      ASSERT_TRUE(client.feed(ok(6), out).ok());
    }
    EXPECT_TRUE(client.done());
  }
}

TEST(ClientHandshakeTest, AnotherPluginIsNamedInTheError) {
  for (const std::string_view data :
       {std::string_view(), std::string_view("32 bytes of another plugin's own")}) {
    ServerHandshake server(greeting());
    ClientHandshake client(with_password("secret"));
    Bytes out;
    ASSERT_TRUE(client.feed(server.greeting(), out).ok());
    Bytes payload = {0xfe};
    append(payload, as_bytes("client_ed25519"));
    payload.push_back(0);
    append(payload, as_bytes(data));
    const auto refused = client.feed(framed(payload, 2), out);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(refused.error().message.find("client_ed25519"), std::string::npos);
  }
}

TEST(ClientHandshakeTest, EveryTruncatedGreetingIsRefused) {
  Bytes payload;
  append_greeting_payload(payload, greeting());
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(parse_greeting(ByteView(payload).first(size)).ok()) << size;
  EXPECT_TRUE(parse_greeting(payload).ok());
}

TEST(ChangeUserTest, HasAllOfALogin) {
  const std::string_view payload("app\0\x02hishop\0\x21\0mysql_native_password\0rest", 39);
  const auto read = parse_change_user(as_bytes(payload), kPluginAuth, 45);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->user, "app");
  EXPECT_EQ(as_text(read->auth_response), "hi");
  EXPECT_EQ(read->schema, "shop");
  EXPECT_EQ(read->collation, 33);
  EXPECT_EQ(read->plugin, kNativePasswordPlugin);
}

TEST(ChangeUserTest, MayEndBehindTheSchema) {
  const auto read = parse_change_user(as_bytes(std::string_view("app\0\0\0", 6)), kPluginAuth, 45);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE(read->auth_response.empty());
  EXPECT_EQ(read->collation, 45);
}

TEST(ChangeUserTest, MayNotLie) {
  for (const std::string_view payload :
       {std::string_view("app"), std::string_view("app\0\x05hi", 7), std::string_view("app\0", 4),
        std::string_view("app\0\0shop", 9), std::string_view("app\0\0\0\x21", 7)}) {
    EXPECT_FALSE(parse_change_user(as_bytes(payload), kPluginAuth, 45).ok());
  }
}

}  // namespace
}  // namespace understudy::protocol
