#include "protocol/password_exchange.h"

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

using Event = ServerHandshake::Event;
using Verdict = PasswordExchange::Verdict;

constexpr std::string_view kNative = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";  // secret
constexpr std::string_view kEd25519OfFoo = "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI";

// As mysql.user of MySQL 9.7 has it for 'secret'.
constexpr std::string_view kSha2 =
    "$A$00A$jd\x1e<.Oo\x06"
    "2[(\x18\x0c"
    "e]HOI\x05XaAkbZ0cwkeWXFpV48tqMVDq3FJu3OTc5QYLe15qTmg/";

Scramble scramble_of(char c) {
  Scramble scramble{};
  scramble.fill(static_cast<std::uint8_t>(c));
  return scramble;
}

Greeting greeting(std::string_view plugin, std::uint32_t more) {
  Greeting greeting;
  greeting.server_version = "9.7.0";
  greeting.scramble = scramble_of('a');
  greeting.capabilities = kLongPassword | kProtocol41 | kConnectWithDb | kSecureConnection |
                          kPluginAuth | kTransactions | kMultiResults | kPsMultiResults |
                          kSessionTrack | kDeprecateEof | more;
  greeting.plugin = plugin;
  return greeting;
}

// Stands in for RSA: nobody reads it here.
Bytes turned(ByteView bytes) {
  return {bytes.rbegin(), bytes.rend()};
}

struct Side {
  PasswordKind kind = PasswordKind::Native;
  std::string stored{kNative};
  std::optional<std::string> known;
  bool secure = false;
  std::string greets_with{kNativePasswordPlugin};
  std::uint32_t capabilities = 0;
};

// A login of our client at our server, packet by packet, until one of them has decided.
class Conversation {
 public:
  Conversation(const Side& side, ClientHandshakeOptions options)
      : side_(side), server_(greeting(side.greets_with, side.capabilities)), client_(options) {}

  // What became of it: true is OK, and the client has seen it.
  bool run() {
    Bytes to_client = server_.greeting();
    for (packets_ = 1; packets_ < 20; ++packets_) {
      Bytes to_server;
      const Result<void> fed = client_.feed(to_client, to_server);
      if (!fed) {
        error_ = fed.error();
        return false;
      }
      if (client_.done()) return true;
      to_client.clear();
      if (client_.wants_tls()) {
        EXPECT_EQ(*server_.feed(to_server), Event::TlsRequest);
        EXPECT_TRUE(server_.take_rest().empty());
        side_.secure = true;
        to_server.clear();
        client_.tls_started(to_server);
      }
      take(*server_.feed(to_server), to_client);
    }
    return false;
  }

  [[nodiscard]] const ProvedPassword& proved() const { return exchange_->proved(); }
  [[nodiscard]] int packets() const { return packets_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  void take(Event event, Bytes& to_client) {
    Bytes payload;
    Verdict verdict = Verdict::Refused;
    if (event == Event::Credentials) {
      PasswordQuestion question;
      question.kind = side_.kind;
      question.stored = side_.stored;
      question.known = side_.known;
      question.scramble = server_.scramble();
      question.secure = side_.secure;
      question.public_key = "the key";
      question.decrypt = turned;
      exchange_.emplace(std::move(question));
      verdict = exchange_->begin(server_.credentials().plugin, server_.credentials().auth_response,
                                 payload);
    } else if (event == Event::Answer) {
      verdict = exchange_->feed(server_.answer(), payload);
    }
    if (verdict == Verdict::Checks) verdict = exchange_->checked(exchange_->pending().run());
    if (!payload.empty()) server_.send(payload, to_client, verdict == Verdict::Proved);
    if (verdict == Verdict::Goes) return;
    payload.clear();
    if (verdict == Verdict::Proved)
      append_ok_payload(payload, OkPacket{}, kSessionTrack);
    else
      append_err_payload(payload, make_error(ErrorKind::Server, 1045, "28000", "Access denied"));
    server_.send(payload, to_client);
  }

  Side side_;
  ServerHandshake server_;
  ClientHandshake client_;
  std::optional<PasswordExchange> exchange_;
  int packets_ = 0;
  Error error_;
};

ClientHandshakeOptions with_password(std::string_view password) {
  ClientHandshakeOptions options;
  options.user = "app";
  options.has_password = !password.empty();
  options.password_sha1 = password_sha1(password);
  options.password = password;
  options.encrypt = [](std::string_view pem, ByteView bytes) {
    EXPECT_EQ(pem, "the key");
    return turned(bytes);
  };
  return options;
}

Side sha2_side() {
  Side side;
  side.kind = PasswordKind::CachingSha2;
  side.stored = kSha2;
  return side;
}

TEST(PasswordExchangeTest, NativeTakesTheFirstAnswer) {
  Conversation conversation({}, with_password("secret"));
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.packets(), 2);
  EXPECT_EQ(conversation.proved().sha1, password_sha1("secret"));
  EXPECT_FALSE(conversation.proved().password);
}

TEST(PasswordExchangeTest, NativeIsSwitchedTo) {
  Side side;
  side.greets_with = kCachingSha2Plugin;
  Conversation conversation(side, with_password("secret"));
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.packets(), 3);
  Conversation wrong(side, with_password("Secret"));
  EXPECT_FALSE(wrong.run());
  EXPECT_EQ(wrong.error().code, 1045);
}

TEST(PasswordExchangeTest, AKnownPasswordIsTheFastPath) {
  Side side = sha2_side();
  side.known = "secret";
  side.greets_with = kCachingSha2Plugin;
  Conversation conversation(side, with_password("secret"));
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.packets(), 2);
  EXPECT_EQ(conversation.proved().password, "secret");
}

