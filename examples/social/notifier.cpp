#include "notifier.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace social {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kTotalsPause{150};
constexpr std::size_t kTotalsAtOnce = 200;
constexpr std::chrono::milliseconds kPauseMax{5000};

template <typename T>
T field(const understudy::ChangedRow& row, std::string_view name) {
  const understudy::Value* const value = row.get(name);
  if (value == nullptr) throw std::runtime_error("the log has no " + std::string(name));
  return understudy::from_value<T>(*value);
}

Json to_json(const Person& person) {
  return {{"id", person.id}, {"name", person.name}, {"display_name", person.display_name}};
}

}  // namespace

Notifier::Notifier(Social& network, understudy::Cluster cluster, std::string schema)
    : network_(network), cluster_(std::move(cluster)), schema_(std::move(schema)) {
  begin("now");
  thread_ = std::thread([this] { run(); });
}

Notifier::~Notifier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
  subscription_.reset();
}

void Notifier::begin(const std::string& from) {
  std::string tables;
  for (const char* const table : {"post", "follow", "reaction", "comment", "post_totals"})
    tables += (tables.empty() ? "" : ",") + schema_ + "." + table;
  subscription_ = cluster_.subscribe(
      tables, from,
      [this](const understudy::ChangedTransaction& transaction) { take(transaction); },
      [this](const understudy::DatabaseError&) {
        const std::lock_guard lock(mutex_);
        over_ = true;
        woken_.notify_all();
      });
}

void Notifier::listen(std::uint64_t person, understudy::Session& session, const Stream& stream) {
  {
    const std::lock_guard lock(mutex_);
    forget_closed();
    Listener& listener = listeners_[person];
    listener.streams.push_back(stream);
    if (listener.loaded) return;
  }
  // Changes that come meanwhile are noted already, so nothing falls in between.
  const std::vector<std::uint64_t> authors = network_.following(session, person);
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(person);
  if (found == listeners_.end()) return;
  for (const std::uint64_t author : authors) {
    if (found->second.dropped.contains(author)) continue;
    found->second.follows.insert(author);
    followers_[author].insert(person);
  }
  found->second.loaded = true;
  found->second.dropped.clear();
}

void Notifier::take(const understudy::ChangedTransaction& transaction) {
  for (const understudy::Change& change : transaction.changes) {
    try {
      take(change);
    } catch (const std::exception&) {
      // Who it was could not be read: one notification is missing, which a page survives.
      const std::lock_guard lock(mutex_);
      send_to_all("reload", Json::object());
    }
  }
  const std::lock_guard lock(mutex_);
  last_id_ = transaction.id;
  failures_ = 0;
}

void Notifier::take(const understudy::Change& change) {
  const bool gone = change.kind == understudy::ChangeKind::Delete;
  if (change.table == "follow") {
    on_follow(change);
  } else if (gone) {
    return;
  } else if (change.table == "post_totals") {
    on_totals(change.after);
  } else if (change.table == "reaction") {
    const bool same =
        change.kind == understudy::ChangeKind::Update &&
        field<std::string>(change.before, "kind") == field<std::string>(change.after, "kind");
    if (!same) on_response("reaction", change.after);
  } else if (change.kind == understudy::ChangeKind::Insert && change.table == "post") {
    on_post(change.after);
  } else if (change.kind == understudy::ChangeKind::Insert && change.table == "comment") {
    on_response("comment", change.after);
  }
}

void Notifier::on_post(const understudy::ChangedRow& post) {
  const auto author = field<std::uint64_t>(post, "author");
  std::vector<Stream> streams;
  {
    const std::lock_guard lock(mutex_);
    const auto found = followers_.find(author);
    if (found == followers_.end()) return;
    for (const std::uint64_t person : found->second) {
      const auto& own = listeners_[person].streams;
      streams.insert(streams.end(), own.begin(), own.end());
    }
  }
  const Json news{{"post", field<std::uint64_t>(post, "id")},
                  {"person", to_json(network_.person(author))},
                  {"text", field<std::string>(post, "text")}};
  for (const Stream& stream : streams)
    stream->send("post", news);
}

