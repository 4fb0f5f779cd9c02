#include "protocol/text_result.h"

#include <utility>
#include <vector>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"

namespace understudy::protocol {
namespace {

constexpr std::uint8_t kNullValue = 0xfb;
constexpr std::uint32_t kTextLength = 65535;

}  // namespace

void TextResultBuilder::columns(std::span<const std::string_view> names, std::uint16_t status) {
  std::vector<ColumnDefinition> definitions;
  for (const std::string_view name : names)
    definitions.push_back(text_column(name, kTextLength));
  columns(std::span<const ColumnDefinition>(definitions), status);
}

void TextResultBuilder::columns(std::span<const ColumnDefinition> definitions,
                                std::uint16_t status) {
  append_lenenc(payload_, definitions.size());
  end_packet();
  for (const ColumnDefinition& column : definitions) {
    append_column_payload(payload_, column);
    end_packet();
  }
  if ((capabilities_ & kDeprecateEof) == 0) append_eof(status);
}

void TextResultBuilder::row(std::span<const std::optional<std::string_view>> values) {
  for (const std::optional<std::string_view>& value : values) {
    if (value) {
      append_lenenc_bytes(payload_, as_bytes(*value));
    } else {
      payload_.push_back(kNullValue);
    }
  }
  end_packet();
}

void TextResultBuilder::row(std::span<const std::string_view> values) {
  for (const std::string_view value : values)
    append_lenenc_bytes(payload_, as_bytes(value));
  end_packet();
}

Bytes TextResultBuilder::finish(std::uint16_t status) && {
  if ((capabilities_ & kDeprecateEof) == 0) {
    append_eof(status);
  } else {
    OkPacket end;
    end.header = kEofHeader;
    end.status = status;
    append_ok_payload(payload_, end, capabilities_);
    end_packet();
  }
  return std::move(out_);
}

void TextResultBuilder::append_eof(std::uint16_t status) {
  ByteWriter writer(payload_);
  writer.u8(kEofHeader);
  writer.u16(0);  // warnings
  writer.u16(status);
  end_packet();
}

void TextResultBuilder::end_packet() {
  append_packet(out_, sequence_, payload_);
  payload_.clear();
}

}  // namespace understudy::protocol
