#include <gtest/gtest.h>

#include "protocol/client_handshake.h"
#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/server_handshake.h"

// What logins carry beside names and passwords: MariaDB's own capabilities, connect attributes.
namespace understudy::protocol {
namespace {

constexpr std::uint32_t kOffered = kProtocol41 | kSecureConnection | kPluginAuth | kTransactions |
                                   kMultiResults | kPsMultiResults | kSessionTrack |
                                   kConnectAttributes;

Greeting greeting(std::uint32_t capabilities, std::uint32_t extended) {
  Greeting greeting;
  greeting.server_version = "5.5.5-10.11.19-MariaDB";
  greeting.scramble.fill('a');
  greeting.capabilities = capabilities;
  greeting.extended = extended;
  greeting.plugin = kNativePasswordPlugin;
  return greeting;
}

HandshakeResponse response_to(const Greeting& offered, Bytes attributes = {}) {
  ClientHandshakeOptions options;
  options.user = "app";
  options.attributes = std::move(attributes);
  ClientHandshake client(options);
  Bytes sent;
  EXPECT_TRUE(client.feed(ServerHandshake(offered).greeting(), sent).ok());
  auto response = parse_handshake_response(ByteView(sent).subspan(kFrameHeaderSize));
  EXPECT_TRUE(response.ok());
  return std::move(response).value();
}

TEST(ExtendedCapabilitiesTest, AreThoseOfMariaDbServersOnly) {
  EXPECT_EQ(response_to(greeting(kOffered, kBulkOperations)).extended, kBulkOperations);
  EXPECT_EQ(response_to(greeting(kOffered, kBulkOperations)).capabilities & kLongPassword, 0U);
  EXPECT_EQ(response_to(greeting(kOffered, 1u << 3)).extended, 0U) << "not one that we know";
  const HandshakeResponse response = response_to(greeting(kOffered | kLongPassword, 4));
  EXPECT_EQ(response.extended, 0U);
  EXPECT_NE(response.capabilities & kLongPassword, 0U);
}

TEST(ExtendedCapabilitiesTest, TheOfferDependsOnTheServersVersion) {
  EXPECT_EQ(extended_offer("5.5.5-10.11.19-MariaDB-log"), kBulkOperations);
  EXPECT_EQ(extended_offer("11.4.2-MariaDB"), kBulkOperations);
  EXPECT_EQ(extended_offer("9.7.4"), 0U);
}

TEST(ConnectAttributesTest, ArriveAsTheyWereSent) {
  Bytes attributes;
  append_attribute(attributes, "program_name", "shop");
  append_attribute(attributes, "_pid", std::string(300, '7'));
  EXPECT_EQ(response_to(greeting(kOffered, 0), attributes).attributes, attributes);
  EXPECT_TRUE(
      response_to(greeting(kOffered & ~kConnectAttributes, 0), attributes).attributes.empty());
}

TEST(ConnectAttributesTest, WhatIsCutShortIsRefused) {
  Bytes attributes;
  append_attribute(attributes, "program_name", "shop");
  HandshakeResponse response;
  response.capabilities = kOffered;
  for (std::size_t size = 1; size < attributes.size(); ++size) {
    response.attributes.assign(attributes.begin(),
                               attributes.begin() + static_cast<std::ptrdiff_t>(size));
    Bytes payload;
    append_handshake_response_payload(payload, response);
    const auto parsed = parse_handshake_response(payload);
    ASSERT_FALSE(parsed.ok()) << size;
    EXPECT_EQ(parsed.error().code, 1043);
    // The whole is longer than what is there.
    payload[payload.size() - size - 1] = 200;
    EXPECT_FALSE(parse_handshake_response(payload).ok()) << size;
  }
}

TEST(ConnectAttributesTest, MayBeLeftOut) {
  HandshakeResponse response;
  response.capabilities = kOffered;
  Bytes payload;
  append_handshake_response_payload(payload, response);
  payload.pop_back();
  EXPECT_TRUE(parse_handshake_response(payload).ok());
}

}  // namespace
}  // namespace understudy::protocol
