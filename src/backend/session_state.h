#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::backend {

// What a session would lose by moving to another connection, as far as it can be rebuilt there: its
// schema, the system variables that it changed (name and value as the server reported them), and
// the texts of the statements that set its user variables. A session and a connection have one
// each; a connection may serve a session once their states are equal. One thread at a time.
class SessionState {
 public:
  void set_schema(std::string_view schema);
  void set_variable(std::string_view name, std::string_view value);
  // The variable is as it was at the login again.
  void forget_variable(std::string_view name);
  // `statement` is a whole `SET @name = literal`; false if it was not kept because kReplayBytesMax
  // is reached.
  bool add_user_variables(std::string_view statement);
  // Whether one of that size will be kept.
  [[nodiscard]] bool has_room(std::size_t statement_size) const;

  // Takes over the user variables of `other`, whose statements run on this connection.
  void adopt_user_variables(const SessionState& other);

  [[nodiscard]] const std::string& schema() const { return schema_; }
  [[nodiscard]] bool has(std::string_view name) const;
  // The value that was reported for `name`, or an empty view.
  [[nodiscard]] std::string_view variable(std::string_view name) const;
  [[nodiscard]] bool has_user_variables() const { return !user_variables_.empty(); }

  // Appends what may change the answer of a read; other states append something else.
  void append_identity(std::string& out) const;

  // Appends what decides how a server reads a statement when it is prepared; it goes by that
  // whenever the statement is executed. `schema` is the one that is selected then.
  void append_preparing(std::string& out, std::string_view schema) const;

  // Equal states have equal fingerprints, and unequal ones hardly ever; equality checks both.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
  friend bool operator==(const SessionState& a, const SessionState& b) {
    return a.fingerprint_ == b.fingerprint_ && a.schema_ == b.schema_ &&
           a.variables_ == b.variables_ && a.user_variables_ == b.user_variables_;
  }

  // True if statements can bring a connection in state `from` to `to`. A schema cannot be taken
  // away, nor a user variable that another session set.
  static bool reachable(const SessionState& from, const SessionState& to);

  // Takes the variables that a login decides (character sets, collation) out of this state, which
  // is that of a new connection.
  [[nodiscard]] SessionState take_login_state();

  // What brings a connection from one state to another; `to` must be reachable. `login` has what
  // take_login_state() found on the connection.
  struct Change {
    std::string schema;                   // to select, empty if it stays
    std::vector<std::string> statements;  // to run in order after that
    [[nodiscard]] bool empty() const { return schema.empty() && statements.empty(); }
  };
  static Change change(const SessionState& from, const SessionState& to, const SessionState& login);

  static constexpr std::size_t kReplayBytesMax = 16 * 1024;

 private:
  struct Variable {
    std::string name;
    std::string value;
    friend bool operator==(const Variable&, const Variable&) = default;
  };
  void refresh_fingerprint();

  std::string schema_;
  std::vector<Variable> variables_;          // sorted by name
  std::vector<std::string> user_variables_;  // in the order in which they ran
  std::uint64_t fingerprint_ = 0;
};

// `value` as a literal for SET: bare where it reads as a number, quoted otherwise.
std::string set_literal(std::string_view value);

}  // namespace understudy::backend
