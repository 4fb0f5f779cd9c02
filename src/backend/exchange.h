#pragma once

#include <optional>
#include <vector>

#include "backend/answer_sum.h"
#include "backend/command.h"
#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "base/unique_function.h"

namespace understudy::backend {

// How one command met one server.
enum class ExchangeOutcome : std::uint8_t {
  Answered,         // the whole response was passed on
  RefusedReadOnly,  // the read-only net refused it (1792): nothing was executed, nothing passed on
  ReadOnlyServer,   // the server does not take writes any more (1290): the same
  WaitTimedOut,     // the server did not reach the position in time; its answer was dropped
  ServerLeaving,    // the server is shutting down or killed the connection: nothing passed on
  SetupFailed,      // the session's state could not be set up; the command was dropped, see error()
  Misbehaved,       // the server asked the client for a file that it had not offered: see error()
  NotSent,          // the connection broke before the command was sent
  Broken,           // the connection broke after that
};

// What has to happen on a connection before a command.
struct ExchangePlan {
  const SessionState* state = nullptr;          // to bring the connection to
  const replication::Position* wait = nullptr;  // to wait for first, or null
  Duration wait_timeout{};
  std::optional<std::uint64_t> last_insert_id;  // what LAST_INSERT_ID() shall answer
  std::optional<std::uint64_t> insert_id;       // which AUTO_INCREMENT value comes first
  // What FOUND_ROWS() shall answer, which a result with so many rows left behind.
  std::optional<std::uint64_t> found_rows;
  bool no_row_count = false;  // ROW_COUNT() shall be 0, after that
  // A query of our own in front of the command, or null.
  const std::string* question = nullptr;
  AnswerSum* sum = nullptr;  // takes in the answer, or null
  // The command may run before it is known whether the preparations worked, as it changes nothing.
  bool harmless = false;
};

// One command on one connection: brings the connection to the session's state, waits for a
// position, prepares the statement, all in the same write as the command where it is harmless;
// passes the response on. Reused for one command after the other; loop thread only.
class Exchange final {
 public:
  using Done = UniqueFunction<void(ExchangeOutcome)>;

  // `connection`, what `command` and `plan` point to, and `sink` must live until `done`, which is
  // called once and may destroy the connection. It is never called from inside start().
  void start(ServerConnection& connection, const Command& command, const ExchangePlan& plan,
             ResponseSink& sink, Done done);

  // Keeps no large buffers for the next command.
  void trim();

  // True if a part of the response has been passed on.
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] const Error& error() const { return error_; }
  // The answer to ExchangePlan::question, after `done`.
  [[nodiscard]] bool asked_question() const { return asked_; }
  [[nodiscard]] Result<TextResult> answer_to_question() const;
  // The ERR code that ended the response, 0 if there was none.
  [[nodiscard]] std::uint16_t error_code() const { return error_code_; }
  // What the command's own response ended with.
  struct Ended {
    std::int64_t row_count = 0;
    std::optional<std::uint64_t> rows;
    std::uint16_t warnings = 0;
    // As ServerReport says, of the session; the status flag says it of results, too.
    bool state_changed = false;
    bool state_flag = false;
    bool followed = false;  // by a query of our own: ROW_COUNT() is 0 now
  };
  [[nodiscard]] const Ended& ended() const { return ended_; }

 private:
  // Each preparation is a command of our own whose response stays here; so is Report, which has the
  // server tell afterwards what the command did.
  enum class Step : std::uint8_t { SelectSchema, SetState, Wait, Ask, Prepare, Report };
  class Preparations final : public ResponseHandler {
   public:
    explicit Preparations(Exchange& owner) : owner_(owner) {}
    void on_step(ServerConnection& connection, const protocol::ScanStep& step) override;
    void on_broken(ServerConnection& connection, const Error& why) override;

   private:
    Exchange& owner_;
  };
  class Response final : public ResponseHandler {
   public:
    explicit Response(Exchange& owner) : owner_(owner) {}
    void on_step(ServerConnection& connection, const protocol::ScanStep& step) override;
    void on_broken(ServerConnection& connection, const Error& why) override;
    bool on_file_wanted() override;
    void on_sent(ServerConnection& connection) override;

   private:
    Exchange& owner_;
  };

  void note_statement(const SessionState& state);
  void add_preparations(const ExchangePlan& plan);
  void add_query(std::string_view sql, Step step);
  void add_schema(std::string_view schema);
  void add_prepare(std::string_view selected);
  void send_command();
  void append_execute();
  void on_preparation(const protocol::ScanStep& step);
  void finish_preparation(const protocol::ScanStep& step);
  void on_response(const protocol::ScanStep& step);
  [[nodiscard]] bool file_wanted();
  void note_prepared(const protocol::ScanStep& step);
  void on_broken(const Error& why, bool preparing);
  void finish(ExchangeOutcome outcome);
  [[nodiscard]] std::optional<ExchangeOutcome> refusal(const protocol::ScanStep& step) const;

  ServerConnection* connection_ = nullptr;
  const Command* command_ = nullptr;
  ResponseSink* sink_ = nullptr;
  Done done_;
  Preparations preparations_{*this};
  Response response_{*this};
  Bytes out_;
  std::string prepared_as_;  // what the connection's PreparedCache knows the statement by
  std::vector<Step> steps_;  // expected responses of preparations, in order
  std::size_t steps_done_ = 0;
  Bytes wait_result_;
  Bytes question_result_;
  bool asked_ = false;
  bool harmless_ = false;
  bool sent_ = false;     // the command itself
  bool started_ = false;  // a part of its response was passed on
  AnswerSum* sum_ = nullptr;
  std::optional<ExchangeOutcome> dropped_;  // why the response is not passed on
  Error error_;
  std::uint16_t error_code_ = 0;
  Ended ended_;
};

}  // namespace understudy::backend
