#include "hot_paths.h"

#include <memory>
#include <string_view>

#include "backend/session_state.h"
#include "protocol/commands.h"
#include "protocol/packet.h"
#include "protocol/response_scanner.h"
#include "replication/position.h"
#include "routing/route.h"
#include "routing/test_cluster.h"
#include "sql/classifier.h"

namespace understudy::bench {
namespace {

using backend::SessionState;
using replication::Position;
using Paths = std::vector<HotPath>;

// The compiler may not leave out what `value` was computed by.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// --- the classifier ---

void add_statement(Paths& paths, const std::string& name, std::string_view text) {
  paths.push_back({"classify " + name, [text] { keep(sql::classify(text)); }});
  const auto classifier = std::make_shared<sql::Classifier>();
  const auto what = std::make_shared<sql::Classification>();
  for (int i = 0; i < 2; ++i)
    classifier->classify(text, {}, *what);
  paths.push_back({"classify again " + name, [text, classifier, what] {
                     classifier->classify(text, {}, *what);
                     keep(*what);
                   }});
}

void add_classifier(Paths& paths) {
  add_statement(paths, "point select", "SELECT c FROM sbtest1 WHERE id=5017");
  add_statement(paths, "range",
                "SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 1 AND 9 ORDER BY c");
  add_statement(paths, "update", "UPDATE sbtest1 SET k=k+1 WHERE id=5017");
  add_statement(paths, "commit", "COMMIT");
  add_statement(paths, "framework",
                "SELECT `users`.`id`, `users`.`email`, `users`.`name` FROM `users` INNER JOIN "
                "`posts` ON `posts`.`user_id` = `users`.`id` WHERE `users`.`email` = 'a@b.c' AND "
                "`users`.`deleted_at` IS NULL ORDER BY `users`.`id` ASC LIMIT 21");
}

// --- framing ---

void append_text(Bytes& out, std::uint8_t& sequence, std::string_view payload) {
  protocol::append_packet(out, sequence, as_bytes(payload));
}

// A result of one column of 120 bytes under DEPRECATE_EOF; what is in definitions and rows does not
// matter here.
Bytes result_of(int rows) {
  Bytes out;
  std::uint8_t sequence = 1;
  append_text(out, sequence, "\x01");
  append_text(out, sequence, std::string(40, 'd'));
  for (int i = 0; i < rows; ++i)
    append_text(out, sequence, "\x78" + std::string(120, 'r'));
  append_text(out, sequence, std::string_view("\xfe\x00\x00\x02\x00\x00\x00", 7));
  return out;
}

void add_result(Paths& paths, int rows) {
  paths.push_back({"frame result of " + std::to_string(rows), [answer = result_of(rows)] {
                     protocol::ResponseScanner scanner(protocol::ResponseShape::Query,
                                                       protocol::kDeprecateEof);
                     ByteView rest = answer;
                     while (!scanner.done())
                       keep(scanner.next(rest));
                   }});
}

void add_framing(Paths& paths) {
  auto assembler = std::make_shared<protocol::PacketAssembler>(std::size_t{1} << 24);
  Bytes packet;
  protocol::append_query(packet, "SELECT c FROM sbtest1 WHERE id=5017");
  paths.push_back({"frame command", [assembler, packet] {
                     assembler->feed(packet);
                     keep(assembler->next());
                     keep(assembler->next());  // nothing more
                   }});
  add_result(paths, 1);
  add_result(paths, 100);
}

// --- routing ---

struct Routing {
  replication::Topology topology = routing::testing::cluster(3);
  routing::SessionReads reads;
  routing::Options options;
  routing::Load load;
  routing::Request request;
};

std::shared_ptr<Routing> add_route(Paths& paths, const std::string& name, bool read) {
  auto all = std::make_shared<Routing>();
  all->request.read = read;
  all->request.now = routing::testing::at(10);
  paths.push_back(
      {"route " + name, [all] {
         keep(routing::route(all->request, all->topology, all->reads, all->options, all->load));
       }});
  return all;
}

void add_routing(Paths& paths) {
  using routing::testing::at;
  using routing::testing::db;
  add_route(paths, "write", false);
  add_route(paths, "first read", true);
  const auto written = add_route(paths, "read after a write", true);
  written->reads.note_write(routing::testing::sequence(5), db(1), at(1), written->topology);
  const auto seen = add_route(paths, "read after a read", true);
  seen->reads.note_read(db(2), at(20), seen->topology);
}

// --- positions ---

void add_comparison(Paths& paths, const std::string& name, const std::string& server,
                    const std::string& session) {
  paths.push_back({"covers " + name,
                   [has = Position::parse(server).value(),
                    wanted = Position::parse(session).value()] { keep(has.covers(wanted)); }});
}

void add_positions(Paths& paths) {
  const std::string first = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  const std::string second = "9a3b1c22-71ca-11e1-9e33-c80aa9429562";
  add_comparison(paths, "MariaDB", "0-1-5000", "0-1-4999");
  add_comparison(paths, "MariaDB, two domains", "0-1-5000,1-2-700", "0-1-4999,1-2-700");
  add_comparison(paths, "MySQL", first + ":1-5000", first + ":4999");
  add_comparison(paths, "MySQL, two servers", first + ":1-5000," + second + ":1-70:90-100",
                 second + ":95");
}

// --- states of sessions and connections ---

// As frameworks leave it after their first statements.
SessionState usual_state(std::string_view time_zone) {
  SessionState state;
  state.set_schema("shop");
  state.set_variable("autocommit", "ON");
  state.set_variable("character_set_client", "utf8mb4");
  state.set_variable("character_set_connection", "utf8mb4");
  state.set_variable("character_set_results", "utf8mb4");
  state.set_variable("sql_mode", "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION");
  state.set_variable("time_zone", time_zone);
  state.set_variable("transaction_isolation", "READ-COMMITTED");
  return state;
}

void add_states(Paths& paths) {
  const SessionState session = usual_state("+00:00");
  paths.push_back(
      {"state equal", [session, other = usual_state("+00:00")] { keep(session == other); }});
  paths.push_back({"state different", [session, other = usual_state("+02:00")] {
                     keep(session == other);
                     keep(SessionState::reachable(other, session));
                   }});
}

}  // namespace

std::vector<HotPath> hot_paths() {
  Paths paths;
  add_classifier(paths);
  add_framing(paths);
  add_routing(paths);
  add_positions(paths);
  add_states(paths);
  return paths;
}

}  // namespace understudy::bench
