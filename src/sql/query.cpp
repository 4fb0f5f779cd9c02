#include "sql/query.h"

#include "sql/functions.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kNotUnderstood = "not understood";

bool same_name(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if ((static_cast<unsigned char>(left[i]) | 0x20) !=
        (static_cast<unsigned char>(right[i]) | 0x20))
      return false;
  return true;
}

}  // namespace

std::optional<TableName> read_table(Cursor& cursor) {
  if (!cursor.is_name()) return std::nullopt;
  TableName table{{}, cursor.current().token.text};
  cursor.advance();
  while (cursor.is('.')) {
    cursor.advance();
    if (!cursor.is_name()) break;  // `t.*` of a DELETE
    table = {table.name, cursor.current().token.text};
    cursor.advance();
  }
  return table;
}

void QueryScan::run(Stop stop) {
  while (!cursor_.at_end()) {
    if (depth_ == 0 && too_deep_ == 0) {
      if (stop.comma && cursor_.is(',')) return;
      if (stop.keyword != Keyword::None && cursor_.is(stop.keyword)) return;
    }
    step();
  }
  if (depth_ != 0 || too_deep_ != 0) verdict_.doubt("a parenthesis is not closed");
}

void QueryScan::step() {
  const Token& token = cursor_.current().token;
  switch (token.kind) {
    case TokenKind::Word:
      return word();
    case TokenKind::QuotedName:
      return level().clause == Clause::ExpectTable ? table() : name();
    case TokenKind::UserVariable:
      return user_variable();
    case TokenKind::SystemVariable:
      return system_variable();
    case TokenKind::Assign:
      verdict_.pin("assigns a user variable", Effect::ComputesUserVariable);
      break;
    case TokenKind::Invalid:
      verdict_.doubt(kNotUnderstood);
      break;
    case TokenKind::Symbol:
      return symbol();
    case TokenKind::String:
    case TokenKind::Number:
    case TokenKind::Parameter:
    case TokenKind::End:
    case TokenKind::Semicolon:
      break;
  }
  cursor_.advance();
}

void QueryScan::symbol() {
  Level& here = level();
  if (cursor_.is('(')) return open();
  if (cursor_.is(')')) return close();
  if (cursor_.is(',')) {
    if (here.clause == Clause::AfterTable)
      here.clause = Clause::ExpectTable;
    else if (cursor_.next_is(Keyword::Time) && in_arguments())
      verdict_.obstacle(kVariesByDay);  // CONVERT(x, TIME)
  } else if (cursor_.is('{')) {
    if (here.clause == Clause::ExpectTable)
      cursor_.advance();  // {OJ …}
    else if (equals_ignoring_case(cursor_.next().token.text, "t"))
      verdict_.obstacle(kVariesByDay);  // {t '10:00:00'}
  }
  cursor_.advance();
}

void QueryScan::word() {
  const Keyword keyword = cursor_.current().keyword;
  const bool parenthesis = cursor_.next_is('(');
  if (keyword == Keyword::None || (parenthesis && !may_precede_parenthesis(keyword) &&
                                   keyword != Keyword::With && keyword != Keyword::Into)) {
    if (level().clause == Clause::ExpectTable) return table();
    return name();
  }
  clause_word();
}

