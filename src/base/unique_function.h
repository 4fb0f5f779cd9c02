#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace understudy {

template <typename Signature>
class UniqueFunction;

// A callable that may own what cannot be copied (std::move_only_function is not in C++20). One of
// at most two pointers' size lies in the object: making it allocates nothing.
template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  UniqueFunction(std::nullptr_t) {}
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, F&, Args...>) UniqueFunction(F function) {
    if constexpr (kFits<F>)
      hold(std::move(function));
    else
      hold(Elsewhere<F>{std::make_unique<F>(std::move(function))});
  }
  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this == &other) return *this;
    // The old one may reach this object while it is destroyed.
    const UniqueFunction old(std::move(*this));
    take(other);
    return *this;
  }
  ~UniqueFunction() {
    if (operations_ != nullptr) operations_->destroy(place());
  }

  explicit operator bool() const { return operations_ != nullptr; }
  R operator()(Args... args) {
    ASSERT(operations_ != nullptr);
    return operations_->call(place(), std::forward<Args>(args)...);
  }

 private:
  struct Operations {
    R (*call)(void* target, Args... args);
    void (*move)(void* from, void* to);  // nothing is left at `from`
    void (*destroy)(void* target);
  };
  static constexpr std::size_t kPlaceSize = 2 * sizeof(void*);

  template <typename F>
  static constexpr bool kFits =
      sizeof(F) <= kPlaceSize &&
      alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

  template <typename F>
  struct Elsewhere {
    std::unique_ptr<F> function;
    R operator()(Args... args) { return (*function)(std::forward<Args>(args)...); }
  };

  template <typename F>
  static constexpr Operations kOperations{
      [](void* target, Args... args) -> R {
        return (*static_cast<F*>(target))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) {
        F* const source = static_cast<F*>(from);
        std::construct_at(static_cast<F*>(to), std::move(*source));
        std::destroy_at(source);
      },
      [](void* target) { std::destroy_at(static_cast<F*>(target)); }};

  template <typename F>
  void hold(F&& function) {
    using Target = std::remove_cvref_t<F>;
    std::construct_at(static_cast<Target*>(place()), std::forward<F>(function));
    operations_ = &kOperations<Target>;
  }
  void take(UniqueFunction& other) {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ != nullptr) operations_->move(other.place(), place());
  }
  void* place() { return place_.data(); }

  const Operations* operations_ = nullptr;
  alignas(void*) std::array<std::byte, kPlaceSize> place_;
};

}  // namespace understudy
