#include "net/unsent.h"

#include <algorithm>
#include <utility>

namespace understudy::net {

void Unsent::remove(Writer& writer) {
  std::replace(writers_.begin(), writers_.end(), &writer, static_cast<Writer*>(nullptr));
}

void Unsent::flush() {
  collecting_ = false;
  for (Writer* const& writer : writers_)  // flushing one may remove it, but adds none
    if (writer != nullptr) writer->flush();
  writers_.clear();
}

Bytes Unsent::take_buffer() {
  if (buffers_.empty()) return {};
  Bytes buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Unsent::give_back(Bytes buffer) {
  if (buffers_.size() == kBuffersMax || buffer.capacity() > kBufferBytesMax) return;
  buffer.clear();
  buffers_.push_back(std::move(buffer));
}

}  // namespace understudy::net
