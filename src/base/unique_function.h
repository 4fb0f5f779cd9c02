#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace understudy {

template <typename Signature>
class UniqueFunction;

// A callable that may own what cannot be copied (std::move_only_function is not in C++20).
template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  UniqueFunction(std::nullptr_t) {}
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, F&, Args...>) UniqueFunction(F function)
      : target_(std::make_unique<Target<F>>(std::move(function))) {}

  explicit operator bool() const { return target_ != nullptr; }
  R operator()(Args... args) {
    ASSERT(target_ != nullptr);
    return target_->call(std::forward<Args>(args)...);
  }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual R call(Args... args) = 0;
  };
  template <typename F>
  struct Target final : Callable {
    explicit Target(F function) : function_(std::move(function)) {}
    R call(Args... args) override { return function_(std::forward<Args>(args)...); }
    F function_;
  };
  std::unique_ptr<Callable> target_;
};

}  // namespace understudy
