#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace understudy {

// An integer that names one kind of thing; no implicit conversion either way.
// Example: using ServerId = StrongId<struct ServerIdTag, std::uint16_t>;
template <typename Tag, typename Rep = std::uint32_t>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  // clang-tidy 14 takes the 0 that results are compared with for a pointer.
  friend constexpr auto operator<=>(StrongId, StrongId) = default;  // NOLINT(modernize-use-nullptr)

 private:
  Rep value_ = 0;
};

}  // namespace understudy

template <typename Tag, typename Rep>
struct std::hash<understudy::StrongId<Tag, Rep>> {
  std::size_t operator()(understudy::StrongId<Tag, Rep> id) const {
    return std::hash<Rep>{}(id.value());
  }
};
