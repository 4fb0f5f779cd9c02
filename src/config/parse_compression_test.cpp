#include <gmock/gmock.h>

#include <string>

#include "config/parse.h"

namespace understudy::config {
namespace {

using testing::HasSubstr;

Result<Config> parse(const std::string& text) {
  return parse_config(
      "servers = [\"h:1\"]\n[service]\nuser = \"u\"\npassword = \"p\"\n" + text, "u.toml",
      [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
      [](const std::string&) -> Result<std::string> {
        return make_error(ErrorKind::Invalid, "no file");
      });
}

TEST(CompressionConfigTest, ClientsMayServersAreNot) {
  const Config config = parse("").value();
  EXPECT_TRUE(config.listen.addresses.at(0).compression.zlib);
  EXPECT_TRUE(config.listen.addresses.at(0).compression.zstd);
  EXPECT_EQ(config.backend_compression, Compression::Off);
}

TEST(CompressionConfigTest, OfListeners) {
  const Config config = parse(R"([listen]
compression = []
address = ["h:2", {address = "h:3", compression = ["zstd"]}]
)")
                            .value();
  EXPECT_FALSE(config.listen.addresses.at(0).compression.zlib);
  EXPECT_FALSE(config.listen.addresses.at(0).compression.zstd);
  EXPECT_FALSE(config.listen.addresses.at(1).compression.zlib);
  EXPECT_TRUE(config.listen.addresses.at(1).compression.zstd);
}

TEST(CompressionConfigTest, ToTheServers) {
  const struct {
    const char* word;
    Compression expected;
  } kCases[] = {
      {"off", Compression::Off}, {"zlib", Compression::Zlib}, {"zstd", Compression::Zstd}};
  for (const auto& each : kCases) {
    const auto config = parse("[backend]\ncompression = \"" + std::string(each.word) + "\"\n");
    ASSERT_TRUE(config.ok()) << each.word;
    EXPECT_EQ(config->backend_compression, each.expected);
  }
}

TEST(CompressionConfigTest, OtherWordsAreNamed) {
  const auto listen = parse("[listen]\ncompression = [\"lz4\"]\n");
  ASSERT_FALSE(listen.ok());
  EXPECT_THAT(listen.error().message, HasSubstr("u.toml:6: listen.compression: \"lz4\""));
  const auto backend = parse("[backend]\ncompression = \"brotli\"\n");
  ASSERT_FALSE(backend.ok());
  EXPECT_THAT(backend.error().message, HasSubstr("u.toml:6: backend.compression"));
}

}  // namespace
}  // namespace understudy::config
