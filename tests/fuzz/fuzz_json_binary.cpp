// Any bytes are a JSON document in MySQL's binary form, and, after a length in two bytes, changes
// of one. What comes out has to be JSON.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "replication/json_binary.h"
#include "replication/json_changes.h"

namespace {

using namespace understudy;
using namespace understudy::replication;

void must_be_json(const std::string& text) {
  if (!nlohmann::json::accept(text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader input(ByteView(data, size));
  const std::size_t length = input.u16();
  const ByteView document = input.take(std::min(length, input.remaining()));
  std::string text;
  if (!append_json(document, text).ok()) return 0;
  must_be_json(text);
  const Result<std::vector<JsonChange>> changes = read_json_changes(input.rest());
  if (!changes) return 0;
  must_be_json(to_text(*changes));
  std::string changed;
  if (apply_json_changes(text, *changes, changed)) must_be_json(changed);
  return 0;
}
