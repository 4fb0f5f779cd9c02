#include "protocol/compressed_frames.h"

#include <algorithm>
#include <utility>

#include "protocol/constants.h"

namespace understudy::protocol {
namespace {

// As servers and clients do: less is not worth the work.
constexpr std::size_t kPackedBytesMin = 50;
// Larger frames would hardly be packed better, and the other side waits for a whole one.
constexpr std::size_t kFrameBytesMax = 64UL * 1024;

Error cannot_unpack() {
  return make_error(ErrorKind::Malformed, 1157, "08S01",
                    "Couldn't uncompress communication packet");
}

Error out_of_order() {
  return make_error(ErrorKind::Malformed, 1156, "08S01",
                    "Got packets out of order: a compressed one");
}

std::uint8_t next(std::uint8_t number) {
  return static_cast<std::uint8_t>(number + 1);
}

}  // namespace

// --- coming in ---

Result<ByteView> CompressedFrames::unpack(ByteView& in, std::span<std::uint8_t> room) {
  Result<ByteView> part = unpack_next(in, room);
  if (side_ == Side::Server || !part) return part;
  return numbered(*part, room);
}

// What lies in the input is only looked at, so it has to be copied.
ByteView CompressedFrames::numbered(ByteView part, std::span<std::uint8_t> room) {
  const std::span<std::uint8_t> bytes = room.first(part.size());
  if (part.data() != bytes.data()) std::ranges::copy(part, bytes.begin());
  for (std::size_t at = 0; at < bytes.size();) {
    if (answer_packet_left_ > 0) {
      const std::size_t count = std::min(answer_packet_left_, bytes.size() - at);
      answer_packet_left_ -= count;
      at += count;
    } else if (answer_header_size_ < kFrameHeaderSize - 1) {
      answer_packet_size_ |= std::size_t{bytes[at++]} << (8 * answer_header_size_++);
    } else {
      bytes[at++] = answer_sequence_++;
      answer_packet_left_ = std::exchange(answer_packet_size_, 0);
      answer_header_size_ = 0;
    }
  }
  return bytes;
}

Result<ByteView> CompressedFrames::unpack_next(ByteView& in, std::span<std::uint8_t> room) {
  for (;;) {
    if (frame_.inflater != nullptr) {
      Result<ByteView> part = inflate(in, room);
      // A frame that has ended may have given its last bytes before.
      if (!part || !part->empty() || frame_.inflater != nullptr) return part;
    } else if (frame_.packed_left > 0) {
      std::size_t size = std::min(in.size(), frame_.packed_left);
      if (side_ == Side::Client) size = std::min(size, room.size());
      const ByteView part = in.first(size);
      in = in.subspan(part.size());
      frame_.packed_left -= part.size();
      return part;
    } else {
      if (!take_header(in)) return ByteView();
      if (const Result<void> begun = begin_frame(); !begun) return begun.error();
    }
  }
}

bool CompressedFrames::take_header(ByteView& in) {
  const std::size_t count = std::min(in.size(), kHeaderSize - header_taken_);
  std::copy_n(in.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(header_taken_));
  header_taken_ += count;
  in = in.subspan(count);
  if (header_taken_ < kHeaderSize) return false;
  header_taken_ = 0;
  return true;
}

Result<void> CompressedFrames::begin_frame() {
  ByteReader header(header_);
  frame_.packed_left = header.u24();
  if (!accept_number(header.u8())) return out_of_order();
  frame_.unpacked_left = header.u24();
  if (frame_.unpacked_left == 0) return {};
  if (frame_.packed_left == 0) return cannot_unpack();
  frame_.inflater = make_inflater(method_);
  return {};
}

// What servers send is counted by whoever reads their packets: the numbers of several commands'
// answers begin anew, and those commands may have had several frames.
bool CompressedFrames::accept_number(std::uint8_t number) {
  if (side_ == Side::Client) {
    if (packet_left_ == 0) number_ = next(number);
    return true;
  }
  // A new command, more of it, or what an answer under way has asked for.
  if (number != 0 && number != next(command_number_) && number != number_) return false;
  if (number == number_) number_ = next(number);
  command_number_ = number;
  return true;
}

// A body may unpack to a byte more than its header says, so that this is known as soon as the bytes
// that say so are there, however they were cut.
Result<ByteView> CompressedFrames::inflate(ByteView& in, std::span<std::uint8_t> room) {
  for (;;) {
    const ByteView packed = in.first(std::min(in.size(), frame_.packed_left));
    const auto step =
        frame_.inflater->run(packed, room.first(std::min(room.size(), frame_.unpacked_left + 1)));
    if (step.made > frame_.unpacked_left) return cannot_unpack();
    in = in.subspan(step.taken);
    frame_.packed_left -= step.taken;
    frame_.unpacked_left -= step.made;
    const bool idle = step.taken == 0 && step.made == 0;
    if (step.state == Inflater::State::Ended) {
      if (frame_.packed_left != 0 || frame_.unpacked_left != 0) return cannot_unpack();
      frame_.inflater.reset();
    } else if (step.state == Inflater::State::Broken || (idle && !packed.empty()) ||
               (idle && frame_.packed_left == 0)) {
      return cannot_unpack();
    }
    if (step.made > 0 || idle || frame_.inflater == nullptr) return ByteView(room.first(step.made));
  }
}

// --- going out ---

void CompressedFrames::pack(ByteView bytes, Bytes& out) {
  if (side_ == Side::Client) return pack_commands(bytes, out);
  pack_frames(bytes, out);
}

void CompressedFrames::pack_commands(ByteView bytes, Bytes& out) {
  Bytes joined;
  if (!cut_header_.empty()) {
    joined = std::exchange(cut_header_, {});
    append(joined, bytes);
    bytes = joined;
  }
  while (!bytes.empty()) {
    const std::size_t size = same_command(bytes);
    pack_frames(bytes.first(size), out);
    bytes = bytes.subspan(size);
    if (bytes.size() < kFrameHeaderSize) {
      cut_header_.assign(bytes.begin(), bytes.end());
      return;
    }
  }
}

// How many of `bytes` go on with the command under way, or are the first one: a command's first
// packet has the number 0.
std::size_t CompressedFrames::same_command(ByteView bytes) {
  std::size_t size = std::min(packet_left_, bytes.size());
  packet_left_ -= size;
  while (bytes.size() - size >= kFrameHeaderSize) {
    ByteReader header(bytes.subspan(size));
    const std::size_t payload = header.u24();
    const std::size_t packet = kFrameHeaderSize + payload;
    const std::uint8_t sequence = header.u8();
    if (sequence == 0) {
      if (size > 0) break;
      number_ = 0;
    } else if (!packet_full_) {
      answer_sequence_ = next(sequence);  // the contents of a file: the answer goes on behind them
    }
    packet_full_ = payload == kFramePayloadMax;
    const std::size_t part = std::min(packet, bytes.size() - size);
    packet_left_ = packet - part;
    size += part;
  }
  return size;
}

void CompressedFrames::pack_frames(ByteView bytes, Bytes& out) {
  ByteWriter writer(out);
  Bytes packed;
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), kFrameBytesMax));
    bytes = bytes.subspan(part.size());
    const bool smaller =
        part.size() >= kPackedBytesMin && deflate(method_, zstd_level_, part, packed);
    const ByteView body = smaller ? ByteView(packed) : part;
    writer.u24(static_cast<std::uint32_t>(body.size()));
    writer.u8(number_++);
    writer.u24(smaller ? static_cast<std::uint32_t>(part.size()) : 0);
    writer.bytes(body);
  }
}

}  // namespace understudy::protocol
