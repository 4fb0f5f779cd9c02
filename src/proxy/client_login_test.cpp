#include "proxy/client_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "protocol/client_handshake.h"
#include "protocol/constants.h"
#include "protocol/ok_packet.h"

namespace understudy::proxy {
namespace {

using backend::Account;
using backend::TlsNeed;
using testing::HasSubstr;
using Progress = ClientLogin::Progress;

constexpr const char* kNative = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";     // secret
constexpr const char* kEd25519 = "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY";  // secret

Account account(std::string user, std::string plugin, std::string hash) {
  Account made;
  made.user = std::move(user);
  made.host = "%";
  made.plugin = std::move(plugin);
  made.auth_hash = std::move(hash);
  return made;
}

class ClientLoginTest : public testing::Test {
 protected:
  ClientLoginTest() {
    services_.secrets = std::make_shared<backend::VerifiedSecrets>();
    services_.key = std::make_shared<backend::PasswordKey>();
    services_.key->prepare();
    accounts_ = {account("native", "mysql_native_password", kNative),
                 account("modern", "ed25519", kEd25519), account("open", "", ""),
                 account("system", "unix_socket", "")};
    options_.scramble.fill('a');
    options_.server_version = "5.5.5-10.11.0-MariaDB";
  }
  // What our own client was told in the end; kind Invalid and no message: that it is in.
  Error log_in(const std::string& user, const std::string& password) {
    const backend::AccountTable table(accounts_);
    ClientLogin login(services_, options_);
    protocol::ClientHandshakeOptions wants;
    wants.user = user;
    wants.has_password = !password.empty();
    wants.password_sha1 = protocol::password_sha1(password);
    wants.password = password;
    wants.secure_transport = peer_.local;
    wants.encrypt = backend::encrypt_password;
    protocol::ClientHandshake client(wants);
    Bytes to_client = login.greeting();
    if (!header_.empty()) {
      Bytes nothing;
      // In two pieces, the second one together with what follows.
      const auto progress = login.feed(as_bytes(header_).first(3), peer_, &table, nothing);
      if (!progress) return progress.error();
    }
    for (packets_ = 1; packets_ < 20; ++packets_) {
      Bytes to_server;
      if (const auto fed = client.feed(to_client, to_server); !fed) return fed.error();
      to_client.clear();
      if (packets_ == 1 && !header_.empty()) {
        const ByteView rest = as_bytes(header_).subspan(3);
        to_server.insert(to_server.begin(), rest.begin(), rest.end());
      }
      auto progress = login.feed(to_server, peer_, known_ ? &table : nullptr, to_client);
      if (progress.ok() && *progress == Progress::Checks)
        progress = login.checked(login.pending().run(), peer_, to_client);
      if (!progress) return progress.error();
      if (*progress == Progress::Accepted) {
        verdict_ = login.verdict();
        return {};
      }
    }
    return make_error(ErrorKind::Malformed, "no end");
  }

