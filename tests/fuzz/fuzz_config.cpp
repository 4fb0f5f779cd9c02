// Any text is a configuration, or is refused with file and line.
#include <cstdint>
#include <cstdlib>

#include "base/address.h"
#include "base/bytes.h"
#include "base/network.h"
#include "config/parse.h"
#include "config/units.h"

using namespace understudy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto parsed = config::parse_config(
      text, "u.toml",
      [](const std::string& name) -> std::optional<std::string> {
        if (name.size() % 2 != 0) return std::nullopt;
        return "secret";
      },
      [](const std::string& path) -> Result<std::string> {
        if (path.size() % 2 != 0) return make_error(ErrorKind::Invalid, "no such file");
        return std::string("secret\n");
      });
  if (parsed.ok()) {
    if (parsed->servers.empty() || parsed->listen.addresses.empty()) std::abort();
    (void)config::unsupported_settings(*parsed);
  } else if (!parsed.error().message.starts_with("u.toml:")) {
    std::abort();
  }
  (void)config::parse_duration(text);
  (void)config::parse_size(text);
  if (const auto address = parse_address(text)) {
    const auto again = parse_address(to_string(*address));
    if (!again || !(*again == *address)) std::abort();
  }
  (void)Network::parse(text);
  return 0;
}
