#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/cache_fill.h"
#include "backend/command.h"
#include "backend/dispatcher.h"
#include "backend/exchange.h"
#include "backend/pool.h"
#include "backend/pooled_query.h"
#include "backend/replay.h"
#include "backend/seen_query.h"
#include "backend/session_state.h"
#include "backend/text_query.h"
#include "backend/transaction_log.h"
#include "backend/warning_list.h"
#include "routing/cached_read.h"
#include "routing/route.h"
#include "sql/session_model.h"

namespace understudy::backend {

// How a session reads unless a statement says otherwise.
struct SessionOptions {
  sql::Consistency consistency = sql::Consistency::Session;
  Duration max_lag{};    // for bounded
  std::string tag;       // only servers with it answer; empty: all
  std::string zone;      // preferred; empty: that of the configuration
  bool replica = false;  // only replicas answer
};

// One client's session, whatever servers its statements run on: what it has seen, its state, and
// the connection that it holds while a transaction or a pin needs it. Runs one command at a time.
// Lives on one loop, used on its thread only; destroying it closes a connection that is in use, so
// that the server rolls back.
class Session final {
 public:
  Session(Dispatcher& dispatcher, std::shared_ptr<const Login> login, SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs a command: picks the server, brings a connection to the session's state, passes the
  // response to `sink`. What `command` points to, and `sink`, must live until
  // ResponseSink::on_finished, which is never called from inside.
  void execute(const Command& command, ResponseSink& sink);
  [[nodiscard]] bool busy() const { return sink_ != nullptr; }

  // Answers a Query or an Execute from the result cache, inside this call: `sink` gets the answer
  // (ResponseSink::on_cached), and nothing else. False if it has to be executed. A Query need not
  // be classified yet. Not while busy().
  bool answer_from_cache(const Command& command, ResponseSink& sink);

  // Ends the command under way, if there is one: at the server that runs it, or the wait for one.
  void interrupt();
  // True once a part of the answer to the command under way was passed on.
  [[nodiscard]] bool answering() const { return exchanging_ && exchange_->started(); }

  // Passes on what a client sends when the server has asked it for a file; ResponseSink is told
  // when it is on its way. Only while busy().
  void send_file(ByteView packets);
  // What of it waits for the server.
  [[nodiscard]] std::size_t file_backlog() const;

  // Ends the cursor that a statement has open, if it has one. Not while busy().
  void close_cursor(PreparedStatement& statement);

  // Whether a text may have several statements; of the connection in use too, which must have been
  // told if there is one. Not while busy().
  void set_multi_statements(bool on);

  // Slows the server down while the client is slower.
  void pause();
  void resume();

  // As COM_RESET_CONNECTION: rolls back, and forgets all state but the schema. Not while busy().
  void reset();

  // Gives a position that covers all that the session has seen (a token, for other sessions),
  // asking the primary if need be. Not while busy(); `done` is called once.
  void fetch_seen(UniqueFunction<void(Result<std::string>)> done);
  // Makes reads at least as fresh as `token` says. Error: Invalid.
  Result<void> set_seen(std::string_view token);

  void set_options(const SessionOptions& options) { options_ = options; }
  void set_consistency(sql::Consistency consistency) { options_.consistency = consistency; }
  void set_max_lag(Duration max_lag) { options_.max_lag = max_lag; }
  [[nodiscard]] const SessionOptions& options() const { return options_; }
  [[nodiscard]] const SessionState& state() const { return state_; }
  [[nodiscard]] const Login& login() const { return *login_; }
  void set_schema(std::string_view schema) {
    state_.set_schema(schema);
    identity_.clear();
  }
  // How the servers read this session's texts.
  [[nodiscard]] const sql::Modes& modes() const { return model_.modes(); }
  // True if the connection in use was lost in a way that takes something with it that the client
  // cannot know to be gone: its connection has to end as well.
  [[nodiscard]] bool lost_state() const { return lost_state_; }
  // True while a transaction or a pin ties the session to a connection.
  [[nodiscard]] bool holding() const { return connection_held_; }
  [[nodiscard]] const std::string& schema() const { return state_.schema(); }
  // Those of the connection whose response is being passed on.
  [[nodiscard]] std::uint32_t server_capabilities() const {
    return connection_ ? connection_->capabilities() : login_->capabilities;
  }
  // Status flags for an OK packet of our own.
  [[nodiscard]] std::uint16_t status() const { return status_; }
  // Where the last statement went and why, for SHOW UNDERSTUDY ROUTE.
  struct LastRoute {
    std::string server;
    std::string_view reason;            // static
    std::optional<Duration> staleness;  // as routing::Route says
  };
  [[nodiscard]] const LastRoute& last_route() const { return last_route_; }

 private:
  friend class Dispatcher;

  // What the dispatcher calls; each may end the session.
  void topology_changed();
  void primary_changed();
  void cut();
  void server_given_up();
  // Choosing a server.
  void choose_server();
  void wait_for_server();
  void stop_waiting_for_server();
  void settle();
  [[nodiscard]] bool may_be_ahead_of(const replication::ServerView& primary) const;
  void await_primary(const replication::ServerView& primary);
  [[nodiscard]] const SessionState& wanted_state() const;
  [[nodiscard]] ConnectionWant want_of(replication::ServerId server) const;
  [[nodiscard]] bool is_read() const;
  // The schema of names in the command under way that do not say theirs.
  [[nodiscard]] std::string_view command_schema() const {
    return schema_of(command_, state_.schema());
  }
  [[nodiscard]] bool is_repeatable() const;
  [[nodiscard]] bool needs_primary() const;
  void fetch_on_primary();
  void fetched(Result<replication::Position> seen);
  // Getting a connection.
  void acquire();
  void no_connection(const Error& why);
  [[nodiscard]] std::unique_ptr<ServerConnection> reclaim_last();
  bool run_where_results_are();
  bool run_beside_results();
  void run_again_on(std::unique_ptr<ServerConnection> connection);
  bool save_own_warnings();
  bool save_others_warnings(UniqueFunction<void()> then);
  [[nodiscard]] std::optional<Bytes> known_results() const;
  bool answer_known_results();
  bool plan_results(ExchangePlan& plan);
  [[nodiscard]] static Error results_gone();
  // Running the command.
  void run(std::unique_ptr<ServerConnection> connection);
  void begin_on_connection();
  void start_exchange();
  void refuse_unknown_results();
  void on_outcome(ExchangeOutcome outcome);
  void run_on_primary();
  void try_elsewhere();
  // The result cache.
  [[nodiscard]] bool may_use_cache() const;
  void refresh_identity();
  [[nodiscard]] cache::Key cache_key(const Command& command);
  [[nodiscard]] cache::EntryPtr look_up(const cache::Key& key);
  bool serves(cache::Entry& entry, const routing::CacheView& view);
  void note_cached(const cache::Entry& entry, Duration staleness);
  bool begin_fill();
  [[nodiscard]] bool is_chosen(const SharedCache& cache) const;
  bool join_flight(SharedCache& cache);
  void leader_ended();
  void finish_from_cache();
  void plan_fill(ExchangePlan& plan);
  void note_answer_to_question();
  void finish_fill();
  // When a connection is lost.
  void note_lost_server();
  void connection_failed(bool sent);
  void held_connection_failed(bool sent);
  void recover();
  void start_replay();
  void replayed(Replay::Outcome outcome);
  void transaction_lost(std::string_view why);
  void lost(bool maybe_executed, bool with_state, std::string_view why = {});
  // When it is not known whether a write was executed.
  void find_outcome(bool with_state);
  void note_unwatched(bool with_state);
  [[nodiscard]] std::optional<LostWrite> lost_write(bool with_state) const;
  [[nodiscard]] LostWrite blurred_write(bool with_state) const;
  [[nodiscard]] bool has_findable_outcome() const;
  [[nodiscard]] bool is_commit() const;
  [[nodiscard]] bool add_transaction(LostWrite& write) const;
  void wait_for_outcome();
  void outcome_found(const replication::WriteOutcome& outcome);
  void outcome_unknown(std::string_view why);
  void write_happened(const replication::Happened& happened);
  void ask_id();
  void id_found(const Result<TextResult>& columns);
  [[nodiscard]] std::optional<std::uint64_t> inserted_id(const TextResult& columns) const;
  void answer_not_known();
  void pass_ok(std::uint64_t affected_rows, std::uint64_t insert_id);
  [[nodiscard]] bool may_commit() const;
  [[nodiscard]] bool is_rollback() const;
  // Afterwards.
  void answered();
  void misbehaved();
  void note_cursor();
  void end_cursor(PreparedStatement& statement);
  void forget_cursors();
  void note_transaction();
  void log_statement();
  void note_session();
  void note_results();
  void note_warnings();
  void forget_results();
  [[nodiscard]] bool is_program() const;
  [[nodiscard]] bool may_count_rows() const;
  [[nodiscard]] bool counts_rows() const;
  [[nodiscard]] bool keeps_warnings() const;
  void note_for_one_statement();
  [[nodiscard]] bool keeps_text() const;
  bool keep_user_variables();
  [[nodiscard]] bool changed_unknown_state() const;
  [[nodiscard]] bool may_leave_state_behind() const;
  void refresh_modes();
  void note_position();
  void note_acknowledged(std::string_view commits);
  [[nodiscard]] bool must_hold() const;
  void settle_connection();
  void discard_connection();
  void count_pins(sql::Effects before, sql::Effects after);
  void pin(sql::Effect reason);
  void forget_pins();
  void count_on_primary();
  void fail(const Error& why);
  SeenQuery& seen_query();
  void drop_seen_query();
  void finish(Result<void> result);

  Dispatcher& dispatcher_;
  std::shared_ptr<const Login> login_;
  SessionOptions options_;
  SessionState state_;
  sql::SessionModel model_;
  routing::SessionReads reads_;
  std::uint16_t status_;
  replication::ServerId last_server_;
  bool lost_state_ = false;
  std::uint64_t last_insert_id_ = 0;
  LastRoute last_route_;
  // To find the connection of the last statement again in the pool of `last_server_`; 0: none.
  std::uint64_t last_use_ = 0;
  // What the client may ask about its last statement.
  std::int64_t row_count_ = 0;
  std::optional<std::uint64_t> found_rows_ = 0;  // nullopt: only its connection knows
  std::uint64_t rows_use_ = 0;                   // of that one; 0: none
  std::shared_ptr<WarningList> warnings_;        // null: none
  replication::ServerId warnings_on_;
  WarningSaver saver_;
  Bytes known_answer_;
  bool row_count_kept_ = true;  // by the connection
  bool result_here_ = false;    // that of the last statement is on `connection_`
  bool rows_here_ = false;
  bool id_here_ = false;  // LAST_INSERT_ID(), likewise

  // The transaction under way, if there is one.
  TransactionLog log_;
  AnswerSum sum_;
  std::unique_ptr<Replay> replay_;
  std::string lost_server_;  // where it was cut
  sql::Effects pins_at_begin_;
  std::uint32_t lost_thread_ = 0;
  replication::ServerId lost_on_;
  bool lost_with_state_ = false;
  enum class OnPrimary : std::uint8_t { Nothing, Statement, Transaction, Pinned };
  OnPrimary on_primary_ = OnPrimary::Nothing;  // as it was counted
  Instant lost_at_{};
  std::shared_ptr<const PrimaryMark> sent_after_;  // of a command that may write

  // The command under way.
  Command command_;
  std::unique_ptr<SessionState> selecting_;  // as it will be; null if no schema is being selected
  ResponseSink* sink_ = nullptr;
  Instant waiting_since_{};
  bool forced_to_primary_ = false;
  bool waiting_ = false;  // has waited for a server that may run it
  bool interrupted_ = false;
  std::uint8_t recoveries_ = 0;  // of the transaction, for this command
  bool exchanging_ = false;      // it is on `connection_` now
  bool settling_ = false;        // asks what it has seen
  bool settling_failed_ = false;
  bool finding_outcome_ = false;
  bool recovering_ = false;      // its transaction has to be run again first
  bool answer_started_ = false;  // the sink has got a part of the answer
  bool paused_ = false;
  bool connection_held_ = false;  // a transaction or a pin needs `connection_` itself
  routing::ServerSet excluded_;
  std::optional<routing::Route> route_;
  std::unique_ptr<Error> no_server_;  // why the last route found no server, if it did not
  std::unique_ptr<Pool::Ticket> ticket_;

  // The result cache.
  std::string identity_;  // empty: not known since the state has changed
  std::uint64_t identity_hash_ = 0;
  std::string cache_command_;
  std::unique_ptr<CacheFill> fill_;  // the answer to the command under way is to be kept
  cache::EntryPtr cached_answer_;    // to the command under way
  std::uint64_t fill_epoch_ = 0;
  CacheClock::Shown fill_shown_;
  std::string fill_question_;

  std::unique_ptr<CommitBarrier::Ticket> barrier_ticket_;

  std::unique_ptr<ServerConnection> connection_;  // in use, or held between commands
  std::vector<PreparedStatement*> cursors_;       // those that have one open on `connection_`
  std::unique_ptr<Exchange> exchange_;            // of the command under way
  std::unique_ptr<SeenQuery> seen_query_;         // while it asks
  // While the id that an INSERT gave is asked for.
  std::unique_ptr<replication::Happened> happened_;
  std::unique_ptr<PooledQuery> id_query_;
  UniqueFunction<void(Result<std::string>)> token_done_;  // while fetch_seen() is under way
  net::Timer timer_;
};

}  // namespace understudy::backend