void Notifier::on_follow(const understudy::Change& change) {
  const bool gone = change.kind == understudy::ChangeKind::Delete;
  const understudy::ChangedRow& row = gone ? change.before : change.after;
  const auto follower = field<std::uint64_t>(row, "follower");
  const auto author = field<std::uint64_t>(row, "author");
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = listeners_.find(follower); found != listeners_.end()) {
      if (gone) {
        found->second.follows.erase(author);
        followers_[author].erase(follower);
        if (!found->second.loaded) found->second.dropped.insert(author);
      } else {
        found->second.follows.insert(author);
        found->second.dropped.erase(author);
        followers_[author].insert(follower);
      }
    }
  }
  const std::vector<Stream> streams = streams_of(author);
  if (gone || streams.empty()) return;
  const Json news{{"person", to_json(network_.person(follower))}};
  for (const Stream& stream : streams)
    stream->send("follower", news);
}

void Notifier::on_response(const std::string& event, const understudy::ChangedRow& response) {
  {
    const std::lock_guard lock(mutex_);
    if (listeners_.empty()) return;
  }
  const auto post = field<std::uint64_t>(response, "post");
  const auto who = field<std::uint64_t>(response, event == "comment" ? "author" : "person");
  const std::uint64_t author = network_.author_of(post);
  const std::vector<Stream> streams = streams_of(author);
  if (streams.empty() || who == author) return;
  const Json news{{"post", post},
                  {"person", to_json(network_.person(who))},
                  {"text", field<std::string>(response, event == "comment" ? "text" : "kind")}};
  for (const Stream& stream : streams)
    stream->send(event, news);
}

// The row has all numbers, so only the last of several changes has to be sent.
void Notifier::on_totals(const understudy::ChangedRow& totals) {
  const auto post = field<std::uint64_t>(totals, "post");
  Json reactions = Json::array();
  for (const char* const column : {"likes", "loves", "laughs", "wows", "sads", "angers"})
    reactions.push_back(field<std::uint64_t>(totals, column));
  const std::lock_guard lock(mutex_);
  if (listeners_.empty()) return;
  totals_[post] = {{"post", post},
                   {"reactions", std::move(reactions)},
                   {"comments", field<std::uint64_t>(totals, "comments")}};
  if (totals_.size() == 1) woken_.notify_all();
}

std::vector<Notifier::Stream> Notifier::streams_of(std::uint64_t person) {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(person);
  return found == listeners_.end() ? std::vector<Stream>{} : found->second.streams;
}

void Notifier::send_to_all(std::string_view event, const Json& data) {
  for (const auto& [person, listener] : listeners_)
    for (const Stream& stream : listener.streams)
      stream->send(event, data);
}

void Notifier::forget_closed() {
  for (auto at = listeners_.begin(); at != listeners_.end();) {
    auto& [person, listener] = *at;
    std::erase_if(listener.streams, [](const Stream& stream) { return stream->closed(); });
    if (!listener.streams.empty()) {
      ++at;
      continue;
    }
    for (const std::uint64_t author : listener.follows) {
      followers_[author].erase(person);
      if (followers_[author].empty()) followers_.erase(author);
    }
    at = listeners_.erase(at);
  }
}

void Notifier::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_.wait(lock, [this] { return stopping_ || over_ || !totals_.empty(); });
    if (over_) begin_again(lock);
    send_totals();
    woken_.wait_for(lock, kTotalsPause, [this] { return stopping_; });
  }
}

void Notifier::send_totals() {
  Json posts = Json::array();
  while (!totals_.empty() && posts.size() < kTotalsAtOnce)
    posts.push_back(std::move(totals_.extract(totals_.begin()).mapped()));
  if (!posts.empty()) send_to_all("totals", {{"posts", std::move(posts)}});
}

// From where it ended; if that does not work, the servers have no longer what came next: from now,
// and the pages read what they show anew.
void Notifier::begin_again(std::unique_lock<std::mutex>& lock) {
  const bool resume = ++failures_ == 1 && !last_id_.empty();
  const std::string from = resume ? last_id_ : "now";
  const auto pause = std::min(kPauseMax, std::chrono::milliseconds(200) * failures_);
  woken_.wait_for(lock, pause, [this] { return stopping_; });
  if (stopping_) return;
  over_ = false;
  lock.unlock();
  bool begun = true;
  try {
    begin(from);
  } catch (const std::exception&) {
    begun = false;
  }
  lock.lock();
  if (!begun) over_ = true;
  if (begun && !resume) send_to_all("reload", Json::object());
}

}  // namespace social
