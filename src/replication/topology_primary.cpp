// Which of the servers is the primary, by what they show: TopologyBuilder's choice.
#include <fmt/format.h>

#include <algorithm>

#include "replication/succession.h"
#include "replication/topology_builder.h"

namespace understudy::replication {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

// One that was appointed is not replaced by a server that merely takes writes: that may be the one
// before it, which has come back.
bool TopologyBuilder::appointed_leads(const std::vector<ServerId>& writable_and_followed) const {
  const std::optional<ServerId> appointed = appointment_.server();
  if (!appointed) return false;
  const Server& server = servers_[appointed->value()];
  if (server.down)
    return appointment_.by_us() &&
           (writable_and_followed.empty() || writable_and_followed.front() == *appointed);
  // While it is made to forget its source it still has one, at rest.
  return server.last_answer && !server.last_answer->read_only;
}

// What the appointed one itself follows, and has all of, leads: somebody has made it so.
bool TopologyBuilder::may_lead(ServerId candidate) const {
  if (appointment_.may_lead(candidate)) return true;
  const Server& appointed = servers_[appointment_.server()->value()];
  const Server& server = servers_[candidate.value()];
  return !appointed.down && appointed.last_answer->read_only && follows(appointed, server) &&
         !outdated(server);
}

bool TopologyBuilder::followed(const Server& candidate) const {
  return std::any_of(servers_.begin(), servers_.end(), [&](const Server& other) {
    return &other != &candidate && !other.down && follows(other, candidate);
  });
}

bool TopologyBuilder::follows(const Server& replica, const Server& source) {
  if (!replica.last_answer) return false;
  const auto& sources = replica.last_answer->sources;
  return std::any_of(sources.begin(), sources.end(), [&](const ReplicaStatus& status) {
    return status.source_server_id == source.last_answer->server_id;
  });
}

// A primary of the past that has come back: others, whom it has not seen for a while, have gone on
// without it. Transactions of a server that stands alone prove nothing, unless they continue what
// the candidate has.
bool TopologyBuilder::outdated(const Server& candidate) const {
  const BinlogState& its = candidate.last_answer->binlog_state;
  return std::any_of(servers_.begin(), servers_.end(), [&](const Server& other) {
    if (&other == &candidate || !other.last_answer) return false;
    const BinlogState& more = other.last_answer->binlog_state;
    if (more.beyond(its).empty()) return false;
    const bool continues = !its.empty() && its.beyond(more).empty();
    return continues || !other.last_answer->sources.empty() || followed(other);
  });
}

// Nobody that we have seen leading: who was there before us is known by what the others have.
bool TopologyBuilder::of_the_past(const Server& candidate) const {
  std::vector<const ServerObservation*> others;
  for (const Server& other : servers_)
    if (&other != &candidate && other.last_answer) others.push_back(&*other.last_answer);
  return superseded(*candidate.last_answer, others);
}

// Another takes writes, or did when it was last heard, and has what the candidate has not: then it
// is not enough that somebody follows the candidate, all the others have to.
bool TopologyBuilder::contested(ServerId id) const {
  if (appointment_.server()) return false;
  const Server& candidate = servers_[id.value()];
  bool rival = false;
  bool all_follow = true;
  for (const Server& other : servers_) {
    if (&other == &candidate) continue;
    if (other.last_answer && writable_source(*other.last_answer)) {
      const BinlogState& its = other.last_answer->binlog_state;
      rival = rival || !its.beyond(candidate.last_answer->binlog_state).empty();
    } else {
      all_follow = all_follow && follows(other, candidate);
    }
  }
  return rival && !all_follow;
}

void TopologyBuilder::choose_primary() {
  // After a start the first that answers may be a primary of the past.
  const bool all_asked = std::ranges::all_of(servers_, &Server::probed);
  if (!last_primary_ && !all_asked) {
    no_primary_reason_ = explain_no_writable();
    return;
  }
  std::vector<ServerId> writable;
  std::vector<ServerId> writable_and_followed;
  std::vector<std::string> names;
  std::vector<std::string> past;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& server = servers_[i];
    if (server.down || !server.last_answer || !writable_source(*server.last_answer)) continue;
    const ServerId id(static_cast<std::uint16_t>(i));
    if (!may_lead(id)) continue;
    if (primary_ != id && of_the_past(server)) {
      past.push_back(settings_.servers[i].name);
      continue;
    }
    writable.push_back(id);
    names.push_back(settings_.servers[i].name);
    if (followed(server)) writable_and_followed.push_back(id);
  }
  if (appointed_leads(writable_and_followed)) return change_primary(*appointment_.server());
  if (writable_and_followed.size() == 1 && !contested(writable_and_followed.front()))
    return change_primary(writable_and_followed.front());
  if (writable.size() == 1 && !appointment_.by_us() &&
      !outdated(servers_[writable.front().value()]))
    return change_primary(writable.front());

  const bool silent_primary = primary_ && servers_[primary_->value()].down &&
                              writable_source(*servers_[primary_->value()].last_answer);
  if (writable.empty() && silent_primary) return;  // it stays the primary, down
  // It was closed on purpose; whoever takes the lead from it is appointed.
  if (writable.empty() && primary_ && primary_closed_) return;
  primary_.reset();
  no_primary_reason_ =
      writable.empty()
          ? past.empty() ? explain_no_writable()
                         : fmt::format(
                               "{} takes writes, but others have gone on after another primary: "
                               "set read_only=1 "
                               "there, and read_only=0 on the one that is to lead",
                               listed(past))
          : fmt::format(
                "{} are writable and replicate from nobody: set read_only=1 on all but "
                "one, or let the others replicate from it",
                listed(names));
}

void TopologyBuilder::change_primary(ServerId primary) {
  no_primary_reason_.clear();
  primary_ = primary;
  if (appointment_.server() != primary) appointment_.found(primary);
  if (last_primary_ == primary) return;
  last_primary_ = primary;
  ++epoch_;
  primary_history_.clear();
  for (Server& server : servers_) {
    server.age.reset();
    server.lagging = false;
    server.diverged = false;
  }
}

std::string TopologyBuilder::explain_no_writable() const {
  std::vector<std::string> silent;
  std::vector<std::string> unasked;
  std::vector<std::string> read_only;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Server& server = servers_[i];
    const std::string& name = settings_.servers[i].name;
    if (!server.probed) {
      unasked.push_back(name);
    } else if (server.down) {
      silent.push_back(name);
    } else if (server.last_answer->sources.empty()) {
      read_only.push_back(name);
    }
  }
  if (silent.size() == servers_.size()) return "no server answers";
  if (!unasked.empty()) return "not asked yet: " + listed(unasked);
  std::string reason = "no server that answers is writable without replicating from another";
  if (!read_only.empty())
    reason += fmt::format("; read-only and replicating from nobody: {}", listed(read_only));
  if (!silent.empty()) reason += fmt::format("; not answering: {}", listed(silent));
  return reason;
}

}  // namespace understudy::replication
