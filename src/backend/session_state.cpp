#include "backend/session_state.h"

#include <algorithm>
#include <array>

namespace understudy::backend {
namespace {

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  // FNV-1a, with the length so that ("ab","c") and ("a","bc") differ.
  hash = (hash ^ text.size()) * 0x100000001b3ULL;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

bool is_number(std::string_view value) {
  if (value.starts_with('-')) value.remove_prefix(1);
  bool digits = false, point = false;
  for (const char c : value) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
    } else {
      return false;
    }
  }
  return digits;
}

// What a login chooses: DEFAULT would be the server's.
constexpr std::array<std::string_view, 5> kOfLogin = {
    "character_set_client", "character_set_connection", "character_set_results",
    "collation_connection", "sql_mode"};

// What USE sets anew, without a report.
bool is_of_schema(std::string_view name) {
  return name == "collation_database" || name == "character_set_database";
}

// True if only selecting the schema again brings such a variable back.
bool lacks_variable_of_schema(const SessionState& from, const SessionState& to) {
  return (from.has("collation_database") && !to.has("collation_database")) ||
         (from.has("character_set_database") && !to.has("character_set_database"));
}

// A character set brings its default collation along: of each of these pairs the collation is set
// last, and again whenever the character set is.
struct CharacterSet {
  std::string_view name;
  std::string_view collation;
};
constexpr std::array<CharacterSet, 2> kCharacterSets = {
    CharacterSet{"character_set_connection", "collation_connection"},
    CharacterSet{"character_set_server", "collation_server"}};

bool has_its_turn_last(std::string_view name) {
  return std::ranges::any_of(kCharacterSets, [&](const CharacterSet& set) {
    return name == set.name || name == set.collation;
  });
}

void append_assignment(std::string& statement, std::string_view name, std::string_view literal) {
  statement += statement.empty() ? "SET " : ", ";
  statement += name;
  statement += '=';
  // The server reports NULL, which means "do not convert", as an empty value.
  statement += name == "character_set_results" && literal == "''" ? "NULL" : literal;
}

std::string value_at_login(const SessionState& login, std::string_view name) {
  return login.has(name) ? set_literal(login.variable(name)) : "DEFAULT";
}

bool differs(const SessionState& from, const SessionState& to, std::string_view name) {
  return from.has(name) != to.has(name) || from.variable(name) != to.variable(name);
}

void append_character_set(std::string& statement, const CharacterSet& set, const SessionState& from,
                          const SessionState& to, const SessionState& login) {
  if (!differs(from, to, set.name) && !differs(from, to, set.collation)) return;
  if (to.has(set.name))
    append_assignment(statement, set.name, set_literal(to.variable(set.name)));
  else if (from.has(set.name))
    append_assignment(statement, set.name, value_at_login(login, set.name));
  if (to.has(set.collation))
    append_assignment(statement, set.collation, set_literal(to.variable(set.collation)));
  else if (!to.has(set.name) && (from.has(set.collation) || login.has(set.collation)))
    append_assignment(statement, set.collation, value_at_login(login, set.collation));
}

}  // namespace

std::string set_literal(std::string_view value) {
  if (is_number(value)) return std::string(value);
  // Doubling quotes is right in every sql_mode; a backslash is not, so it is spelled as
  // hexadecimal.
  if (value.find('\\') != std::string_view::npos) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string hex = "x'";
    for (const char c : value) {
      hex += kHex[static_cast<unsigned char>(c) >> 4];
      hex += kHex[static_cast<unsigned char>(c) & 15];
    }
    return hex + "'";
  }
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

void SessionState::set_schema(std::string_view schema) {
  if (schema_ == schema) return;
  schema_ = schema;
  refresh_fingerprint();
}

void SessionState::set_variable(std::string_view name, std::string_view value) {
  const auto place = std::ranges::lower_bound(variables_, name, {}, &Variable::name);
  if (place != variables_.end() && place->name == name) {
    if (place->value == value) return;
    place->value = value;
  } else {
    variables_.insert(place, Variable{std::string(name), std::string(value)});
  }
  refresh_fingerprint();
}

