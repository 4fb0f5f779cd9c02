#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sql/held_objects.h"
#include "sql/statement.h"

namespace understudy::sql {

// The short name of what pins a session, for status and metrics ("temporary_table"); empty for an
// effect that does not.
std::string_view pin_name(Effect reason);

// What the text of earlier statements says about a session: its quoting modes, its schema, whether
// a transaction is open, and what ties it to one connection. A proxy knows most of this better from
// the server's reports (modes, schema, transaction) and then uses only pins() for what servers do
// not report; `explain` has nothing but the text. Assumes that each statement succeeded.
// One owner, one thread; no I/O.
class SessionModel {
 public:
  // Folds in a statement that was executed after all others; `text` is what was classified.
  void apply(const Classification& classification, std::string_view text);

  // classify() in this session: reads inside a transaction or of a pinned session are Primary,
  // tables without a schema carry the session's. Views into `text` and into this object: valid
  // until apply().
  [[nodiscard]] Classification explain(std::string_view text) const;

  [[nodiscard]] const Modes& modes() const { return modes_; }
  void set_modes(const Modes& modes) { modes_ = modes; }
  [[nodiscard]] std::string_view schema() const { return schema_; }
  void set_schema(std::string_view schema) { schema_ = schema; }
  [[nodiscard]] bool in_transaction() const { return open_transaction_ || !autocommit_; }

  // The reasons for which the session has to keep its connection; None is none.
  [[nodiscard]] Effects pins() const { return pins_; }
  // Adds a reason that only the caller knows.
  void pin(Effect reason) { pins_.add(reason); }
  // Takes away a reason that pin() has added.
  void unpin(Effect reason);
  // Says the first of them, for people; empty if there is none.
  [[nodiscard]] std::string_view pin_reason() const;

  // As after COM_RESET_CONNECTION or COM_CHANGE_USER.
  void reset() { *this = {}; }

 private:
  void end_locks(Effects effects);
  void note_held(const Classification& classification, std::string_view text);

  Modes modes_;
  std::string schema_;
  std::string sql_mode_;
  std::string character_set_ = "utf8mb4";
  bool open_transaction_ = false;
  bool autocommit_ = true;
  Effects pins_;
  std::unique_ptr<HeldObjects> held_;  // null: nothing
};

}  // namespace understudy::sql
