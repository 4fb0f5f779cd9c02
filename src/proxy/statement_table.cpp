#include "proxy/statement_table.h"

#include "protocol/packet.h"

namespace understudy::proxy {
namespace {

// COM_STMT_EXECUTE: command 1, statement id 4, flags 1, iterations 4, then for parameters: null
// bitmap, "new types follow" 1, types 2 each, values.
constexpr std::size_t kFlagsOffset = protocol::kFrameHeaderSize + 5;
constexpr std::size_t kBitmapOffset = protocol::kFrameHeaderSize + 10;

Error malformed() {
  return make_error(ErrorKind::Malformed, 1835, "HY000",
                    "Malformed packet: COM_STMT_EXECUTE is too short");
}

}  // namespace

ClientStatement* StatementTable::add(std::string_view text, const sql::Modes& modes) {
  if (statements_.size() >= kStatementsMax) return nullptr;
  ClientStatement& added = statements_[++last_id_];
  added.id = last_id_;
  replace_text(added, text, modes);
  return &added;
}

void StatementTable::replace_text(ClientStatement& statement, std::string_view text,
                                  const sql::Modes& modes) {
  statement.text = texts_.get(text, modes);
}

ClientStatement* StatementTable::find(std::uint32_t id) {
  // -1 names the statement prepared last (MariaDB's direct execution).
  const auto found = statements_.find(id == 0xffffffff ? last_id_ : id);
  return found == statements_.end() ? nullptr : &found->second;
}

Result<ByteView> normalize_execute(ByteView framed, backend::PreparedStatement& statement,
                                   Bytes& buffer) {
  if (framed.size() < kBitmapOffset) return malformed();
  const bool no_use_of_cursor = framed[kFlagsOffset] != 0 && statement.column_count == 0;
  const std::size_t count = statement.parameter_count;
  const std::size_t bound_offset = kBitmapOffset + (count + 7) / 8;
  bool types_missing = false;
  if (count > 0) {
    if (framed.size() <= bound_offset) return malformed();
    if (framed[bound_offset] == 1) {
      if (framed.size() < bound_offset + 1 + 2 * count) return malformed();
      const ByteView types = framed.subspan(bound_offset + 1, 2 * count);
      statement.parameter_types.assign(types.begin(), types.end());
    } else {
      types_missing = true;
      if (statement.parameter_types.size() != 2 * count) return malformed();
    }
  }
  if (!no_use_of_cursor && !types_missing) return framed;

  if (types_missing) {
    protocol::put_into_packet(framed, bound_offset + 1 - protocol::kFrameHeaderSize,
                              statement.parameter_types, buffer);
    buffer[bound_offset] = 1;
  } else {
    buffer.assign(framed.begin(), framed.end());
  }
  if (no_use_of_cursor) buffer[kFlagsOffset] = 0;
  return ByteView(buffer);
}

}  // namespace understudy::proxy
