#include "protocol/response_scanner.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/lenenc.h"

// packet  := size:3 sequence:1 payload:size, and another frame after each of 0xffffff bytes
// query   := (ok | err | infile | result)+          while the status says that more results follow
// result  := count definition{count} eof? row* (eof | ok(0xfe) | err)
// prepare := prepare_ok definition{parameters} eof? definition{columns} eof?
// eof? is absent under DEPRECATE_EOF.
namespace understudy::protocol {
namespace {

constexpr std::uint8_t kOkHeader = 0x00;
constexpr std::uint8_t kLocalInfileHeader = 0xfb;
constexpr std::uint8_t kErrHeader = 0xff;
constexpr std::size_t kEofSizeMax = 9;  // a longer packet with this header is a row
constexpr std::size_t kErrSizeMin = 3;  // with its code
constexpr std::size_t kOkSizeMin = 7;   // a shorter packet with this header is an EOF
constexpr std::uint64_t kColumnsMax = 65535;
// A frame's header and the byte that tells what it is.
constexpr std::size_t kClassifiable = kFrameHeaderSize + 1;

// An empty frame has no such byte.
bool is_classifiable(ByteView bytes) {
  return bytes.size() >= kClassifiable ||
         (bytes.size() == kFrameHeaderSize && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0);
}

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, fmt::format("malformed response: {}", what));
}

}  // namespace

ResponseShape shape_of(Command command) {
  switch (command) {
    case Command::Query:
      return ResponseShape::Query;
    case Command::StmtExecute:
    case Command::StmtBulkExecute:
      return ResponseShape::Execute;
    case Command::StmtFetch:
      return ResponseShape::Rows;
    case Command::StmtPrepare:
      return ResponseShape::Prepare;
    case Command::FieldList:
      return ResponseShape::FieldList;
    case Command::Statistics:
      return ResponseShape::Text;
    case Command::ProcessInfo:
      return ResponseShape::Query;
    case Command::Quit:
    case Command::StmtClose:
    case Command::StmtSendLongData:
      return ResponseShape::None;
    default:
      return ResponseShape::OkOrErr;
  }
}

ResponseScanner::ResponseScanner(ResponseShape shape, std::uint32_t capabilities,
                                 std::uint8_t sequence)
    : shape_(shape), phase_(first_phase(shape)), capabilities_(capabilities), sequence_(sequence) {}

ResponseScanner::Phase ResponseScanner::first_phase(ResponseShape shape) {
  switch (shape) {
    case ResponseShape::FieldList:
      return Phase::Fields;
    case ResponseShape::Rows:
      return Phase::Rows;
    case ResponseShape::None:
      return Phase::Done;
    case ResponseShape::OkOrErr:
    case ResponseShape::Query:
    case ResponseShape::Execute:
    case ResponseShape::Prepare:
    case ResponseShape::Text:
      return Phase::First;
  }
  return Phase::First;
}

ResponseScanner::Frame ResponseScanner::frame_at(ByteView bytes) const {
  return {bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16, bytes[3]};
}

Result<std::optional<ScanStep>> ResponseScanner::next(ByteView& input) {
  if (!held_.empty()) return next_held(input);
  std::size_t run = 0;  // raw bytes at the front of the input
  const auto emit_run = [&]() -> std::optional<ScanStep> {
    ScanStep step;
    step.bytes = input.first(run);
    step.last = done();
    input = input.subspan(run);
    return step;
  };
  // Most of what large results have: rows that are here as a whole, in one frame each.
  const auto take_plain_rows = [&] {
    while (input.size() - run > kFrameHeaderSize) {
      const ByteView row = input.subspan(run);
      const Frame frame = frame_at(row);
      const bool plain = frame.sequence == sequence_ && row[kFrameHeaderSize] < kEofHeader &&
                         frame.size != 0 && frame.size < kFramePayloadMax;
      if (!plain || row.size() - kFrameHeaderSize < frame.size) return;
      ++sequence_;
      ++rows_;
      run += kFrameHeaderSize + frame.size;
    }
  };
  while (run < input.size() && !done()) {
    if (phase_ == Phase::Rows && raw_left_ == 0 && !raw_continues_ && !any_sequence_) {
      take_plain_rows();
      if (run == input.size()) break;
    }
    const ByteView rest = input.subspan(run);
    if (raw_left_ > 0) {
      const std::size_t part = std::min(raw_left_, rest.size());
      raw_left_ -= part;
      run += part;
      if (raw_left_ == 0 && !raw_continues_) end_raw_packet();
      continue;
    }
    if (!is_classifiable(rest)) {
      if (run > 0) return emit_run();
      held_.assign(rest.begin(), rest.end());
      input = {};
      return std::optional<ScanStep>();
    }
    const Frame frame = frame_at(rest);
    const std::size_t whole = kFrameHeaderSize + frame.size;
    const bool continuation = raw_continues_;
    const std::uint8_t first = rest.size() > kFrameHeaderSize ? rest[kFrameHeaderSize] : 0;
    const auto kind = continuation ? std::nullopt : control_kind(first, frame.size);
    if (kind || (!continuation && is_column_count())) {
      if (rest.size() < whole) {
        if (run > 0) return emit_run();
        if (whole > kControlBytesMax) return malformed("a control packet of over 1 MiB");
        held_.assign(rest.begin(), rest.end());
        input = {};
        return std::optional<ScanStep>();
      }
      if (kind) {
        if (run > 0) return emit_run();
        auto step = control_step(*kind, rest.first(whole));
        if (!step) return step.error();
        input = rest.subspan(whole);
        return std::optional<ScanStep>(*step);
      }
    }
    if (Result<void> begun = begin_raw(rest); !begun) return begun.error();
    run += kFrameHeaderSize;
    if (raw_left_ == 0 && !raw_continues_) end_raw_packet();
  }
  if (run == 0) return std::optional<ScanStep>();
  return emit_run();
}

