// What a server's account table holds may be anything, and so may the password that a client sends.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "protocol/stored_password.h"

using namespace understudy;
using namespace understudy::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text = as_text({data + 2, size - 2});
  const std::size_t cut = data[1] % (text.size() + 1);
  const auto kind = static_cast<PasswordKind>(data[0] % 4);
  // The rounds of SHA-256 crypt are the account's choice, and would make slow inputs of some.
  std::string stored(text.substr(0, cut));
  if (kind == PasswordKind::CachingSha2 && stored.size() > 5) stored[3] = stored[4] = '0';
  const bool right = matches_stored(kind, stored, text.substr(cut));
  if (right && kind == PasswordKind::Other) std::abort();
  (void)password_kind(text);
  return 0;
}
