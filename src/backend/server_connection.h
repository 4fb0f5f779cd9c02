#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/compression.h"
#include "backend/dialect.h"
#include "backend/login.h"
#include "backend/prepared_cache.h"
#include "backend/session_state.h"
#include "base/address.h"
#include "base/bytes.h"
#include "base/destruction_watch.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "net/loop.h"
#include "net/stream.h"
#include "protocol/client_handshake.h"
#include "protocol/response_scanner.h"
#include "replication/topology.h"

namespace understudy::backend {

class ServerConnection;

// Who waits for the response to one command.
class ResponseHandler {
 public:
  virtual ~ResponseHandler() = default;
  // The next part of the response; its views live only during the call, and `step.last` ends it.
  // The handler may hand the connection on or destroy it when the response is over.
  virtual void on_step(ServerConnection& connection, const protocol::ScanStep& step) = 0;
  // The connection broke, or the server broke the protocol, before the response was over. Called
  // once for each response still expected; the connection is of no more use.
  virtual void on_broken(ServerConnection& connection, const Error& why) = 0;
  // Whether the server may ask for a file of the client's; if not, the connection breaks.
  virtual bool on_file_wanted() { return false; }
  // What send() had to keep has gone out.
  virtual void on_sent(ServerConnection& /*connection*/) {}
};

struct ConnectOptions {
  replication::ServerId server;
  std::string server_name;
  Address address;
  std::shared_ptr<const Login> login;
  std::string schema;  // selected at login, or empty
  // For connections that serve clients: run the dialect's session setup, with the read-only net or
  // without it.
  bool track_session = true;
  bool read_only = false;
  // Which sql_mode sessions of the server had by default when it was opened, as its pool counts.
  std::uint32_t default_mode = 0;
  Duration timeout;
  std::shared_ptr<PreparedCount> prepared = std::make_shared<PreparedCount>();  // of the server
};

// The warnings that a statement left on its connection, shared by that and the session.
struct WarningList {
  std::optional<Bytes> answer;  // to SHOW WARNINGS, once they had to be saved from another session
  std::uint64_t warnings = 0;   // then: how many there were, errors among them
  std::uint64_t errors = 0;
};

// What the last OK or EOF packet of a connection said.
struct ServerReport {
  std::uint16_t status = 0;  // protocol::ServerStatus bits
  std::uint16_t warnings = 0;
  std::uint64_t last_insert_id = 0;   // what LAST_INSERT_ID() would answer here
  std::uint64_t new_insert_id = 0;    // given out since begin_use(), 0 if none
  std::int64_t row_count = 0;         // what ROW_COUNT() would answer
  std::optional<std::uint64_t> rows;  // of the last result set since clear_changes()
  // The character set was chosen, and with it the collation, of which servers do not tell.
  bool collation_unknown = false;
  // Something of the session has changed: a variable, the schema, or what is not told, like a user
  // variable.
  bool state_changed = false;
  bool transaction_characteristics = false;  // SET TRANSACTION waits for the next transaction
  // The transaction wrote to a table of an engine without transactions.
  bool wrote_without_transaction = false;
  std::string commit_position;  // GTIDs of commits with commas between, empty if none since
                                // clear_commit_position()
};

// A logged-in connection to one server. Commands are sent as bytes; several may be under way, and
// their responses come in order, each to its handler. Lives on one loop, used on its thread only.
class ServerConnection final : private net::StreamHandler {
 public:
  using OpenCallback = UniqueFunction<void(Result<std::unique_ptr<ServerConnection>>)>;

  // Connects, logs in and sets the session up. `done` is called once, from the loop, with a
  // connection ready for commands or an Error: Unreachable, Timeout, Malformed, or Server with the
  // server's own code (1045, 1040, …). Destroying the returned attempt cancels it, without a call.
  class Attempt {
   public:
    virtual ~Attempt() = default;
    // As the server greets with; empty before it did.
    [[nodiscard]] virtual const std::string& server_version() const = 0;
  };
  [[nodiscard]] static std::unique_ptr<Attempt> open(net::Loop& loop, ConnectOptions options,
                                                     OpenCallback done);

  ~ServerConnection() override = default;
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // Sends framed bytes: one or several commands, or the rest of one.
  void send(ByteView packets);
  // What send() has to keep, as the server takes no more now.
  [[nodiscard]] std::size_t pending_send_bytes() const { return stream_->pending_write_bytes(); }
  // Says that a response of `shape` comes after those already expected, whose first packet has the
  // number `sequence`. `handler` must live until it is over.
  void expect(protocol::ResponseShape shape, ResponseHandler& handler, std::uint8_t sequence = 1);

