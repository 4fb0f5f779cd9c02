#pragma once

#include <cstdint>

#include "replication/logged_transaction.h"
#include "replication/write_outcome.h"

namespace understudy::replication {

// Whether a logged statement is one that a client sent.
enum class Match : std::uint8_t { No, Maybe, Yes };

// How much of a statement its own text in the log tells.
enum class StatementKind : std::uint8_t {
  Read,      // not logged
  Dml,       // INSERT, REPLACE, UPDATE, DELETE: logged as they were sent
  AsText,    // DDL and the like: logged as text with the connection's id, perhaps in other words
  Unlogged,  // SHUTDOWN, RESET, SET GLOBAL, …: about one server, no log tells of it
  Anything,  // CALL, SELECT with a function that writes, several statements, …: what it runs is
             // logged
};
StatementKind kind_of(const SentStatement& sent, const sql::Modes& modes);

// Compares texts, values of parameters and schemas. The thread id is not looked at. Space and plain
// comments do not matter. Yes where it is that statement or one of the same text and values.
Match match_statement(const SentStatement& sent, std::string_view schema, const sql::Modes& modes,
                      const LoggedStatement& logged);

}  // namespace understudy::replication
