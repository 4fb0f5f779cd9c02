#include "replication/topology.h"

#include <algorithm>

namespace understudy::replication {

bool ServerView::has_tag(std::string_view tag) const {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

const ServerView* Topology::find(ServerId id) const {
  return id.value() < servers.size() ? &servers[id.value()] : nullptr;
}

const ServerView* Topology::find(std::string_view name) const {
  for (const ServerView& server : servers) {
    if (server.name == name) return &server;
  }
  return nullptr;
}

const ServerView* Topology::primary_view() const {
  return primary ? find(*primary) : nullptr;
}

const ServerView* Topology::usable_primary() const {
  const ServerView* view = primary_view();
  return view != nullptr && view->health != Health::Down ? view : nullptr;
}

}  // namespace understudy::replication