  // True if no response is expected and nothing is wrong.
  [[nodiscard]] bool idle() const { return !broken_ && expected_.empty(); }
  [[nodiscard]] bool broken() const { return broken_; }
  // Called once when an idle connection breaks (the server closed it, or spoke unasked).
  void on_idle_broken(UniqueFunction<void()> callback) { idle_broken_ = std::move(callback); }

  // Ends the connection as if it had broken: nothing that is still on its way is waited for.
  void abandon(const Error& why) { fail(why); }

  // Something that is still on its way may hit what runs here: no other session may use it.
  void retire() { retired_ = true; }
  [[nodiscard]] bool retired() const { return retired_; }

  // Stops and resumes reading from the server, for a reader that is slower.
  void pause() { stream_->pause_reading(); }
  void resume() { stream_->resume_reading(); }

  [[nodiscard]] replication::ServerId server() const { return options_.server; }
  [[nodiscard]] const std::string& server_name() const { return options_.server_name; }
  [[nodiscard]] const std::shared_ptr<const Login>& login() const { return options_.login; }
  // For a login that differs in what was changed on this connection since.
  void set_login(std::shared_ptr<const Login> login) { options_.login = std::move(login); }
  [[nodiscard]] bool read_only() const { return options_.read_only; }
  [[nodiscard]] std::uint32_t default_mode() const { return options_.default_mode; }
  [[nodiscard]] std::uint32_t capabilities() const { return capabilities_; }
  [[nodiscard]] std::uint32_t thread_id() const { return thread_id_; }
  [[nodiscard]] const std::string& server_version() const { return server_version_; }
  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }

  // The session state that the server has reported; the caller adds what servers do not report.
  [[nodiscard]] SessionState& state() { return state_; }
  [[nodiscard]] const SessionState& state() const { return state_; }
  // What only the login decided; see SessionState::take_login_state.
  [[nodiscard]] const SessionState& login_state() const { return login_state_; }
  [[nodiscard]] const ServerReport& report() const { return report_; }
  void clear_commit_position() { report_.commit_position.clear(); }
  // Before a command whose own changes are to be seen.
  void clear_changes() {
    report_.collation_unknown = report_.state_changed = false;
    report_.warnings = 0;  // not every answer says how many
    report_.rows.reset();
  }

  // Whose warnings SHOW WARNINGS would tell here; null if they are nobody's any more.
  [[nodiscard]] const std::shared_ptr<WarningList>& warnings() const { return warnings_; }
  void keep_warnings(std::shared_ptr<WarningList> list) { warnings_ = std::move(list); }
  // True if it would tell any, whoever's.
  [[nodiscard]] bool has_warnings() const { return has_warnings_; }
  void note_no_warnings() {
    warnings_.reset();
    has_warnings_ = false;
  }
  // The session that used it last may ask about its last statement: others should rather take
  // another one.
  void set_worth_keeping(bool worth_keeping) { worth_keeping_ = worth_keeping; }
  [[nodiscard]] bool worth_keeping() const { return worth_keeping_; }
  [[nodiscard]] PreparedCache& prepared() { return prepared_; }

  // Tells each use by a session from all others, on whatever connection; a session knows by it
  // whether it was the last to use this one.
  [[nodiscard]] std::uint64_t use() const { return use_; }
  // Closes the statements that nobody has executed here since `oldest`. Not while one is expected.
  void close_unused_statements(Instant oldest);
  // `use` is never 0, and never twice the same on one worker.
  void begin_use(std::uint64_t use) {
    use_ = use;
    report_.new_insert_id = 0;
    report_.commit_position.clear();
  }

 private:
  friend class ConnectionOpening;
  struct Expected {
    protocol::ResponseScanner scanner;
    ResponseHandler* handler;
    std::uint8_t sequence;
  };

  ServerConnection(ConnectOptions options, std::unique_ptr<net::Stream> stream,
                   const protocol::ClientHandshake& handshake);
  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_drained() override;
  void deliver(const protocol::ScanStep& step);
  void note(const protocol::ScanStep& step);
  void note_ok(ByteView payload);
  void fail(Error why);

  ConnectOptions options_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<AnswerNumbers> numbers_;  // of a compressed stream
  std::uint32_t capabilities_ = 0;
  std::uint32_t thread_id_ = 0;
  std::string server_version_;
  const Dialect* dialect_;
  std::vector<Expected> expected_;  // few: a queue in a vector keeps its memory
  bool broken_ = false;
  bool retired_ = false;
  WatchPoint life_;  // handlers may destroy this
  SessionState state_;
  SessionState login_state_;
  ServerReport report_;
  PreparedCache prepared_;
  std::shared_ptr<WarningList> warnings_;
  bool has_warnings_ = false;
  bool worth_keeping_ = false;
  std::uint64_t use_ = ~std::uint64_t{0};  // nobody's yet
  UniqueFunction<void()> idle_broken_;
};

}  // namespace understudy::backend
