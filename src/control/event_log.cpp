#include "control/event_log.h"

#include <fmt/format.h>

namespace understudy::control {
namespace {

using replication::ServerView;
using replication::Topology;

void add_server_changes(EventLog& log, const ServerView& before, const ServerView& after) {
  if (before.role != after.role && after.role != replication::Role::Primary) {
    log.add("role_changed", {{"server", after.name},
                             {"from", std::string(to_text(before.role))},
                             {"to", std::string(to_text(after.role))}});
  }
  if (before.health == after.health) return;
  Event::Fields fields = {{"server", after.name}};
  if (!after.reason.empty()) fields.emplace_back("reason", after.reason);
  if (after.health == replication::Health::Lagging && after.lag)
    fields.emplace_back("lag_ms", fmt::to_string(to_ms(*after.lag)));
  log.add(fmt::format("server_{}", to_text(after.health)), std::move(fields));
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + '"';
}

}  // namespace

std::string to_text(const Event& event) {
  std::string text = event.name;
  for (const auto& [key, value] : event.fields) {
    const bool plain = !value.empty() && value.find_first_of(" \"=\n") == std::string::npos;
    text += fmt::format(" {}={}", key, plain ? value : quoted(value));
  }
  return text;
}

void EventLog::add(std::string name, Event::Fields fields,
                   std::chrono::system_clock::time_point time) {
  events_.push_back({++last_id_, time, std::move(name), std::move(fields)});
  if (events_.size() > capacity_) events_.pop_front();
  if (observer_) observer_(events_.back());
}

void add_changes(EventLog& log, const Topology& before, const Topology& after) {
  const ServerView* old_primary = before.primary_view();
  const ServerView* new_primary = after.primary_view();
  if (new_primary == nullptr) {
    if (old_primary != nullptr) {
      log.add("primary_lost", {{"server", old_primary->name}, {"reason", after.no_primary_reason}});
    }
  } else if (before.epoch != after.epoch && before.epoch != 0) {
    log.add("primary_changed",
            {{"server", new_primary->name}, {"epoch", fmt::to_string(after.epoch)}});
  } else if (old_primary == nullptr) {
    log.add("primary_found",
            {{"server", new_primary->name}, {"epoch", fmt::to_string(after.epoch)}});
  }
  for (std::size_t i = 0; i < after.servers.size() && i < before.servers.size(); ++i)
    add_server_changes(log, before.servers[i], after.servers[i]);
}

}  // namespace understudy::control
