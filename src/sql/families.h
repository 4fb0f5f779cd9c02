#pragma once

#include "sql/cursor.h"

// One function for each family of statements. The cursor is on the first word; each ends at the end
// of the statement or before (the caller skips the rest, and doubts a read that has one).
namespace understudy::sql {

// query_statements.cpp
void read_statement(Cursor& cursor, Verdict& verdict);  // SELECT, WITH, VALUES, TABLE, (
void explain_statement(Cursor& cursor, Verdict& verdict);
void analyze_statement(Cursor& cursor, Verdict& verdict);
void do_statement(Cursor& cursor, Verdict& verdict);

// show.cpp
void show_statement(Cursor& cursor, Verdict& verdict);

// changes.cpp
void insert_statement(Cursor& cursor, Verdict& verdict);  // and REPLACE
void update_statement(Cursor& cursor, Verdict& verdict);
void delete_statement(Cursor& cursor, Verdict& verdict);
void load_statement(Cursor& cursor, Verdict& verdict);

// schema.cpp
void create_statement(Cursor& cursor, Verdict& verdict);
void alter_statement(Cursor& cursor, Verdict& verdict);
void drop_statement(Cursor& cursor, Verdict& verdict);
void rename_statement(Cursor& cursor, Verdict& verdict);
void truncate_statement(Cursor& cursor, Verdict& verdict);
void maintain_statement(Cursor& cursor, Verdict& verdict);  // ANALYZE, CHECK, … TABLE

// set.cpp
void set_statement(Cursor& cursor, Verdict& verdict);

// transactions.cpp
void begin_statement(Cursor& cursor, Verdict& verdict);
void start_statement(Cursor& cursor, Verdict& verdict);
void end_statement(Cursor& cursor, Verdict& verdict);  // COMMIT, ROLLBACK
void xa_statement(Cursor& cursor, Verdict& verdict);
void lock_statement(Cursor& cursor, Verdict& verdict);
void unlock_statement(Cursor& cursor, Verdict& verdict);
void backup_statement(Cursor& cursor, Verdict& verdict);
void flush_statement(Cursor& cursor, Verdict& verdict);
void handler_statement(Cursor& cursor, Verdict& verdict);

// programs.cpp
void use_statement(Cursor& cursor, Verdict& verdict);
void call_statement(Cursor& cursor, Verdict& verdict);
void execute_statement(Cursor& cursor, Verdict& verdict);
void compound_statement(Cursor& cursor, Verdict& verdict);  // BEGIN NOT ATOMIC, IF, LOOP, …
void skip_routine(Cursor& cursor, Verdict& verdict);        // a body with semicolons inside

// classify.cpp: the statement behind SET STATEMENT … FOR
void one_statement(Cursor& cursor, Verdict& verdict);

// Helpers.
void skip_statement(Cursor& cursor);                     // to its end
void skip_if_exists(Cursor& cursor);                     // IF [NOT] EXISTS
void read_table_list(Cursor& cursor, Verdict& verdict);  // with anything behind each table
// Statements that Understudy answers itself: what the first two tokens tell; true if the whole text
// is one.
bool may_begin_own_statement(const Cursor& cursor);
bool match_own_statement(const Cursor& cursor, Classification& out);
// `/* understudy: … */`; nothing if the comment is another.
Hints parse_hints(std::string_view comment);

}  // namespace understudy::sql
