#include "protocol/ok_packet.h"

#include "protocol/constants.h"
#include "protocol/lenenc.h"

// ok      := header:1 affected:lenenc insert_id:lenenc status:2 warnings:2 text
// text    := rest                                  without SESSION_TRACK
//          | info:lenenc_bytes changes?            with it; changes if the status says
//          SESSION_STATE_CHANGED
// changes := lenenc_bytes of (type:1 data:lenenc_bytes)*
namespace understudy::protocol {
namespace {

enum class ChangeType : std::uint8_t {
  SystemVariable = 0,
  Schema = 1,
  State = 2,
  Gtids = 3,
  TransactionCharacteristics = 4,
  TransactionState = 5,
};

void visit(ChangeType type, ByteView data, SessionChangeVisitor& visitor) {
  ByteReader reader(data);
  switch (type) {
    case ChangeType::SystemVariable:
      while (reader.remaining() > 0) {
        const ByteView name = read_lenenc_bytes(reader);
        const ByteView value = read_lenenc_bytes(reader);
        if (!reader.failed()) visitor.on_variable(as_text(name), as_text(value));
      }
      return;
    case ChangeType::Schema:
      return visitor.on_schema(as_text(read_lenenc_bytes(reader)));
    case ChangeType::State:
      return visitor.on_state_change();
    case ChangeType::Gtids:
      reader.u8();  // encoding specification
      return visitor.on_gtids(as_text(read_lenenc_bytes(reader)));
    case ChangeType::TransactionCharacteristics:
      return visitor.on_transaction_characteristics(as_text(read_lenenc_bytes(reader)));
    case ChangeType::TransactionState:
      return visitor.on_transaction_state(as_text(read_lenenc_bytes(reader)));
  }
}

// Calls `each(type, data)` for the entries of a change block.
template <typename Each>
void for_each_entry(ByteView changes, Each each) {
  ByteReader reader(changes);
  while (reader.remaining() > 0) {
    const auto type = static_cast<ChangeType>(reader.u8());
    const ByteView data = read_lenenc_bytes(reader);
    if (reader.failed()) return;
    each(type, data);
  }
}

void append_entry(Bytes& out, ChangeType type, ByteView data) {
  out.push_back(static_cast<std::uint8_t>(type));
  append_lenenc_bytes(out, data);
}

}  // namespace

Result<OkPacket> parse_ok(ByteView payload, std::uint32_t capabilities) {
  ByteReader reader(payload);
  OkPacket ok;
  ok.header = reader.u8();
  ok.affected_rows = read_lenenc(reader);
  ok.last_insert_id = read_lenenc(reader);
  ok.status = reader.u16();
  ok.warnings = reader.u16();
  if (reader.remaining() > 0) {
    ok.info = as_text(read_lenenc_bytes(reader));
    const bool changed =
        (capabilities & kSessionTrack) != 0 && (ok.status & kStatusSessionStateChanged) != 0;
    if (changed && reader.remaining() > 0) ok.session_changes = read_lenenc_bytes(reader);
  }
  if (reader.failed() || (ok.header != 0x00 && ok.header != 0xfe)) {
    return make_error(ErrorKind::Malformed, "malformed OK packet");
  }
  return ok;
}

void append_ok_payload(Bytes& out, const OkPacket& ok, std::uint32_t capabilities) {
  const bool track = (capabilities & kSessionTrack) != 0;
  std::uint16_t status = ok.status;
  if (!track || ok.session_changes.empty()) {
    status = static_cast<std::uint16_t>(status & ~kStatusSessionStateChanged);
  }
  ByteWriter writer(out);
  writer.u8(ok.header);
  append_lenenc(out, ok.affected_rows);
  append_lenenc(out, ok.last_insert_id);
  writer.u16(status);
  writer.u16(ok.warnings);
  const bool changed = (status & kStatusSessionStateChanged) != 0;
  if (!ok.info.empty() || changed) append_lenenc_bytes(out, as_bytes(ok.info));
  if (changed) append_lenenc_bytes(out, ok.session_changes);
}

void for_each_session_change(ByteView changes, SessionChangeVisitor& visitor) {
  for_each_entry(changes, [&](ChangeType type, ByteView data) { visit(type, data, visitor); });
}

void append_session_changes(Bytes& out, ByteView changes, bool (*keep)(std::string_view variable)) {
  for_each_entry(changes, [&](ChangeType type, ByteView data) {
    if (type == ChangeType::Schema) append_entry(out, type, data);
    if (type != ChangeType::SystemVariable) return;
    ByteReader reader(data);
    while (reader.remaining() > 0) {
      const ByteView name = read_lenenc_bytes(reader);
      const ByteView value = read_lenenc_bytes(reader);
      if (reader.failed() || !keep(as_text(name))) continue;
      Bytes pair;
      append_lenenc_bytes(pair, name);
      append_lenenc_bytes(pair, value);
      append_entry(out, type, pair);
    }
  });
}

}  // namespace understudy::protocol
