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

}  // namespace understudy::net
