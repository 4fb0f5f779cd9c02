#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "social.h"
#include "web/event_stream.h"

namespace social {

// Tells pages what concerns them, as it is committed, through whichever application it was written:
//   post      by somebody whom the visitor follows
//   reaction, comment   on a post of the visitor
//   follower  somebody follows the visitor
//   totals    of posts that somebody reacted to, for everybody, a few times in a second
//   reload    something may have been left out
// One subscription to the cluster's changes serves all pages. Thread-safe.
class Notifier {
 public:
  using Stream = std::shared_ptr<web::EventStream>;

  // Throws understudy::DatabaseError if the changes cannot be followed.
  Notifier(Social& network, understudy::Cluster cluster, std::string schema);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // A page of `person` listens. Whom he follows is read through `session`, which has to show what
  // he did; from then on the changes tell.
  void listen(std::uint64_t person, understudy::Session& session, const Stream& stream);

 private:
  struct Listener {
    std::vector<Stream> streams;
    std::unordered_set<std::uint64_t> follows;
    bool loaded = false;
    std::unordered_set<std::uint64_t> dropped;  // unfollowed while whom he follows was being read
  };

  void begin(const std::string& from);
  void take(const understudy::ChangedTransaction& transaction);
  void take(const understudy::Change& change);
  void on_post(const understudy::ChangedRow& post);
  void on_follow(const understudy::Change& change);
  void on_response(const std::string& event, const understudy::ChangedRow& response);
  void on_totals(const understudy::ChangedRow& totals);
  std::vector<Stream> streams_of(std::uint64_t person);
  void send_to_all(std::string_view event, const nlohmann::json& data);  // needs mutex_
  void forget_closed();                                                  // needs mutex_
  void run();
  void send_totals();
  void begin_again(std::unique_lock<std::mutex>& lock);

  Social& network_;
  understudy::Cluster cluster_;
  const std::string schema_;

  std::mutex mutex_;
  std::condition_variable woken_;
  // Guarded by mutex_:
  std::unordered_map<std::uint64_t, Listener> listeners_;                           // by person
  std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> followers_;  // who listen
  std::map<std::uint64_t, nlohmann::json> totals_;  // by post, to be sent
  std::string last_id_;                             // where to go on from
  int failures_ = 0;                                // in a row
  bool over_ = false;                               // the subscription has ended
  bool stopping_ = false;

  std::optional<understudy::Subscription> subscription_;  // of the thread, once that runs
  std::thread thread_;
};

}  // namespace social
