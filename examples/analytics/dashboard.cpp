#include "dashboard.h"

#include <map>

#include "web/site.h"

namespace analytics {
namespace {

constexpr Milliseconds kInterval{1000};
// What happened less than so long ago may be on its way: in a batch, or to the replicas.
constexpr Milliseconds kSettled{2000};

Json answered_json(const Answered& answered) {
  std::string servers;
  for (const std::string& server : answered.servers)
    servers += (servers.empty() ? "" : " + ") + server;
  return web::answered(servers, answered.staleness, answered.took);
}

Json events_json(const std::vector<Event>& events) {
  Json json = Json::array();
  for (const Event& event : events)
    json.push_back({{"user", event.user},
                    {"type", event.type},
                    {"time", event.time.time_since_epoch().count()},
                    {"metadata", Json::parse(event.metadata, nullptr, false)}});
  return json;
}

Json counts_json(const std::vector<TypeCount>& counts) {
  Json json = Json::array();
  for (const TypeCount& count : counts)
    json.push_back({{"type", count.type}, {"events", count.events}});
  return json;
}

// Columns, as charts want them.
Json activities_json(const std::vector<Activity>& activities) {
  Json json = {{"start", Json::array()}, {"events", Json::array()}, {"users", Json::array()}};
  for (const Activity& activity : activities) {
    json["start"].push_back(activity.start);
    json["events"].push_back(activity.events);
    json["users"].push_back(activity.users);
  }
  return json;
}

Json time_json(const std::optional<TimePoint>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

}  // namespace

Json live_json(Analytics& analytics, TimePoint present) {
  present -= kSettled;
  const auto answer = analytics.by_second(present);
  constexpr std::int64_t kLength = 120;
  const std::int64_t end =
      std::chrono::floor<std::chrono::seconds>(present).time_since_epoch().count();
  std::map<std::string, std::vector<std::uint64_t>> types;
  for (const TypeCount& count : answer.value) {
    auto& seconds = types.try_emplace(count.type, kLength).first->second;
    seconds.at(static_cast<std::size_t>(count.start - (end - kLength))) = count.events;
  }
  return {{"end", end}, {"types", types}, {"answered", answered_json(answer.answered)}};
}

Json active_json(Analytics& analytics, TimePoint present) {
  const auto users = analytics.active_users(present);
  const auto minutes = analytics.by_minute(present);
  return {{"users", users.value},
          {"minutes", activities_json(minutes.value)},
          {"answered", answered_json(users.answered)},
          {"minutes_answered", answered_json(minutes.answered)}};
}

Json frequent_json(Analytics& analytics, TimePoint present) {
  const auto answer = analytics.frequent(present);
  return {{"types", counts_json(answer.value)}, {"answered", answered_json(answer.answered)}};
}

Json engagement_json(Analytics& analytics, TimePoint present) {
  const auto answer = analytics.by_hour(present);
  return {{"hours", activities_json(answer.value)}, {"answered", answered_json(answer.answered)}};
}

Json latest_json(Analytics& analytics) {
  const auto answer = analytics.latest();
  return {{"events", events_json(answer.value)}, {"answered", answered_json(answer.answered)}};
}

Json report_json(Analytics& analytics, std::uint64_t user) {
  const auto answer = analytics.report(user);
  return {{"user", user},
          {"events", answer.value.events},
          {"types", counts_json(answer.value.types)},
          {"first", time_json(answer.value.first)},
          {"last", time_json(answer.value.last)},
          {"latest", events_json(answer.value.latest)},
          {"answered", answered_json(answer.answered)}};
}

Dashboard::Dashboard(Analytics& analytics)
    : analytics_(analytics), every_(kInterval, [this] { sample(); }) {}

void Dashboard::sample() {
  if (pages_.empty()) return;
  const TimePoint present = now();
  pages_.send("sample", {{"live", live_json(analytics_, present)},
                         {"active", active_json(analytics_, present)},
                         {"frequent", frequent_json(analytics_, present)},
                         {"engagement", engagement_json(analytics_, present)},
                         {"latest", latest_json(analytics_)}});
}

}  // namespace analytics