  LoginServices services_;
  std::vector<Account> accounts_;
  ClientLogin::Options options_;
  ClientLogin::Peer peer_{"10.0.0.9", false, {}};
  bool known_ = true;
  std::string header_;
  int packets_ = 0;
  LoginVerdict verdict_;
};

TEST_F(ClientLoginTest, WhatProvesAPasswordLogsInToServers) {
  EXPECT_EQ(log_in("native", "secret").message, "");
  EXPECT_EQ(verdict_.login->password_sha1, protocol::password_sha1("secret"));
  EXPECT_FALSE(verdict_.login->password);
  EXPECT_EQ(log_in("modern", "secret").message, "");
  EXPECT_EQ(verdict_.login->password, "secret");
  const int first = packets_;
  EXPECT_EQ(log_in("modern", "secret").message, "");
  EXPECT_LT(packets_, first) << "it is known now";
  EXPECT_EQ(log_in("open", "").message, "");
  EXPECT_FALSE(verdict_.login->has_password);
}

TEST_F(ClientLoginTest, RefusalsTellNothing) {
  const Error wrong = log_in("native", "Secret");
  EXPECT_EQ(wrong.code, 1045);
  EXPECT_EQ(wrong.message, "Access denied for user 'native'@'10.0.0.9' (using password: YES)");
  EXPECT_EQ(log_in("modern", "Secret").code, 1045);
  EXPECT_EQ(log_in("open", "x").code, 1045);
  const Error none = log_in("native", "");
  EXPECT_EQ(none.message, "Access denied for user 'native'@'10.0.0.9' (using password: NO)");
}

TEST_F(ClientLoginTest, AnUnknownUserIsAskedLikeSomebodyElse) {
  bool long_ways = false, short_ways = false;
  for (int i = 0; i < 50; ++i) {
    const std::string user = "nobody" + std::to_string(i);
    const Error refused = log_in(user, "secret");
    ASSERT_EQ(refused.message,
              "Access denied for user '" + user + "'@'10.0.0.9' (using password: YES)");
    (packets_ > 2 ? long_ways : short_ways) = true;
  }
  EXPECT_TRUE(long_ways);
  EXPECT_TRUE(short_ways);
  accounts_.clear();
  EXPECT_EQ(log_in("nobody", "secret").code, 1045);
}

TEST_F(ClientLoginTest, APluginThatCannotBeAskedForIsNamed) {
  const Error refused = log_in("system", "");
  EXPECT_EQ(refused.code, 1251);
  EXPECT_THAT(refused.message, HasSubstr("unix_socket"));
}

TEST_F(ClientLoginTest, LockedAndExpiredAccountsAreToldAfterTheRightPasswordOnly) {
  accounts_[0].locked = true;
  EXPECT_EQ(log_in("native", "secret").code, 4151);
  EXPECT_EQ(log_in("native", "wrong").code, 1045);
  accounts_[0].locked = false;
  accounts_[0].expired = true;
  EXPECT_EQ(log_in("native", "secret").code, 1862);
  EXPECT_EQ(log_in("native", "wrong").code, 1045);
}

TEST_F(ClientLoginTest, WithoutAccountsItSaysSo) {
  known_ = false;
  EXPECT_EQ(log_in("native", "secret").code, 1105);
}

TEST_F(ClientLoginTest, WhereTlsIsRequiredOnlyAUnixSocketNeedsNone) {
  options_.tls_required = true;
  EXPECT_EQ(log_in("native", "secret").code, 3159);
  peer_.tls = net::TlsFacts{"TLSv1.3", "C", {}, {}};
  EXPECT_EQ(log_in("native", "secret").message, "");
  peer_ = {"localhost", true, {}};
  EXPECT_EQ(log_in("native", "secret").message, "");
}

TEST_F(ClientLoginTest, WhatAnAccountRequires) {
  Account& asks = accounts_[0];
  const auto enters = [&] { return log_in("native", "secret").code == 0; };
  asks.tls = TlsNeed::Any;
  EXPECT_FALSE(enters());
  peer_.tls = net::TlsFacts{"TLSv1.3", "C", {}, {}};
  EXPECT_TRUE(enters());
  asks.tls = TlsNeed::Certificate;
  EXPECT_FALSE(enters());
  peer_.tls->subject = "/CN=client";
  peer_.tls->issuer = "/CN=authority";
  EXPECT_TRUE(enters());
  asks.tls = TlsNeed::Specified;
  asks.tls_subject = "/CN=client";
  EXPECT_TRUE(enters());
  asks.tls_issuer = "/CN=other";
  EXPECT_FALSE(enters());
  asks.tls_issuer = "/CN=authority";
  asks.tls_cipher = "D";
  EXPECT_FALSE(enters());
}

TEST_F(ClientLoginTest, ATrustedPeerSaysForWhomItConnects) {
  accounts_[0].host = "203.0.113.7";
  EXPECT_EQ(log_in("native", "secret").code, 1045);
  header_ = "PROXY TCP4 203.0.113.7 10.0.0.1 51000 3306\r\n";
  EXPECT_EQ(log_in("native", "secret").code, 1156) << "it is not trusted";
  options_.may_be_proxy = true;
  EXPECT_EQ(log_in("native", "secret").message, "");
  EXPECT_THAT(log_in("native", "wrong").message, HasSubstr("'native'@'203.0.113.7'"));
  header_ = "PROXY UNKNOWN\r\n";
  EXPECT_THAT(log_in("native", "secret").message, HasSubstr("'native'@'10.0.0.9'"));
  header_ = "PROXY nonsense\r\n";
  EXPECT_EQ(log_in("native", "secret").code, 1043);
  header_.clear();
  EXPECT_THAT(log_in("native", "secret").message, HasSubstr("'native'@'10.0.0.9'"));
}

TEST(HostOfTest, TakesAddressesApart) {
  EXPECT_EQ(host_of("127.0.0.1:53422"), "127.0.0.1");
  EXPECT_EQ(host_of("[::1]:53422"), "::1");
  EXPECT_EQ(host_of("unix:"), "localhost");
}

// --- a change of user ---

class ChangeOfUserTest : public ClientLoginTest {
 protected:
  // With the answer to the scramble of the greeting, as clients send it.
  Result<Progress> change(const std::string& user, const std::string& password) {
    const backend::AccountTable table(accounts_);
    protocol::ClientCredentials credentials;
    credentials.user = user;
    credentials.plugin = protocol::kNativePasswordPlugin;
    credentials.schema = "shop";
    credentials.capabilities = protocol::kProtocol41 | protocol::kPluginAuth;
    const protocol::Sha1 answer =
        protocol::native_password_response(protocol::password_sha1(password), options_.scramble);
    if (!password.empty()) credentials.auth_response.assign(answer.begin(), answer.end());
    ClientLogin login(services_, options_, source_, std::move(credentials), 1);
    auto progress = login.begin(peer_, &table, reply_);
    verdict_ = login.verdict();
    return progress;
  }

