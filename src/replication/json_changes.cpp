#include "replication/json_changes.h"

#include <fmt/format.h>

#include "protocol/lenenc.h"
#include "replication/json_binary.h"
#include "replication/json_text.h"

namespace understudy::replication {
namespace {

Error malformed() {
  return make_error(ErrorKind::Malformed, "malformed changes of a JSON document in a row");
}

// Where the value stands that a path without its last leg leads to.
std::optional<TextRange> find_parent(std::string_view document, const std::vector<PathLeg>& path) {
  TextRange at = whole_value(document);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const std::optional<JsonPlace> place = find_place(document, at, path[i]);
    if (!place || !place->found) return std::nullopt;
    at = place->value;
  }
  return at;
}

bool apply(const JsonChange& change, std::string& document) {
  using Operation = JsonChange::Operation;
  const std::optional<std::vector<PathLeg>> path = parse_json_path(change.path);
  if (!path) return false;
  if (path->empty()) {
    if (change.operation != Operation::Replace) return false;
    document = change.value;
    return true;
  }
  const std::optional<TextRange> parent = find_parent(document, *path);
  if (!parent) return false;
  const std::optional<JsonPlace> place = find_place(document, *parent, path->back());
  if (!place) return false;
  switch (change.operation) {
    case Operation::Replace:
      if (!place->found) return false;
      document.replace(place->value.begin, place->value.end - place->value.begin, change.value);
      return true;
    case Operation::Insert:
      if (place->found && path->back().is_member) return false;
      insert_element(document, *parent, *place, path->back(), change.value);
      return true;
    case Operation::Remove:
      if (!place->found) return false;
      remove_element(document, *parent, *place);
      return true;
  }
  return false;
}

}  // namespace

Result<std::vector<JsonChange>> read_json_changes(ByteView bytes) {
  std::vector<JsonChange> changes;
  ByteReader reader(bytes);
  while (reader.remaining() > 0) {
    JsonChange& change = changes.emplace_back();
    const std::uint8_t operation = reader.u8();
    if (operation > 2) return malformed();
    change.operation = static_cast<JsonChange::Operation>(operation);
    change.path = as_text(protocol::read_lenenc_bytes(reader));
    if (change.operation != JsonChange::Operation::Remove) {
      const ByteView value = protocol::read_lenenc_bytes(reader);
      if (reader.failed() || !append_json(value, change.value).ok()) return malformed();
    }
    if (reader.failed()) return malformed();
  }
  return changes;
}

bool apply_json_changes(std::string_view document, const std::vector<JsonChange>& changes,
                        std::string& out) {
  out = document;
  for (const JsonChange& change : changes)
    if (!apply(change, out)) return false;
  return true;
}

std::string to_text(const std::vector<JsonChange>& changes) {
  constexpr std::string_view kNames[] = {"replace", "insert", "remove"};
  std::string text = "[";
  for (const JsonChange& change : changes) {
    if (text.size() > 1) text += ", ";
    text += fmt::format("{{\"op\": \"{}\", \"path\": ",
                        kNames[static_cast<std::size_t>(change.operation)]);
    append_json_string(as_bytes(change.path), text);
    if (change.operation != JsonChange::Operation::Remove) {
      text += ", \"value\": ";
      text += change.value;
    }
    text += '}';
  }
  return text + ']';
}

}  // namespace understudy::replication
