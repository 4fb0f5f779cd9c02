#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/constants.h"

namespace understudy::protocol {

// What a command's response looks like.
enum class ResponseShape : std::uint8_t {
  OkOrErr,  // one OK, EOF or ERR
  Query,    // OK, ERR, a request for a local file, or result sets in text form; several may follow
            // each other
  Execute,  // the same with rows in binary form
  Rows,     // rows without column definitions (COM_STMT_FETCH), or events (COM_BINLOG_DUMP)
  Prepare,  // COM_STMT_PREPARE
  FieldList,  // column definitions, then EOF
  Text,       // one packet of text, or ERR (COM_STATISTICS)
  None,       // no response
};

// The shape of the response to a command.
ResponseShape shape_of(Command command);

enum class PacketKind : std::uint8_t {
  Raw,          // column counts, column definitions, rows: one or several packets, or parts of one
  Ok,           // the answer of a statement without rows
  Err,          // ends the response
  ColumnsEnd,   // EOF after column definitions
  ResultEnd,    // EOF, or an OK with header 0xfe, after rows
  PrepareOk,    // the first packet of a Prepare response
  LocalInfile,  // the server asks for a file: the response goes on after the client's data
  Text,
};

// A part of a response. The views live until the next call of the scanner, or as long as its input.
struct ScanStep {
  PacketKind kind = PacketKind::Raw;
  ByteView bytes;    // with frame headers: may be passed on as it is
  ByteView payload;  // of a packet other than Raw
  std::uint8_t sequence = 0;
  std::uint16_t status = 0;    // ServerStatus flags of Ok, ColumnsEnd and ResultEnd
  std::uint16_t warnings = 0;  // of the same
  std::uint64_t rows = 0;      // of ResultEnd: how many the result had
  bool last = false;           // the response is over
};

// Finds the boundaries of packets and results in a server's response to one command, without
// keeping rows: however large the response, at most kControlBytesMax of it are held. Never throws;
// any bytes are accepted.
class ResponseScanner {
 public:
  static constexpr std::size_t kControlBytesMax = 1024 * 1024;

  // `capabilities` are those that the connection negotiated; `sequence` is the number of the
  // response's first packet, see answer_sequence().
  ResponseScanner(ResponseShape shape, std::uint32_t capabilities, std::uint8_t sequence = 1);

  // Consumes a prefix of `input`: the longest run of raw bytes, or one whole control packet.
  // Nothing if the input is used up. After the step with `last`, what remains in `input` belongs to
  // the next response. Errors: Malformed; the connection must not be used any more.
  Result<std::optional<ScanStep>> next(ByteView& input);

  [[nodiscard]] bool done() const { return phase_ == Phase::Done; }

 private:
  enum class Phase : std::uint8_t {
    First,       // the first packet of a response or of its next result
    Columns,     // column definitions of a result set
    ColumnsEof,  // the EOF after them
    Rows,        // rows, until the result's end
    Parameters,  // parameter definitions of a Prepare response
    ParametersEof,
    PreparedColumns,
    PreparedColumnsEof,
    Fields,  // column definitions of a FieldList response
    Done,
  };
  struct Frame {
    std::size_t size = 0;
    std::uint8_t sequence = 0;
  };

  [[nodiscard]] static Phase first_phase(ResponseShape shape);
  [[nodiscard]] Frame frame_at(ByteView bytes) const;
  Result<void> take_sequence(const Frame& frame);
  [[nodiscard]] bool has_results() const {
    return shape_ == ResponseShape::Query || shape_ == ResponseShape::Execute;
  }
  void end_definitions(std::uint16_t status);
  [[nodiscard]] std::optional<PacketKind> control_kind(std::uint8_t first, std::size_t size) const;
  [[nodiscard]] bool is_column_count() const;
  Result<void> begin_raw(ByteView packet);
  void end_raw_packet();
  void enter_columns(std::uint64_t count);
  Result<std::optional<ScanStep>> next_held(ByteView& input);
  Result<ScanStep> control_step(PacketKind kind, ByteView framed);
  Result<void> take_control(ScanStep& step);
  Result<void> take_prepare_ok(ByteView payload);
  void enter_prepared();
  [[nodiscard]] bool deprecate_eof() const { return (capabilities_ & kDeprecateEof) != 0; }

  ResponseShape shape_;
  Phase phase_;
  std::uint32_t capabilities_;
  std::uint64_t definitions_left_ = 0;
  std::uint64_t rows_ = 0;  // of the result under way
  std::uint16_t prepared_columns_ = 0;
  std::size_t raw_left_ = 0;    // bytes of the current raw frame still to come
  bool raw_continues_ = false;  // another frame of the same packet follows
  std::uint8_t sequence_;       // of the next frame
  bool any_sequence_ = false;   // after a client's file, whose packets count too
  Bytes held_;                  // the start of a packet that is split between inputs
  Bytes shown_;                 // what the last step's views point into, if not the input
};

}  // namespace understudy::protocol