void SessionState::forget_variable(std::string_view name) {
  if (std::erase_if(variables_, [&](const Variable& v) { return v.name == name; }) != 0)
    refresh_fingerprint();
}

bool SessionState::add_user_variables(std::string_view statement) {
  // The same text again moves to the end: the order of assignments is what counts.
  std::erase(user_variables_, statement);
  const bool fits = has_room(statement.size());
  if (fits) user_variables_.emplace_back(statement);
  refresh_fingerprint();
  return fits;
}

bool SessionState::has_room(std::size_t statement_size) const {
  for (const std::string& kept : user_variables_)
    statement_size += kept.size();
  return statement_size <= kReplayBytesMax;
}

void SessionState::adopt_user_variables(const SessionState& other) {
  user_variables_ = other.user_variables_;
  refresh_fingerprint();
}

std::string_view SessionState::variable(std::string_view name) const {
  const auto place = std::ranges::lower_bound(variables_, name, {}, &Variable::name);
  return place != variables_.end() && place->name == name ? std::string_view(place->value)
                                                          : std::string_view();
}

bool SessionState::has(std::string_view name) const {
  const auto place = std::ranges::lower_bound(variables_, name, {}, &Variable::name);
  return place != variables_.end() && place->name == name;
}

void SessionState::append_identity(std::string& out) const {
  out += schema_;
  out += '\0';
  for (const Variable& variable : variables_) {
    out += variable.name;
    out += '=';
    out += variable.value;
    out += '\0';
  }
  // Also of those that chose a collation, which servers do not report.
  for (const std::string& statement : user_variables_) {
    out += statement;
    out += '\0';
  }
}

void SessionState::append_preparing(std::string& out, std::string_view schema) const {
  out += schema;
  for (const std::string_view name : {"sql_mode", "character_set_client", "collation_connection"}) {
    out += '\0';
    out += variable(name);
  }
}

void SessionState::refresh_fingerprint() {
  if (schema_.empty() && variables_.empty() && user_variables_.empty()) {
    fingerprint_ = 0;
    return;
  }
  std::uint64_t hash = mix(0xcbf29ce484222325ULL, schema_);
  for (const Variable& variable : variables_)
    hash = mix(mix(hash, variable.name), variable.value);
  for (const std::string& statement : user_variables_)
    hash = mix(hash, statement);
  fingerprint_ = hash;
}

bool SessionState::reachable(const SessionState& from, const SessionState& to) {
  if (!from.schema_.empty() && to.schema_.empty()) return false;
  if (to.schema_.empty() && lacks_variable_of_schema(from, to)) return false;
  return from.user_variables_.empty() || from.user_variables_ == to.user_variables_;
}

SessionState SessionState::take_login_state() {
  SessionState login;
  for (const std::string_view name : kOfLogin) {
    if (has(name)) login.set_variable(name, variable(name));
    forget_variable(name);
  }
  // The handshake chooses both with one number.
  if (login.has("character_set_client"))
    login.set_variable("character_set_results", login.variable("character_set_client"));
  return login;
}

SessionState::Change SessionState::change(const SessionState& from, const SessionState& to,
                                          const SessionState& login) {
  Change change;
  if (from.schema_ != to.schema_ || lacks_variable_of_schema(from, to)) change.schema = to.schema_;
  std::string statement;
  for (const Variable& variable : to.variables_) {
    if (!differs(from, to, variable.name) || has_its_turn_last(variable.name)) continue;
    append_assignment(statement, variable.name, set_literal(variable.value));
  }
  for (const Variable& variable : from.variables_) {
    const bool elsewhere = is_of_schema(variable.name) || has_its_turn_last(variable.name);
    if (to.has(variable.name) || elsewhere) continue;
    append_assignment(statement, variable.name, value_at_login(login, variable.name));
  }
  for (const CharacterSet& set : kCharacterSets)
    append_character_set(statement, set, from, to, login);
  if (!statement.empty()) change.statements.push_back(std::move(statement));
  if (from.user_variables_ != to.user_variables_) {
    change.statements.insert(change.statements.end(), to.user_variables_.begin(),
                             to.user_variables_.end());
  }
  return change;
}

}  // namespace understudy::backend