  std::string source_;
  Bytes reply_;
};

TEST_F(ChangeOfUserTest, IsALoginWithTheScrambleOfTheGreeting) {
  const auto progress = change("native", "secret");
  ASSERT_TRUE(progress.ok()) << progress.error().message;
  EXPECT_EQ(*progress, Progress::Accepted);
  EXPECT_EQ(verdict_.login->user, "native");
  EXPECT_EQ(verdict_.schema, "shop");
  EXPECT_EQ(verdict_.sequence, 1);
  EXPECT_TRUE(reply_.empty());
}

TEST_F(ChangeOfUserTest, IsRefusedAsALoginIs) {
  EXPECT_EQ(change("native", "wrong").error().code, 1045);
  EXPECT_EQ(change("nobody", "secret").error().code, 1045);
}

TEST_F(ChangeOfUserTest, AsksByThePluginOfTheNewAccount) {
  const auto progress = change("modern", "secret");
  ASSERT_TRUE(progress.ok()) << progress.error().message;
  EXPECT_EQ(*progress, Progress::Goes);
  ASSERT_GT(reply_.size(), 5u);
  EXPECT_EQ(reply_[3], 1) << "the sequence number behind the command's";
  EXPECT_EQ(reply_[4], 0xfe) << "a switch of the plugin";
}

TEST_F(ChangeOfUserTest, KeepsTheAddressOfTheProxyHeader) {
  accounts_.push_back(account("far", "mysql_native_password", kNative));
  accounts_.back().host = "192.0.2.7";
  EXPECT_EQ(change("far", "secret").error().code, 1045);
  source_ = "192.0.2.7";
  EXPECT_TRUE(change("far", "secret").ok());
}

}  // namespace
}  // namespace understudy::proxy
