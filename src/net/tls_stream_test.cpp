#include "net/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <functional>
#include <string>

#include "certificates.h"
#include "loop_driver.h"
#include "socket_pair.h"

namespace understudy::net {
namespace {

using test::RecordingHandler;
using test::run_until;
using testing::HasSubstr;
using testing::IsEmpty;

class ScriptedHandler : public RecordingHandler {
 public:
  void on_data(ByteView bytes) override {
    RecordingHandler::on_data(bytes);
    if (action) action();
  }
  std::function<void()> action;
};

class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest() : pair_(test::make_tcp_pair(loop_)) {
    certificates_.issue("server");
    certificates_.issue("client");
    server_settings_.certificate = {certificates_.certificate("server"), "certificate"};
    server_settings_.key = {certificates_.key("server"), "key"};
    client_settings_.ca = {certificates_.ca(), "ca"};
  }
  void show_client_certificate() {
    server_settings_.ca = {certificates_.ca(), "ca"};
    client_settings_.certificate = {certificates_.certificate("client"), "certificate"};
    client_settings_.key = {certificates_.key("client"), "key"};
  }
  void start(const std::string& host = "127.0.0.1") {
    start_server();
    const auto context = TlsContext::make(client_settings_);
    ASSERT_TRUE(context.ok()) << context.error().message;
    client_ = start_tls(loop_, std::move(pair_.client), **context, {}, host);
    client_->set_handler(&at_client_);
    client_->start();
  }
  void start_server(ByteView received = {}) {
    const auto context = TlsContext::make(server_settings_);
    ASSERT_TRUE(context.ok()) << context.error().message;
    server_ = start_tls(loop_, std::move(pair_.server), **context, received);
    server_->set_handler(&at_server_);
    server_->start();
  }

  Loop loop_;
  test::Certificates certificates_;
  test::TcpPair pair_;
  TlsServerSettings server_settings_;
  TlsClientSettings client_settings_;
  ScriptedHandler at_client_;
  ScriptedHandler at_server_;
  std::unique_ptr<Stream> client_;
  std::unique_ptr<Stream> server_;
};

TEST_F(TlsStreamTest, CarriesBytesBothWays) {
  start();
  client_->write(as_bytes("pi"));
  EXPECT_EQ(client_->pending_write_bytes(), 2U) << "before the handshake";
  client_->write(as_bytes("ng"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "ping"; }));
  EXPECT_EQ(at_client_.drained, 1);
  server_->write(as_bytes("pong"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_client_.data == "pong"; }));
  EXPECT_EQ(server_->tls()->version, "TLSv1.3");
  EXPECT_THAT(server_->tls()->subject, IsEmpty());
  EXPECT_EQ(client_->tls()->subject, "/CN=server");
}

TEST_F(TlsStreamTest, CarriesMuchMoreThanTheSocketTakesAndPauses) {
  start();
  std::string sent;
  for (int i = 0; sent.size() < 8 * 1024 * 1024; ++i)
    sent += std::to_string(i) + ",";
  // Every piece is a pause: what was read already must come later, in order.
  at_server_.action = [&] {
    server_->pause_reading();
    loop_.post([&] { server_->resume_reading(); });
  };
  client_->write(as_bytes(sent));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data.size() == sent.size(); }));
  EXPECT_TRUE(at_server_.data == sent);
  EXPECT_EQ(client_->pending_write_bytes(), 0U);
}

TEST_F(TlsStreamTest, WhatAHandlerWritesIsSentTogether) {
  start();
  at_server_.action = [&] {
    for (const char* part : {"one ", "two ", "three"})
      server_->write(as_bytes(part));
    EXPECT_EQ(server_->pending_write_bytes(), 0U);
    if (at_server_.data == "xx") close_in_background(loop_, std::move(server_));
  };
  int calls = 0;
  at_client_.action = [&] { ++calls; };
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_client_.data == "one two three"; }));
  EXPECT_EQ(calls, 1);
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_EQ(at_client_.data, "one two threeone two three");
}

TEST_F(TlsStreamTest, APausedReaderSlowsTheWriterDown) {
  start();
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "x"; }));
  server_->pause_reading();
  client_->write(Bytes(32 * 1024 * 1024, 'y'));
  test::run_what_is_ready(loop_);
  EXPECT_GT(client_->pending_write_bytes(), 8U * 1024 * 1024);
  EXPECT_EQ(at_server_.data, "x");
}

