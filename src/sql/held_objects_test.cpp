#include "sql/held_objects.h"

#include <gtest/gtest.h>

#include "sql/session_model.h"

namespace understudy::sql {
namespace {

struct Case {
  const char* statements;  // separated by |
  const char* pinned_by;   // the reason, empty if nothing is left
};

class PinEndsTest : public ::testing::TestWithParam<Case> {};

TEST_P(PinEndsTest, AsWhatItIsThereFor) {
  SessionModel model;
  model.set_schema("a");
  std::string_view rest = GetParam().statements;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    const std::string_view text = rest.substr(0, end);
    model.apply(classify(text, model.modes()), text);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  EXPECT_EQ(model.pin_reason(), GetParam().pinned_by) << GetParam().statements;
}

constexpr const char* kTable = "the session has a temporary table";
constexpr const char* kLock = "the session may hold a user lock";
constexpr const char* kTableLock = "the session holds table locks";
constexpr const char* kGlobalLock = "the session holds a lock on all tables";
constexpr const char* kHandler = "the session has an open handler";
constexpr const char* kPrepared = "the session has a statement prepared by text";

INSTANTIATE_TEST_SUITE_P(
    TemporaryTables, PinEndsTest,
    ::testing::Values(
        Case{"CREATE TEMPORARY TABLE t (a INT)", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TEMPORARY TABLE t", ""},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TABLE t", ""},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TABLE IF EXISTS `a`.t CASCADE", ""},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TABLE b.t", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|USE b|DROP TABLE t", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|USE b|DROP TABLE a.t", ""},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TABLE T", kTable},
        Case{"CREATE OR REPLACE TEMPORARY TABLE t SELECT 1|CREATE TEMPORARY TABLE u LIKE v|"
             "DROP TABLES u, x, t",
             ""},
        Case{"CREATE TEMPORARY TABLE IF NOT EXISTS t (a INT)|"
             "CREATE TEMPORARY TABLE IF NOT EXISTS t (a INT)|DROP TABLE t",
             ""},
        Case{"CREATE TEMPORARY TABLE t (a INT)|ALTER TABLE t RENAME u|DROP TABLE t", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|ALTER TABLE t ADD b INT|DROP TABLE t", ""},
        Case{"CREATE TEMPORARY TABLE t (a INT); SELECT 1|DROP TABLE t", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP TABLE t; SELECT 1", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP /*!99999 VIEW */ TABLE t", kTable},
        Case{"CREATE TEMPORARY SEQUENCE t|DROP TABLE t", kTable},
        Case{"CREATE TEMPORARY TABLE t (a INT)|DROP VIEW t", kTable}));

INSTANTIATE_TEST_SUITE_P(
    UserLocks, PinEndsTest,
    ::testing::Values(
        Case{"SELECT GET_LOCK('a', 1)|DO RELEASE_LOCK('a')", ""},
        Case{"DO GET_LOCK('a', -1), GET_LOCK('b', 0)|SELECT RELEASE_LOCK('a') AS x", kLock},
        Case{"DO GET_LOCK('a', -1), GET_LOCK('b', 0)|SELECT RELEASE_LOCK('a') x, RELEASE_LOCK('b')",
             ""},
        Case{"DO GET_LOCK('a', 1)|DO GET_LOCK('a', 1)|DO RELEASE_LOCK('a')", kLock},
        Case{"DO GET_LOCK('a', 1)|DO GET_LOCK('a', 1)|SELECT RELEASE_ALL_LOCKS()", ""},
        Case{"SELECT GET_LOCK('a', 1) FROM t|DO RELEASE_LOCK('a')", kLock},
        Case{"SELECT GET_LOCK('a', 1) WHERE 1|DO RELEASE_LOCK('a')", kLock},
        Case{"DO GET_LOCK(?, ?)|DO RELEASE_LOCK('a')", kLock},
        Case{"DO GET_LOCK(?, ?)|DO RELEASE_ALL_LOCKS()", ""},
        Case{"DO GET_LOCK('a', 1)|SELECT RELEASE_LOCK('a') FROM t", kLock},
        Case{"DO GET_LOCK('a', 1)|DO IF(0, RELEASE_LOCK('a'), 1)", kLock},
        Case{"DO GET_LOCK('a', 1)|SELECT RELEASE_ALL_LOCKS() FROM t WHERE 0", kLock},
        Case{"DO GET_LOCK('a', 1)|UNLOCK TABLES", kLock}));

INSTANTIATE_TEST_SUITE_P(
    TableLocks, PinEndsTest,
    ::testing::Values(Case{"LOCK TABLES t WRITE|UNLOCK TABLES", ""},
                      Case{"LOCK TABLES t WRITE|BEGIN", ""},
                      Case{"LOCK TABLES t WRITE|DO RELEASE_LOCK('a')", kTableLock},
                      Case{"FLUSH TABLES WITH READ LOCK|START TRANSACTION", kGlobalLock},
                      Case{"FLUSH TABLES WITH READ LOCK|START TRANSACTION|UNLOCK TABLES", ""}));

INSTANTIATE_TEST_SUITE_P(
    HandlersAndTextStatements, PinEndsTest,
    ::testing::Values(
        Case{"HANDLER t OPEN|HANDLER t CLOSE", ""},
        Case{"HANDLER t OPEN AS h|HANDLER t CLOSE", kHandler},
        Case{"HANDLER b.t OPEN h|HANDLER h READ FIRST|HANDLER h CLOSE", ""},
        Case{"HANDLER t OPEN|HANDLER t OPEN AS h|HANDLER h CLOSE", kHandler},
        Case{"PREPARE s FROM 'SELECT ?'|EXECUTE s USING @a", kPrepared},
        Case{"PREPARE s FROM 'SELECT ?'|EXECUTE s USING @a|DEALLOCATE PREPARE S", ""},
        Case{"PREPARE s FROM 'SELECT ?'|PREPARE s FROM 'SELECT 1'|DROP PREPARE s", ""},
        Case{"PREPARE s FROM 'CREATE TEMPORARY TABLE t (a INT)'|EXECUTE s|DROP PREPARE s",
             kPrepared},
        Case{"PREPARE s FROM 'SET @a = 1'|DROP PREPARE s", kPrepared},
        Case{"PREPARE s FROM @text|DROP PREPARE s", kPrepared},
        Case{"PREPARE s FROM 'SELECT ''a'''|DROP PREPARE s", kPrepared}));

TEST(HeldObjectsTest, MoreNamesThanItKeepsNeverEnd) {
  SessionModel model;
  const auto run = [&](const std::string& text) { model.apply(classify(text), text); };
  for (int i = 0; i < 65; ++i)
    run("CREATE TEMPORARY TABLE t" + std::to_string(i) + " (a INT)");
  for (int i = 0; i < 65; ++i)
    run("DROP TABLE t" + std::to_string(i));
  EXPECT_EQ(model.pin_reason(), kTable);
}

}  // namespace
}  // namespace understudy::sql
