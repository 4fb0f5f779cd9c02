#include <gmock/gmock.h>

#include <string>

#include "config/parse.h"

namespace understudy::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Result<Config> parse(const std::string& text) {
  return parse_config(
      "servers = [\"h:1\"]\n[service]\nuser = \"u\"\npassword = \"p\"\n" + text, "u.toml",
      [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
      [](const std::string&) -> Result<std::string> {
        return make_error(ErrorKind::Invalid, "no file");
      });
}

TEST(TlsConfigTest, NoneByDefault) {
  const Config config = parse("").value();
  EXPECT_FALSE(config.listen.addresses.at(0).tls.enabled());
  EXPECT_FALSE(config.backend_tls.enabled);
}

TEST(TlsConfigTest, OfListeners) {
  const Config config = parse(R"([listen]
address = ["h:2", {address = "h:3", tls = {required = true, key = "other.pem"}}]
[listen.tls]
certificate = "c.pem"
key = "k.pem"
ca = "ca.pem"
minimum_version = "1.3"
)")
                            .value();
  const Tls& first = config.listen.addresses.at(0).tls;
  EXPECT_TRUE(first.enabled());
  EXPECT_FALSE(first.required);
  EXPECT_EQ(first.key.path, "k.pem");
  EXPECT_EQ(first.key.origin, "u.toml:9: listen.tls.key");
  EXPECT_EQ(first.minimum_version, TlsVersion::Tls13);
  const Tls& second = config.listen.addresses.at(1).tls;
  EXPECT_TRUE(second.required);
  EXPECT_EQ(second.certificate.path, "c.pem");
  EXPECT_EQ(second.key.origin, "u.toml:6: listen.address.tls.key");
}

TEST(TlsConfigTest, ToTheServers) {
  const BackendTls defaults = parse("[backend.tls]\n").value().backend_tls;
  EXPECT_TRUE(defaults.enabled);
  EXPECT_TRUE(defaults.required);
  EXPECT_EQ(defaults.verify, TlsVerify::Full);
  const BackendTls tls = parse(R"([backend.tls]
certificate = "bc.pem"
key = "bk.pem"
ca = "bca.pem"
required = false
verify = "ca"
)")
                             .value()
                             .backend_tls;
  EXPECT_EQ(tls.certificate.path, "bc.pem");
  EXPECT_EQ(tls.key.path, "bk.pem");
  EXPECT_EQ(tls.ca.origin, "u.toml:8: backend.tls.ca");
  EXPECT_FALSE(tls.required);
  EXPECT_EQ(tls.verify, TlsVerify::Ca);
}

TEST(ProxyProtocolConfigTest, Networks) {
  const Config config = parse(R"([listen]
address = ["h:2", {address = "h:3", proxy_protocol_networks = []}]
proxy_protocol_networks = ["10.0.0.0/8", "::1"]
)")
                            .value();
  const auto& networks = config.listen.addresses.at(0).proxy_protocol_networks;
  ASSERT_EQ(networks.size(), 2U);
  EXPECT_TRUE(networks[0].contains("10.1.2.3"));
  EXPECT_TRUE(config.listen.addresses.at(1).proxy_protocol_networks.empty());
  EXPECT_THAT(parse("[listen]\nproxy_protocol_networks = [\"ten\"]\n").error().message,
              StartsWith("u.toml:6: listen.proxy_protocol_networks: \"ten\" is no network"));
}

TEST(TlsConfigTest, WhatIsWrongIsNamed) {
  struct Case {
    const char* text;
    const char* start;
    const char* part;
  };
  const Case cases[] = {
      {"[listen.tls]\ncertificate = \"c\"\n", "u.toml:6: listen.tls.certificate: ", "both"},
      {"[listen.tls]\nrequired = true\n", "u.toml:5: listen.tls.certificate: ", "missing"},
      {"[listen.tls]\nminimum_version = \"1.1\"\n",
       "u.toml:6: listen.tls.minimum_version: ", "\"1.2\", \"1.3\""},
      {"[backend.tls]\nkey = \"k\"\n", "u.toml:5: backend.tls.certificate: ", "both"},
      {"[backend.tls]\nca = \"\"\n", "u.toml:6: backend.tls.ca: ", "path"},
      {"[backend.tls]\nverify = \"yes\"\n", "u.toml:6: backend.tls.verify: ", "\"full\""},
      {"[backend]\nssl = true\n", "u.toml:6: backend.ssl: ", "tls"}};
  for (const Case& one : cases) {
    const auto config = parse(one.text);
    ASSERT_FALSE(config.ok()) << one.text;
    EXPECT_THAT(config.error().message, StartsWith(one.start));
    EXPECT_THAT(config.error().message, HasSubstr(one.part));
  }
}

}  // namespace
}  // namespace understudy::config