// Words that begin or end the part of a query in which tables are named.
void QueryScan::clause_word() {
  Level& here = level();
  switch (cursor_.current().keyword) {
    case Keyword::Select:
      here.query = saw_query_ = true;
      here.clause = Clause::Other;
      verdict_.classification().effects.add(Effect::Selects);
      break;
    case Keyword::From:
      if (here.query) here.clause = Clause::ExpectTable;
      break;
    case Keyword::Table:
      here.clause = Clause::ExpectTable;
      break;
    case Keyword::Join:
    case Keyword::StraightJoin:
      if (here.clause != Clause::AfterTable) break;
      here.clause = Clause::ExpectTable;
      saw_join_ = true;
      break;
    case Keyword::Using:
      if (!delete_ || depth_ != 0 || saw_join_) break;
      verdict_.classification().tables.clear();  // what stood before may be aliases
      here.clause = Clause::ExpectTable;
      break;
    case Keyword::Lateral:
      break;
    case Keyword::Dual:
      if (here.clause != Clause::ExpectTable) return name();
      here.clause = Clause::AfterTable;
      break;
    case Keyword::Union:
    case Keyword::Except:
    case Keyword::Intersect:
    case Keyword::Where:
    case Keyword::Group:
    case Keyword::Having:
    case Keyword::Order:
    case Keyword::Limit:
    case Keyword::Values:
      here.clause = Clause::Other;
      break;
    case Keyword::Set:
      if (depth_ == 0) here.clause = Clause::Other;
      break;
    case Keyword::With:
      return with_clause();
    default:
      return special_word();
  }
  cursor_.advance();
}

// Words that change what the statement is.
void QueryScan::special_word() {
  switch (cursor_.current().keyword) {
    case Keyword::For:
      return for_clause();
    case Keyword::Into:
      return into();
    case Keyword::Next:
    case Keyword::Previous:
      if (cursor_.next_is(Keyword::Value)) return sequence_value();
      break;
    case Keyword::Lock:
      if (!cursor_.next_is(Keyword::In)) break;
      verdict_.primary("locks the rows it reads", Effect::LocksRows);
      cursor_.advance();
      return;
    case Keyword::Procedure:
      verdict_.doubt("a procedure works on the result");
      cursor_.advance();
      return;
    case Keyword::As:
      if (cursor_.next_is(Keyword::Time) && in_arguments()) verdict_.obstacle(kVariesByDay);
      break;
    case Keyword::SqlNoCache:
      verdict_.obstacle("asks not to be kept");
      break;
    case Keyword::SqlCalcFoundRows:
      verdict_.primary("FOUND_ROWS() will ask the same server for the count");
      cursor_.advance();
      return;
    case Keyword::Update:
    case Keyword::Delete:
      return changing_verb();
    case Keyword::Insert:
    case Keyword::Replace:
    case Keyword::Create:
    case Keyword::Drop:
    case Keyword::Alter:
    case Keyword::Grant:
    case Keyword::Revoke:
    case Keyword::Call:
    case Keyword::Load:
    case Keyword::Returning:
      if (cursor_.next_is('.')) break;
      verdict_.doubt(kNotUnderstood);
      cursor_.advance();
      return;
    default:
      break;
  }
  if (level().clause == Clause::ExpectTable) return table();
  if (!may_precede_parenthesis(cursor_.current().keyword)) return name();
  cursor_.advance();
}

// UPDATE and DELETE inside a query: the verb behind WITH, or ON DUPLICATE KEY UPDATE.
void QueryScan::changing_verb() {
  const bool verb = with_ && depth_ == 0 && !level().query;
  if (cursor_.next_is('.')) return name();
  verdict_.doubt(verb ? "changes rows" : kNotUnderstood);
  level().clause = Clause::Other;
  if (verb && cursor_.is(Keyword::Update)) expect_table();
  if (verb && cursor_.is(Keyword::Delete)) set_delete();
  cursor_.advance();
}

void QueryScan::open() {
  const Clause outer = level().clause;
  if (outer == Clause::ExpectTable) level().clause = Clause::AfterTable;
  cursor_.advance();
  if (depth_ + 1 == kMaxDepth) {
    ++too_deep_;
    verdict_.doubt("parentheses nest too deep");
    return;
  }
  levels_[++depth_] = {};
  if (outer == Clause::ExpectTable) level().clause = Clause::ExpectTable;
}

void QueryScan::close() {
  cursor_.advance();
  if (too_deep_ != 0) {
    --too_deep_;
    return;
  }
  if (depth_ == 0) return verdict_.doubt("a parenthesis is not opened");
  const Level closed = level();
  while (cte_count_ != 0 && ctes_[cte_count_ - 1].depth >= depth_)
    --cte_count_;
  --depth_;
  if (closed.cte_body) end_cte(closed.cte);
}

