#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backend/login.h"
#include "feed/event_id.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::control {

class ChangeLane;

// One HTTP connection that gets changes as server-sent events. Lives on one loop.
class ChangeSubscriber final : private net::StreamHandler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The client is gone: the owner destroys the subscriber, perhaps at once.
    virtual void on_gone(ChangeSubscriber& subscriber) = 0;
    // All that was sent has gone out.
    virtual void on_drained(ChangeSubscriber& subscriber) = 0;
  };

  ChangeSubscriber(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                   std::shared_ptr<const backend::Login> login, Owner& owner);

  // Begins the answer with status 200; once.
  void begin();
  [[nodiscard]] bool begun() const { return begun_; }
  // Whole events.
  void send(std::string_view events) { stream_->write(as_bytes(events)); }
  [[nodiscard]] std::size_t unsent() const { return stream_->pending_write_bytes(); }
  // Says why it ends, in the background; nothing else may be called any more. Before begin() it is
  // an answer with `status`, after it an event with where to go on.
  void end(unsigned status, std::string_view why, const feed::EventId& last);

  [[nodiscard]] const std::shared_ptr<const backend::Login>& login() const { return login_; }

  // Where the owner keeps it.
  ChangeLane* lane = nullptr;
  std::size_t index = 0;

 private:
  void on_data(ByteView /*bytes*/) override {}  // a client has nothing more to say
  void on_closed(const Error& /*error*/) override { owner_.on_gone(*this); }
  void on_drained() override { owner_.on_drained(*this); }

  net::Loop& loop_;
  std::unique_ptr<net::Stream> stream_;
  const std::shared_ptr<const backend::Login> login_;
  Owner& owner_;
  bool begun_ = false;
};

}  // namespace understudy::control