TEST(PasswordExchangeTest, ThePasswordItselfGoesOverSecureConnections) {
  Side side = sha2_side();
  side.secure = true;
  ClientHandshakeOptions options = with_password("secret");
  options.secure_transport = true;
  Conversation conversation(side, options);
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.packets(), 4);
  EXPECT_EQ(conversation.proved().sha1, password_sha1("secret"));
  EXPECT_EQ(conversation.proved().password, "secret");
}

TEST(PasswordExchangeTest, TlsIsAskedForWhereItIsOffered) {
  Side side = sha2_side();
  side.capabilities = kSsl;
  ClientHandshakeOptions options = with_password("secret");
  options.tls = TlsUse::Always;
  Conversation conversation(side, options);
  EXPECT_TRUE(conversation.run());
  Conversation without(sha2_side(), options);
  EXPECT_FALSE(without.run());
  EXPECT_EQ(without.error().kind, ErrorKind::Unsupported);
  options.tls = TlsUse::IfOffered;
  Conversation optional(sha2_side(), options);
  EXPECT_TRUE(optional.run());
}

TEST(PasswordExchangeTest, WithoutTlsThePasswordIsEncrypted) {
  Conversation conversation(sha2_side(), with_password("secret"));
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.packets(), 5);
  EXPECT_EQ(conversation.proved().password, "secret");
}

TEST(PasswordExchangeTest, AnEd25519AccountIsAskedForThePasswordItself) {
  Side side;
  side.kind = PasswordKind::Ed25519;
  side.stored = kEd25519OfFoo;
  Conversation conversation(side, with_password("foo"));
  EXPECT_TRUE(conversation.run());
  EXPECT_EQ(conversation.proved().password, "foo");
  Conversation wrong(side, with_password("bar"));
  EXPECT_FALSE(wrong.run());
}

TEST(PasswordExchangeTest, WrongPasswordsAreAskedOnLikeRightOnes) {
  for (const bool known : {false, true}) {
    Side side = sha2_side();
    if (known) side.known = "secret";
    Conversation conversation(side, with_password("wrong"));
    EXPECT_FALSE(conversation.run());
    EXPECT_EQ(conversation.error().code, 1045);
    EXPECT_EQ(conversation.packets(), 5);
  }
}

TEST(PasswordExchangeTest, NoPasswordOpensOnlyAccountsWithoutOne) {
  for (const PasswordKind kind : {PasswordKind::Native, PasswordKind::CachingSha2}) {
    Side side;
    side.kind = kind;
    side.stored = "";
    Conversation conversation(side, with_password(""));
    EXPECT_TRUE(conversation.run());
    EXPECT_TRUE(conversation.proved().empty);
    Conversation wrong(side, with_password("x"));
    EXPECT_FALSE(wrong.run());
    side.stored = kSha2;
    Conversation needed(side, with_password(""));
    EXPECT_FALSE(needed.run());
  }
  Side side;
  side.kind = PasswordKind::Ed25519;
  side.stored = "";
  EXPECT_FALSE(Conversation(side, with_password("")).run());
  EXPECT_FALSE(Conversation(side, with_password("x")).run());
}

TEST(PasswordExchangeTest, WithoutAKeyNothingIsTakenOverInsecureConnections) {
  PasswordQuestion question;
  question.kind = PasswordKind::CachingSha2;
  question.stored = kSha2;
  PasswordExchange exchange(std::move(question));
  Bytes out;
  ASSERT_EQ(exchange.begin(kCachingSha2Plugin, Bytes(32, 1), out), Verdict::Goes);
  EXPECT_EQ(exchange.feed(as_bytes("secret\0"), out), Verdict::Refused);
}

TEST(ClientHandshakeTest, WithoutThePasswordItselfOnlyNativeCanBeAnswered) {
  ClientHandshakeOptions options = with_password("secret");
  options.password.reset();
  Conversation conversation(sha2_side(), options);
  EXPECT_FALSE(conversation.run());
  EXPECT_EQ(conversation.error().kind, ErrorKind::Unsupported);
  EXPECT_NE(conversation.error().message.find("caching_sha2_password"), std::string::npos);
}

TEST(ClientHandshakeTest, PlainBytesBehindTheGreetingAreNotTakenForTheServers) {
  ClientHandshakeOptions options = with_password("secret");
  options.tls = TlsUse::IfOffered;
  ClientHandshake client(options);
  Bytes bytes = ServerHandshake(greeting(kNativePasswordPlugin, kSsl)).greeting();
  append(bytes, as_bytes("\x07"));
  Bytes out;
  const Result<void> fed = client.feed(bytes, out);
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().kind, ErrorKind::Malformed);
}

TEST(ServerHandshakeTest, WhatFollowsATlsRequestBelongsToTls) {
  HandshakeResponse response;
  response.capabilities = kSsl | kProtocol41;
  Bytes payload, bytes;
  append_tls_request_payload(payload, response);
  std::uint8_t sequence = 1;
  append_packet(bytes, sequence, payload);
  append(bytes, as_bytes("hello"));
  ServerHandshake server(greeting(kNativePasswordPlugin, kSsl));
  ASSERT_EQ(*server.feed(bytes), Event::TlsRequest);
  EXPECT_EQ(as_text(server.take_rest()), "hello");
  bytes.clear();
  append_packet(bytes, sequence, payload);
  EXPECT_FALSE(server.feed(bytes).ok()) << "a second one";
  EXPECT_EQ(server.reply_sequence(), 3);
}

}  // namespace
}  // namespace understudy::protocol
