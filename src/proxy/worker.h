#pragma once

#include <atomic>
#include <memory>
#include <unordered_map>

#include "backend/account_table.h"
#include "backend/dispatcher.h"
#include "base/spare_buffers.h"
#include "base/spares.h"
#include "net/listener.h"
#include "net/loop.h"
#include "proxy/client_session.h"
#include "proxy/kill.h"
#include "proxy/statement_texts.h"
#include "sql/classifier.h"

namespace understudy::proxy {

struct WorkerSettings {
  backend::DispatcherSettings dispatcher;
  Duration login_timeout{};
  std::size_t packet_bytes_max = 0;  // commands larger than this are refused (1153)
  LoginServices login;
  std::string server_version;  // what clients are greeted with until a server is known
};

// One core's loop with its client sessions and connections. Everything here runs on that loop's
// thread, but for what says otherwise.
class Worker final {
 public:
  Worker(WorkerSettings settings, std::shared_ptr<const replication::Topology> topology,
         const std::vector<std::shared_ptr<backend::ConnectionBudget>>& budgets);
  ~Worker();

  // Runs the loop until stop(); call it on the worker's own thread.
  void run();
  // Any thread.
  void stop();

  // Any thread: takes effect on the loop.
  void set_topology(std::shared_ptr<const replication::Topology> topology);
  void set_accounts(std::shared_ptr<const backend::AccountTable> accounts);
  // Where sessions of the same proxy are; before run().
  void set_peers(std::vector<Worker*> all) { peers_ = std::move(all); }
  void add_client(net::AcceptedSocket socket, std::uint32_t id,
                  std::shared_ptr<const ListenerOptions> options);
  // Ends every session once it is between transactions.
  void drain();
  // Closes the connections to the primary that are in use or held: see Dispatcher::cut_primary.
  void cut_primary();
  [[nodiscard]] std::size_t client_count() const { return client_count_.load(); }
  [[nodiscard]] std::shared_ptr<const backend::DispatchCounters> counters() const;

  // For its sessions.
  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] backend::Dispatcher& dispatcher() { return *dispatcher_; }
  [[nodiscard]] const WorkerSettings& settings() const { return settings_; }
  // What clients take for the server's version: that of the primary, or of another server; and
  // whether one of them has said it yet.
  [[nodiscard]] std::string server_version() const;
  [[nodiscard]] bool knows_version() const { return known_version() != nullptr; }
  // Larger commands are refused: the servers would.
  [[nodiscard]] std::size_t packet_bytes_max() const;
  [[nodiscard]] StatementTexts& statement_texts() { return statement_texts_; }
  [[nodiscard]] sql::Classifier& classifier() { return classifier_; }
  [[nodiscard]] Spares<sql::Classification>& spare_classifications() { return classifications_; }
  // For what a command takes while it is under way.
  [[nodiscard]] SpareBuffers& buffers() { return buffers_; }
  // For what is put together and sent in one call.
  [[nodiscard]] Bytes& scratch() { return scratch_; }
  [[nodiscard]] const backend::AccountTable* accounts() const { return accounts_.get(); }
  // Tells the session later whether the password is right.
  void check_password(std::uint32_t id, protocol::PasswordCheck check);
  // Ends what `request` names, on whatever worker it is; the session that asks is told later.
  void kill(std::uint32_t asking, const KillRequest& request);
  // Tells the session `asking` later of all those of `user`, on whatever worker they are.
  void list(std::uint32_t asking, const std::string& user);
  // Destroys the session, but not inside this call.
  void remove(std::uint32_t id);

 private:
  KillOutcome kill_here(const KillRequest& request);
  [[nodiscard]] std::vector<ClientProcess> list_here(const std::string& user) const;
  // Runs `ask` on each worker's loop; `done` has the answers, on this one's.
  template <typename Answer>
  void ask_all(std::function<Answer(Worker&)> ask,
               std::function<void(const std::vector<Answer>&)> done);
  void tell_killed(std::uint32_t asking, const KillOutcome& outcome);
  [[nodiscard]] const replication::ServerView* known_version() const;

  const WorkerSettings settings_;
  net::Loop loop_;
  std::unique_ptr<backend::Dispatcher> dispatcher_;
  std::shared_ptr<const backend::AccountTable> accounts_;
  StatementTexts statement_texts_;
  sql::Classifier classifier_;
  Spares<sql::Classification> classifications_;
  SpareBuffers buffers_;
  Bytes scratch_;
  std::unordered_map<std::uint32_t, std::unique_ptr<ClientSession>> sessions_;
  std::vector<Worker*> peers_;  // this one among them
  std::atomic<std::size_t> client_count_{0};
  bool draining_ = false;
};

}  // namespace understudy::proxy
