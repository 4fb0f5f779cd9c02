#pragma once

#include <string>
#include <utility>

#include "replication/column_value.h"

namespace understudy::replication {

// Makes `value` hold a T, the one that it has if it has one: a row's values are made in the memory
// of those of the row before.
template <typename T>
T& slot(ColumnValue& value) {
  if (T* held = std::get_if<T>(&value)) return *held;
  return value.emplace<T>();
}

inline std::string& text_slot(ColumnValue& value) {
  std::string& text = slot<std::string>(value);
  text.clear();
  return text;
}

inline Bytes& bytes_slot(ColumnValue& value, ByteView bytes) {
  Bytes& held = slot<Bytes>(value);
  held.assign(bytes.begin(), bytes.end());
  return held;
}

}  // namespace understudy::replication
