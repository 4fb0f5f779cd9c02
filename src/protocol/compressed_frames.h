#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/inflater.h"

namespace understudy::protocol {

// The layer below packets once a login has agreed on compression (MariaDB protocol, "0-Packet",
// compressed packet; MySQL internals, "Compression"). Packets are cut anywhere:
//
//   frame = length:3 (of body) | number:1 | unpacked:3 | body
//
// `unpacked` is 0 if the body is as it was, else its length once unpacked. Numbers are apart from
// those of packets: the client begins at 0 with each command, and both sides count on from there.
//
// Servers number the packets inside by the frames as it happens (measured on MariaDB 10.11: an
// answer to three frames begins with packet 3, and after a flush they go on with the frame's
// number), which clients without compression would not accept. So as a client we number what comes
// anew.
//
// Takes and makes the frames of one connection, without I/O. Between frames it holds a few bytes.
// One thread.
class CompressedFrames final {
 public:
  enum class Side : std::uint8_t { Client, Server };  // which of the two we are

  CompressedFrames(Side side, Compression method, int zstd_level = kZstdLevelDefault)
      : method_(method), zstd_level_(zstd_level), side_(side) {}

  // Takes from the front of `in` and gives a part of what it stands for, which lies in `in` or in
  // `room`. Empty: all of `in` was taken, and nothing is left to give. Errors: Malformed, 1157 for
  // a frame that is not what its header says, and as a server 1156 for a wrong number. Not called
  // again after an error.
  Result<ByteView> unpack(ByteView& in, std::span<std::uint8_t> room);

  // Appends `bytes`, whole packets or parts of some, as frames. As a client, each command begins
  // with a frame of its own.
  void pack(ByteView bytes, Bytes& out);

  // As a server: what is packed from here on answers the command that came last.
  void begin_answer() { number_ = static_cast<std::uint8_t>(command_number_ + 1); }
  // As a client: the packet that comes next is the first of an answer, and has this number. (A
  // server ends each answer with a frame.)
  void expect_answer(std::uint8_t sequence) { answer_sequence_ = sequence; }

 private:
  struct Frame {
    std::size_t packed_left = 0;    // of the body
    std::size_t unpacked_left = 0;  // still to come out of it
    std::unique_ptr<Inflater> inflater;
  };

  bool take_header(ByteView& in);
  Result<void> begin_frame();
  Result<ByteView> unpack_next(ByteView& in, std::span<std::uint8_t> room);
  Result<ByteView> inflate(ByteView& in, std::span<std::uint8_t> room);
  ByteView numbered(ByteView part, std::span<std::uint8_t> room);
  bool accept_number(std::uint8_t number);
  void pack_commands(ByteView bytes, Bytes& out);
  std::size_t same_command(ByteView bytes);
  void pack_frames(ByteView bytes, Bytes& out);

  static constexpr std::size_t kHeaderSize = 7;

  const Compression method_;
  const int zstd_level_;
  const Side side_;

  // Coming in.
  std::array<std::uint8_t, kHeaderSize> header_{};
  std::size_t header_taken_ = 0;
  Frame frame_;
  std::uint8_t command_number_ = 0;  // as a server: of the last frame that came
  // As a client.
  std::uint8_t answer_sequence_ = 1;    // of the next packet
  std::size_t answer_packet_left_ = 0;  // of the one under way
  std::size_t answer_header_size_ = 0;  // of its header, what came: the length in this is
  std::size_t answer_packet_size_ = 0;

  // Going out.
  std::uint8_t number_ = 0;      // of our next frame
  std::size_t packet_left_ = 0;  // as a client: of a packet that was given in part
  bool packet_full_ = false;     // and whether another one belongs to it
  Bytes cut_header_;             // as a client: what came of a packet's header
};

}  // namespace understudy::protocol
