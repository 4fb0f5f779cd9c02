#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "backend/login.h"
#include "client/change_collector.h"
#include "control/change_stream.h"
#include "control/table_access.h"
#include "control/table_book.h"
#include "feed/change_reader.h"
#include "feed/request.h"
#include "net/loop.h"
#include "understudy/changes.h"

namespace understudy::client {

class Engine;

// What a Subscription runs on: a loop with a thread of its own, where the log is read and the
// callbacks run; a callback that takes its time slows the server down, and nobody else.
class SubscriptionState final : public control::ChangeStreamHandler,
                                public std::enable_shared_from_this<SubscriptionState> {
 public:
  struct Logins {
    std::shared_ptr<const backend::Login> service;  // reads the log
    std::shared_ptr<const backend::Login> account;  // has to have the SELECT right
  };

  SubscriptionState(Logins logins, feed::Request request, ChangeCallback callback,
                    ChangeErrorCallback on_error);
  ~SubscriptionState() override;

  // Starts the thread. Returns when the servers have said that the account may read the tables, and
  // where the subscription begins; what is committed after that is delivered. Throws DatabaseError.
  void start();
  void cancel();

  // Any thread.
  void set_topology(replication::TopologyPtr topology);

 private:
  void on_stream_started() override;
  void on_stream_event(const replication::BinlogEvent& event) override;
  replication::Position on_stream_interrupted() override;
  void on_stream_failed(const Error& why, bool gone) override;

  void check();
  void find_start();
  void read();
  void define();
  void ask_definition(const feed::TableId& table);
  void note_rights(const replication::BinlogEvent& event);
  void check_rights_again();
  void fail(const Error& why);
  void started();

  const Logins logins_;
  const feed::Request request_;
  const ChangeCallback callback_;
  const ChangeErrorCallback on_error_;
  std::promise<std::optional<Error>> started_;
  bool told_ = false;  // started_ has been set
  bool rights_changed_ = false;
  std::atomic<bool> cancelled_{false};

  net::Loop loop_;
  control::TableAccess access_;
  control::TableBook tables_;
  ChangeCollector collector_;
  feed::ChangeReader reader_;
  feed::EventId at_;
  bool from_the_beginning_ = false;
  replication::TopologyPtr topology_;
  std::unique_ptr<control::ChangeStream> stream_;
  net::Timer again_;
  std::thread thread_;
};

}  // namespace understudy::client
