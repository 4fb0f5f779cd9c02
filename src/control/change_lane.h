#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/change_counters.h"
#include "control/change_stream.h"
#include "control/change_subscriber.h"
#include "feed/change_reader.h"
#include "feed/event_writer.h"
#include "net/loop.h"

namespace understudy::control {

// Subscribers who want the same and have got the same: each change is found and written once, and
// sent to all of them. A lane is fed by the follower that all lanes share, or, as long as it is
// behind that, by a stream of its own at the pace of its fastest subscriber. Lives on one loop.
class ChangeLane final : public ChangeStreamHandler {
 public:
  enum class State : std::uint8_t {
    Waiting,   // for a place to read from its position
    Defining,  // for the definition of a table, which has to be asked for
    Asking,    // for the same, which has been asked for
    Reading,   // has a stream of its own
    Joining,   // wants to go on with the follower at the next end of a transaction there
    Live,      // the follower feeds it
    Over,      // has no subscribers any more
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    // Some lane has something to be done, in a later turn of the loop: it has become Waiting,
    // Defining (`missing()` says what for) or Over, or waits for its subscribers no more.
    virtual void tend_soon() = 0;
    // The same: flush() is to be called.
    virtual void flush_soon() = 0;
    // It is Reading and at the end of a transaction. May make it Live, or Over.
    virtual void on_boundary(ChangeLane& lane) = 0;
  };

  struct Settings {
    std::size_t buffer = 4UL * 1024 * 1024;       // unsent bytes of one subscriber
    std::shared_ptr<const backend::Login> login;  // of the service account, for streams
  };

  // The rest outlives this.
  ChangeLane(net::Loop& loop, const Settings& settings, feed::Selection selection,
             feed::TableSource& tables, ChangeCounters& counters, Owner& owner);
  ~ChangeLane() override;

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const feed::Selection& selection() const { return selection_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::optional<feed::TableId>& missing() const { return reader_.missing(); }
  // What every subscriber has got.
  [[nodiscard]] const feed::EventId& sent() const { return sent_; }
  [[nodiscard]] const replication::Position& position() const { return reader_.position(); }
  [[nodiscard]] bool in_transaction() const { return reader_.open(); }
  [[nodiscard]] bool from_the_beginning() const { return from_the_beginning_; }
  // At the end of a transaction, and no subscriber is far behind: can go on with the follower.
  [[nodiscard]] bool can_join() const {
    return state_ == State::Reading && !reader_.open() && sent_.rows == 0 && !paced_since_ &&
           !from_the_beginning_;
  }

  // Where it begins; Waiting then.
  void begin_at(const feed::EventId& start, bool at_the_beginning);
  void begin_with_next();  // Joining
  void asking();           // from Defining
  void defined();          // from Asking: Waiting again

  void add(std::unique_ptr<ChangeSubscriber> subscriber);
  // Takes all subscribers of another lane, which is at the same place.
  void absorb(ChangeLane& other);
  std::unique_ptr<ChangeSubscriber> remove(ChangeSubscriber& subscriber);
  [[nodiscard]] const std::vector<std::unique_ptr<ChangeSubscriber>>& subscribers() const {
    return subscribers_;
  }

  // Reading from where it is.
  void read(const replication::TopologyPtr& topology);
  void set_topology(const replication::TopologyPtr& topology);
  // Reading no further for the moment: it is ahead of the follower.
  void hold();
  // Live at this position of the follower, which is at the end of a transaction.
  void go_live(const replication::Position& now);

  // Live: the follower's next event; the follower begins its transaction again.
  void take(const replication::BinlogEvent& event);
  void interrupted();

  void flush();
  void keep_alive();
  void on_drained();
  // Lets those go who take nothing any more.
  void check_progress(Instant now);
  // All subscribers are told why; Over then. `status` is for those who have no answer yet.
  void fail(unsigned status, const std::string& why);
  // The same for those of one account only.
  void refuse(const backend::Login& login, unsigned status, const std::string& why);

 private:
  void on_stream_started() override;
  void on_stream_event(const replication::BinlogEvent& event) override;
  replication::Position on_stream_interrupted() override;
  void on_stream_failed(const Error& why, bool gone) override;

  bool process(const replication::BinlogEvent& event);
  bool check_id_size();
  void change_state(State next);
  void leave_live();
  void send(const std::string& events);
  void drop(std::size_t index);
  void pace();

  net::Loop& loop_;
  const Settings& settings_;
  const feed::Selection selection_;
  const std::string key_;
  ChangeCounters& counters_;
  Owner& owner_;
  feed::EventWriter writer_;
  feed::ChangeReader reader_;
  State state_ = State::Waiting;
  feed::EventId sent_;
  bool from_the_beginning_ = false;
  std::size_t events_sent_ = 0;
  std::string last_id_;  // that a keep-alive has told
  std::vector<std::unique_ptr<ChangeSubscriber>> subscribers_;
  std::unique_ptr<ChangeStream> stream_;
  bool held_ = false;
  std::optional<Instant> paced_since_;  // everyone has much unsent
};

}  // namespace understudy::control