TEST_F(TlsStreamTest, BytesThatCameWithTheRequestBelongToTheHandshake) {
  const auto context = TlsContext::make(client_settings_);
  ASSERT_TRUE(context.ok());
  client_ = start_tls(loop_, std::move(pair_.client), **context, {}, "127.0.0.1");
  client_->set_handler(&at_client_);
  RecordingHandler plain;
  pair_.server->set_handler(&plain);
  pair_.server->start();
  client_->start();
  client_->write(as_bytes("hello"));
  ASSERT_TRUE(run_until(loop_, [&] { return !plain.data.empty(); }));
  start_server(as_bytes(plain.data));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "hello"; }));
}

TEST_F(TlsStreamTest, PlainBytesInTheHandshakeEndTheConnection) {
  start_server(as_bytes("SELECT 1"));
  ASSERT_TRUE(run_until(loop_, [&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(at_server_.closed[0].kind, ErrorKind::Lost);
  EXPECT_THAT(at_server_.closed[0].message, HasSubstr("TLS handshake: "));
  EXPECT_THAT(at_server_.data, IsEmpty());
  EXPECT_TRUE(server_->closed());
  server_->write(as_bytes("nothing"));
}

TEST_F(TlsStreamTest, ClosingIsToldToThePeer) {
  start();
  client_->write(as_bytes("bye"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "bye"; }));
  server_->write(as_bytes("good bye"));
  close_in_background(loop_, std::move(server_));
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_EQ(at_client_.data, "good bye");
  EXPECT_THAT(at_client_.closed[0].message, HasSubstr("closed by the peer"));
}

TEST_F(TlsStreamTest, AHandlerMayDestroyTheStream) {
  start();
  at_server_.action = [&] { server_.reset(); };
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_EQ(server_, nullptr);
}

TEST_F(TlsStreamTest, ACertificateOfTheClientIsVerifiedAndNamed) {
  show_client_certificate();
  start();
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "x"; }));
  EXPECT_EQ(server_->tls()->subject, "/CN=client");
  EXPECT_EQ(server_->tls()->issuer, "/CN=authority");
}

TEST_F(TlsStreamTest, ACertificateOfAnotherAuthorityIsRefused) {
  show_client_certificate();
  const test::Certificates others;
  server_settings_.ca.path = others.ca();
  start();
  ASSERT_TRUE(run_until(loop_, [&] { return !at_server_.closed.empty(); }));
  EXPECT_THAT(at_server_.closed[0].message, HasSubstr("the certificate is not accepted"));
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_THAT(at_client_.closed[0].message, HasSubstr("alert"));
}

TEST_F(TlsStreamTest, AServerMustBeWhoItWasConnectedAs) {
  start("db1.example");
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_THAT(at_client_.closed[0].message, HasSubstr("ostname mismatch"));
  EXPECT_THAT(at_server_.data, IsEmpty());
}

TEST_F(TlsStreamTest, NamesAreCheckedOnlyIfAskedFor) {
  client_settings_.verify = TlsVerify::Authority;
  start("db1.example");
  client_->write(as_bytes("x"));
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data == "x"; }));
}

TEST_F(TlsStreamTest, OldVersionsAreRefused) {
  server_settings_.minimum = TlsVersion::Tls13;
  start_server();
  TlsClientSettings old = client_settings_;
  const auto context = TlsContext::make(old);
  ASSERT_TRUE(context.ok());
  SSL_CTX_set_max_proto_version((*context)->handle(), TLS1_2_VERSION);
  client_ = start_tls(loop_, std::move(pair_.client), **context, {}, "127.0.0.1");
  client_->set_handler(&at_client_);
  client_->start();
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  EXPECT_THAT(at_client_.closed[0].message, HasSubstr("protocol version"));
}

TEST_F(TlsStreamTest, FilesThatAreWrongAreNamed) {
  const auto message = [&] {
    const auto context = TlsContext::make(server_settings_);
    return context.ok() ? "" : context.error().message;
  };
  const TlsServerSettings right = server_settings_;
  server_settings_.key.path = certificates_.key("client");
  EXPECT_THAT(message(), HasSubstr("key: " + certificates_.key("client") +
                                   ": does not belong to the certificate"));
  server_settings_.key.path += ".missing";
  EXPECT_THAT(message(), HasSubstr("No such file"));
  server_settings_ = right;
  server_settings_.certificate.path = certificates_.key("server");
  EXPECT_THAT(message(),
              HasSubstr("certificate: " + certificates_.key("server") + ": is no certificate"));
  server_settings_ = right;
  server_settings_.ca = {certificates_.key("server"), "ca"};
  EXPECT_THAT(message(), HasSubstr("ca: "));
  server_settings_ = right;
  EXPECT_EQ(message(), "");
}

}  // namespace
}  // namespace understudy::net
