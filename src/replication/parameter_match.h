#pragma once

#include <optional>

#include "protocol/value.h"
#include "replication/statement_match.h"
#include "sql/lexer.h"

namespace understudy::replication {

// Consumes the literal that the server has written in the place of a parameter, whose first token
// is `first`, and compares it with the parameter's value; without one any literal is a match.
// Leaves `first` at the token behind it. No if there is no literal.
//
// Measured on MariaDB 10.11: -5, 0.1, 12.50, NULL, 'text' and blobs alike (in the client's
// character set, with backslashes before quotes, backslashes, newlines, …), DATE'…', TIME'…' and
// TIMESTAMP'…' with six digits of a fraction or none. A FLOAT is written as the DOUBLE of that
// value.
Match match_parameter(sql::Lexer& lexer, sql::Token& first,
                      const std::optional<protocol::Value>& value);

}  // namespace understudy::replication
