#pragma once

#include <memory>
#include <string>

#include "backend/compression.h"
#include "backend/session.h"
#include "base/lazy.h"
#include "base/network.h"
#include "net/stream.h"
#include "net/timer.h"
#include "protocol/local_file.h"
#include "protocol/packet.h"
#include "proxy/client_login.h"
#include "proxy/client_writer.h"
#include "proxy/kill.h"
#include "proxy/process_list.h"
#include "proxy/statement_table.h"

namespace understudy::proxy {

class Worker;

// How the sessions of one listener read.
struct ListenerOptions {
  backend::SessionOptions session;
  std::shared_ptr<const net::TlsSource> tls;
  // Of peers that may say for whom they have connected; null: none.
  std::shared_ptr<const std::vector<Network>> proxy_networks;
  std::uint32_t compression = 0;  // the bits of protocol's capabilities that are offered
};

// One client, from its first byte to its last: logs it in, takes its commands one by one, runs them
// in a backend::Session and passes the answers on. Lives on its worker's loop.
class ClientSession final : private net::StreamHandler, private backend::ResponseSink {
 public:
  ClientSession(Worker& worker, std::uint32_t id, std::unique_ptr<net::Stream> stream,
                std::shared_ptr<const ListenerOptions> options);

  // Sends the greeting.
  void start();
  // The answer to Worker::check_password().
  void password_checked(bool right);
  // Ends the session as soon as it is between two statements and transactions; at once if it is
  // now.
  void drain();

  // False before the login, and when it has ended: who is called '' may have an account, too.
  [[nodiscard]] bool is_of(std::string_view user) const;
  // Whether KILL USER …@`host` means this one; empty: any host.
  [[nodiscard]] bool comes_from(std::string_view host) const;
  // Ends the statement under way, or the whole session. It may be the one that asks for it.
  void kill(bool query_only);
  // As SHOW PROCESSLIST tells of it.
  [[nodiscard]] ClientProcess process() const;
  // The answer to Worker::list().
  void listed(std::vector<ClientProcess> processes);
  // The answer to Worker::kill().
  void killed(const KillOutcome& outcome);

 private:
  enum class State : std::uint8_t {
    LoggingIn,        // until the account is verified
    SelectingSchema,  // the schema named at login is being selected
    Ready,            // between two commands
    Running,          // a command is at a server
    SendingFile,      // the same, and the client sends the file that the server has asked for
    Closing,          // the last bytes are on their way out
  };

  // What few clients need at any moment is kept apart from the session: most of them are idle.
  struct FileTransfer {
    protocol::LocalFileFrames frames;
    // Of the command; it may come before the client is through.
    std::optional<Result<void>> result = {};
  };

  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_drained() override;
  void on_step(const protocol::ScanStep& step) override;
  void on_cached(ByteView answer) override;
  void on_file_sent() override;
  void on_finished(Result<void> result, bool started) override;

  // Login.
  void log_in(ByteView bytes);
  void go_on_with_login(const Result<ClientLogin::Progress>& progress, ByteView reply);
  void begin_tls(ByteView received);
  [[nodiscard]] ClientLogin::Peer peer() const;
  void refuse_login(const Error& why);
  [[nodiscard]] ClientLogin::Options login_options() const;
  void greet();
  void start_login_timer();
  void open_session(const LoginVerdict& verdict);
  void begin_compression();
  void finish_login(const Result<void>& schema_selected);

  // Commands.
  void next_commands();
  void rest();
  void throttle_client();
  void handle(const protocol::AssembledPacket& packet);
  void handle_query(const protocol::AssembledPacket& packet);
  void handle_prepare(const protocol::AssembledPacket& packet);
  void handle_execute(const protocol::AssembledPacket& packet);
  void handle_bulk_execute(const protocol::AssembledPacket& packet);
  void handle_long_data(const protocol::AssembledPacket& packet);
  void handle_fetch(const protocol::AssembledPacket& packet);
  void handle_reset_statement(const protocol::AssembledPacket& packet);
  void handle_close_statement(const protocol::AssembledPacket& packet);
  void handle_set_option(const protocol::AssembledPacket& packet);
  void handle_kill(std::string_view text);
  void list_processes(bool full);
  void handle_process_kill(const protocol::AssembledPacket& packet);
  void ask_to_kill(KillRequest request);
  void handle_forwarded(const protocol::AssembledPacket& packet);
  void handle_change_user(const protocol::AssembledPacket& packet);
  void select_schema(ByteView packets, std::string_view schema);
  void begin_file(std::uint8_t sequence);
  void take_file(ByteView bytes);
  void end_file(ByteView rest);
  // Of the command under way.
  sql::Classification& what();
  // Empty, for the command that is put together in place of the client's.
  Bytes& rewriting();
  void answer_own(std::string_view text);
  void answer_token();
  void run(const backend::Command& command);
  void note_prepared(const protocol::ScanStep& step);
  void end();

  Worker& worker_;
  const std::uint32_t id_;
  const std::shared_ptr<const ListenerOptions> options_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<backend::CompressedAnswers> compressed_;  // of a stream that is
  State state_ = State::LoggingIn;
  bool draining_ = false;
  std::unique_ptr<ClientLogin> login_;  // while LoggingIn
  // For a change of user: what the client was greeted with, and what its last login has said.
  protocol::Scramble scramble_{};
  std::uint32_t capabilities_ = 0;
  std::uint8_t collation_ = 0;
  std::uint8_t zstd_level_ = 0;
  std::string source_;
  std::unique_ptr<net::Timer> login_timer_;  // while LoggingIn
  Instant greet_by_{};
  std::string schema_;  // being selected
  struct SchemaAtLogin {
    Bytes command;
    std::optional<Error> refused;
  };
  Lazy<SchemaAtLogin> schema_at_login_;  // while SelectingSchema
  protocol::PacketAssembler commands_;
  ClientWriter writer_;
  StatementTable statements_;
  std::unique_ptr<sql::Classification> what_;  // see what()
  ClientStatement* preparing_ = nullptr;       // while PREPARE is under way
  bool answering_token_ = false;               // fetch_seen() is on the stack
  bool changing_user_ = false;                 // handle_change_user() is on the stack
  bool prepared_ = false;                      // the server has accepted it
  Bytes rewritten_;  // a command that had to be completed, or whose CONNECTION_ID() we answered
  std::unique_ptr<FileTransfer> file_;  // while SendingFile
  bool answer_passed_ = false;   // of the command under way, more than the request for a file
  bool setting_option_ = false;  // a server is being told what multi_statements_ says
  bool multi_statements_ = false;
  std::string_view running_text_;  // of the command under way, while Running
  Instant since_{};                // the state is Running, or is not any more
  std::optional<bool> listing_;    // full: Worker::list() is under way
  // While a KILL of this client is under way: what it asks for, and whether it has hit itself.
  std::unique_ptr<KillRequest> killing_;
  bool killed_itself_ = false;
  std::unique_ptr<backend::Session> session_;
};

}  // namespace understudy::proxy