// Goes on with a packet whose start came with an earlier input.
Result<std::optional<ScanStep>> ResponseScanner::next_held(ByteView& input) {
  const auto fill = [&](std::size_t size) {
    const std::size_t part = std::min(size - std::min(size, held_.size()), input.size());
    append(held_, input.first(part));
    input = input.subspan(part);
    return held_.size() >= size;
  };
  if (!fill(kFrameHeaderSize)) return std::optional<ScanStep>();
  const std::size_t whole = kFrameHeaderSize + frame_at(held_).size;
  if (!fill(std::min(kClassifiable, whole))) return std::optional<ScanStep>();
  const std::uint8_t first = held_.size() > kFrameHeaderSize ? held_[kFrameHeaderSize] : 0;
  const auto kind = raw_continues_ ? std::nullopt : control_kind(first, whole - kFrameHeaderSize);
  if (kind || (!raw_continues_ && is_column_count())) {
    if (whole > kControlBytesMax) return malformed("a control packet of over 1 MiB");
    if (!fill(whole)) return std::optional<ScanStep>();
  }
  shown_ = std::exchange(held_, {});
  if (kind) {
    auto step = control_step(*kind, shown_);
    if (!step) return step.error();
    return std::optional<ScanStep>(*step);
  }
  if (Result<void> begun = begin_raw(shown_); !begun) return begun.error();
  raw_left_ -= shown_.size() - kFrameHeaderSize;
  if (raw_left_ == 0 && !raw_continues_) end_raw_packet();
  ScanStep step;
  step.bytes = shown_;
  step.last = done();
  return std::optional<ScanStep>(step);
}

// What a packet is, by its first byte, in the present phase; nothing for one that passes as raw
// bytes.
std::optional<PacketKind> ResponseScanner::control_kind(std::uint8_t first,
                                                        std::size_t size) const {
  if (size == 0) return std::nullopt;
  if (first == kErrHeader) return PacketKind::Err;
  const bool short_eof = first == kEofHeader && size < kEofSizeMax;
  const bool result_end =
      deprecate_eof() ? first == kEofHeader && size < kFramePayloadMax : short_eof;
  switch (phase_) {
    case Phase::First:
      if (shape_ == ResponseShape::Text) return PacketKind::Text;
      if (shape_ == ResponseShape::Prepare) return PacketKind::PrepareOk;
      if (first == kOkHeader || short_eof) return PacketKind::Ok;
      // To COM_SET_OPTION, with what it says of the session.
      if (shape_ == ResponseShape::OkOrErr && result_end) return PacketKind::Ok;
      if (first == kLocalInfileHeader && has_results()) return PacketKind::LocalInfile;
      return std::nullopt;
    case Phase::ColumnsEof:
    case Phase::ParametersEof:
    case Phase::PreparedColumnsEof:
      return PacketKind::ColumnsEnd;
    case Phase::Rows:
    case Phase::Fields:
      return result_end ? std::optional(PacketKind::ResultEnd) : std::nullopt;
    case Phase::Columns:
    case Phase::Parameters:
    case Phase::PreparedColumns:
    case Phase::Done:
      return std::nullopt;
  }
  return std::nullopt;
}

bool ResponseScanner::is_column_count() const {
  return phase_ == Phase::First;
}

Result<void> ResponseScanner::take_sequence(const Frame& frame) {
  if (frame.sequence != sequence_ && !any_sequence_) return malformed("packets out of order");
  any_sequence_ = false;
  sequence_ = static_cast<std::uint8_t>(frame.sequence + 1);
  return {};
}