void QueryScan::add_table(TableName table) {
  if (table.schema.empty())
    for (std::size_t i = 0; i < cte_count_; ++i)
      if (ctes_[i].visible && same_name(ctes_[i].name, table.name)) {
        // Which letters are the same outside of ASCII, only the server knows.
        if (ctes_[i].name != table.name) verdict_.obstacle(kNotUnderstood);
        return;
      }
  verdict_.add(table);
  if (!is_server_schema(table.schema)) return;
  verdict_.obstacle("reads a table of the server itself");
  if (is_server_table(table.schema, table.name))
    verdict_.primary("reads a table that differs by server");
}

void QueryScan::table() {
  if (cursor_.next_is('(')) {  // JSON_TABLE(…)
    call(cursor_.is(TokenKind::QuotedName));
    level().clause = Clause::AfterTable;
    return;
  }
  const std::optional<TableName> table = read_table(cursor_);
  level().clause = Clause::AfterTable;
  if (!table) return cursor_.advance();
  if (cursor_.is('(')) verdict_.doubt("calls a function that is not known to be pure");
  add_table(*table);
}

void QueryScan::into() {
  cursor_.advance();
  if (cursor_.is(Keyword::Outfile) || cursor_.is(Keyword::Dumpfile))
    verdict_.primary("writes a file on the server");
  else if (cursor_.is(TokenKind::UserVariable))
    verdict_.pin("assigns a user variable", Effect::ComputesUserVariable);
  else
    verdict_.doubt(kNotUnderstood);
}

void QueryScan::for_clause() {
  cursor_.advance();
  if (cursor_.is(Keyword::Update) || cursor_.is(Keyword::Share)) {
    verdict_.primary("locks the rows it reads", Effect::LocksRows);
    cursor_.advance();
  } else if (cursor_.is(Keyword::Join)) {  // USE INDEX FOR JOIN (…)
    cursor_.advance();
  } else if (cursor_.is(Keyword::Order) || cursor_.is(Keyword::Group)) {
    cursor_.advance();
    cursor_.accept(Keyword::By);
  } else if (level().clause == Clause::AfterTable) {  // FOR SYSTEM_TIME
    verdict_.obstacle("reads the past of a table");
  }
}

void QueryScan::with_clause() {
  cursor_.advance();
  if (cursor_.is(Keyword::Rollup) || cursor_.is(Keyword::Ties)) return;
  with_ = with_ || (depth_ == 0 && !saw_query_);
  level().recursive = cursor_.accept(Keyword::Recursive);
  next_cte();
}

// On the name of a common table expression; steps into its body.
void QueryScan::next_cte() {
  if (!cursor_.is_name()) return;
  const std::string_view cte = cursor_.current().token.text;
  cursor_.advance();
  if (cursor_.is('(')) {
    while (!cursor_.at_end() && !cursor_.is(')'))
      cursor_.advance();
    cursor_.accept(')');
  }
  if (!cursor_.accept(Keyword::As) || !cursor_.is('(')) return;
  level().clause = Clause::Other;
  std::uint8_t kept = 0;
  if (cte_count_ < kMaxCtes) {
    ctes_[cte_count_++] = {cte, static_cast<std::uint8_t>(depth_), level().recursive};
    kept = static_cast<std::uint8_t>(cte_count_);
  }
  open();
  level().cte_body = true;
  level().cte = kept;
}

// Behind the body of one: its name is known from here on, and another one may follow.
void QueryScan::end_cte(std::uint8_t cte) {
  if (cte != 0) ctes_[cte - 1].visible = true;
  if (cursor_.is(Keyword::Cycle))
    while (!cursor_.at_end() && !cursor_.is(Keyword::Select) && !cursor_.is(','))
      cursor_.advance();
  if (cursor_.accept(',')) next_cte();
}

}  // namespace understudy::sql