// Takes the header of a raw frame at the front of `packet`.
Result<void> ResponseScanner::begin_raw(ByteView packet) {
  const Frame frame = frame_at(packet);
  if (Result<void> taken = take_sequence(frame); !taken) return taken.error();
  if (frame.size == 0 && !raw_continues_) return malformed("an empty packet");
  raw_left_ = frame.size;
  raw_continues_ = frame.size == kFramePayloadMax;
  const bool definition =
      phase_ == Phase::Columns || phase_ == Phase::Parameters || phase_ == Phase::PreparedColumns;
  if (definition && frame.size < kEofSizeMax && packet.size() > kFrameHeaderSize &&
      packet[kFrameHeaderSize] == kEofHeader)
    return malformed("an EOF among column definitions");
  if (phase_ != Phase::First) return {};
  ByteReader reader(packet.subspan(kFrameHeaderSize, frame.size));
  const std::uint64_t count = read_lenenc(reader);
  if (reader.failed() || reader.remaining() > 0 || count == 0 || count > kColumnsMax ||
      shape_ == ResponseShape::OkOrErr) {
    return malformed("a packet that is neither OK, ERR nor a column count");
  }
  definitions_left_ = count + 1;  // this packet counts too when it ends
  return {};
}

void ResponseScanner::end_raw_packet() {
  const auto after_definitions = [&](Phase eof, Phase next) {
    if (--definitions_left_ == 0) phase_ = deprecate_eof() ? next : eof;
  };
  switch (phase_) {
    case Phase::First:
      phase_ = Phase::Columns;
      --definitions_left_;
      return;
    case Phase::Columns:
      return after_definitions(Phase::ColumnsEof, Phase::Rows);
    case Phase::Parameters:
      after_definitions(Phase::ParametersEof, Phase::PreparedColumns);
      if (phase_ == Phase::PreparedColumns) enter_prepared();
      return;
    case Phase::PreparedColumns:
      return after_definitions(Phase::PreparedColumnsEof, Phase::Done);
    case Phase::Rows:
      ++rows_;
      return;
    default:
      return;
  }
}

void ResponseScanner::enter_prepared() {
  definitions_left_ = prepared_columns_;
  phase_ = prepared_columns_ == 0 ? Phase::Done : Phase::PreparedColumns;
}

Result<ScanStep> ResponseScanner::control_step(PacketKind kind, ByteView framed) {
  const Frame frame = frame_at(framed);
  if (Result<void> taken = take_sequence(frame); !taken) return taken.error();
  ScanStep step;
  step.kind = kind;
  step.bytes = framed;
  step.payload = framed.subspan(kFrameHeaderSize);
  step.sequence = frame.sequence;
  if (Result<void> taken = take_control(step); !taken) return taken.error();
  step.last = done();
  return step;
}

// Moves to the phase after a control packet, and reads the status of those that have one.
Result<void> ResponseScanner::take_control(ScanStep& step) {
  ByteReader reader(step.payload);
  const std::uint8_t header = reader.u8();
  switch (step.kind) {
    case PacketKind::Err:
      if (step.payload.size() < kErrSizeMin) return malformed("a short ERR packet");
      phase_ = Phase::Done;
      return {};
    case PacketKind::Text:
      phase_ = Phase::Done;
      return {};
    case PacketKind::PrepareOk:
      return take_prepare_ok(step.payload);
    case PacketKind::LocalInfile:
      any_sequence_ = true;
      return {};
    default:
      break;
  }
  const bool classic = header == kEofHeader && step.payload.size() < kOkSizeMin;
  if (classic) {
    step.warnings = reader.u16();
    step.status = reader.u16();
  } else {
    read_lenenc(reader);
    read_lenenc(reader);
    step.status = reader.u16();
    step.warnings = reader.u16();
  }
  if (reader.failed()) return malformed("a short OK or EOF packet");
  if (step.kind == PacketKind::ColumnsEnd) {
    if (header != kEofHeader) return malformed("no EOF after column definitions");
    end_definitions(step.status);
    return {};
  }
  step.rows = std::exchange(rows_, 0);
  const bool more = (step.status & kStatusMoreResults) != 0;
  phase_ = more && has_results() ? Phase::First : Phase::Done;
  return {};
}

// Moves on after the EOF that ends column or parameter definitions.
void ResponseScanner::end_definitions(std::uint16_t status) {
  const bool cursor = (status & kStatusCursorExists) != 0;
  if (phase_ == Phase::ColumnsEof && !cursor) {
    phase_ = Phase::Rows;
  } else if (phase_ == Phase::ParametersEof) {
    enter_prepared();
  } else {
    // The rows of a cursor come with COM_STMT_FETCH.
    phase_ = Phase::Done;
  }
}

Result<void> ResponseScanner::take_prepare_ok(ByteView payload) {
  ByteReader reader(payload);
  if (reader.u8() != kOkHeader) return malformed("not an answer to PREPARE");
  reader.u32();  // statement id
  prepared_columns_ = reader.u16();
  definitions_left_ = reader.u16();
  if (reader.failed()) return malformed("a short answer to PREPARE");
  if (definitions_left_ == 0) {
    enter_prepared();
  } else {
    phase_ = Phase::Parameters;
  }
  return {};
}

}  // namespace understudy::protocol
