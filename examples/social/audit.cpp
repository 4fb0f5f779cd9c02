#include "audit.h"

#include <unordered_map>

namespace social {
namespace {

using Json = nlohmann::json;
using MadeBy = std::map<std::uint64_t, std::vector<Visitor::Made>>;

const understudy::ReadOptions& on_primary() {
  static const understudy::ReadOptions options{.consistency = understudy::Consistency::Strong};
  return options;
}

std::string marks(std::size_t count) {
  std::string marks = "?";
  for (std::size_t i = 1; i < count; ++i)
    marks += ", ?";
  return marks;
}

// How many of these are not in `table`, or not with the id that was told.
std::uint64_t lost(understudy::Cluster& cluster, const std::string& table, const MadeBy& made_by) {
  std::uint64_t lost = 0;
  for (const auto& [author, list] : made_by) {
    std::vector<understudy::Value> keys{author};
    for (const Visitor::Made& made : list)
      keys.emplace_back(made.key);
    const auto found =
        cluster.run_read(on_primary(),
                         "SELECT client_key, id FROM " + table +
                             " WHERE author = ? AND client_key IN (" + marks(list.size()) + ")",
                         keys);
    std::unordered_map<std::string, std::uint64_t> ids;
    for (const understudy::Row& row : found)
      ids[row.get<std::string>(0)] = row.get<std::uint64_t>(1);
    for (const Visitor::Made& made : list)
      if (ids[made.key] != made.id) ++lost;
  }
  return lost;
}

// How many people's last reactions are not what they chose.
std::uint64_t wrong_reactions(understudy::Cluster& cluster, const Visitor::Record& record) {
  std::uint64_t wrong = 0;
  for (const auto& [place, kind] : record.reactions) {
    if (!kind) continue;
    const auto found =
        cluster.read(on_primary(), "SELECT kind FROM reaction WHERE person = ? AND post = ?",
                     place.first, place.second);
    if ((found.empty() ? "" : found[0].get<std::string>(0)) != *kind) ++wrong;
  }
  return wrong;
}

// How many posts' totals are not the number of their reactions and comments.
std::uint64_t wrong_totals(understudy::Cluster& cluster) {
  return cluster
      .read(on_primary(),
            "SELECT COUNT(*) FROM post "
            "LEFT JOIN post_totals AS total ON total.post = post.id "
            "LEFT JOIN (SELECT post, COUNT(*) AS n FROM reaction GROUP BY post) AS reacted "
            "ON reacted.post = post.id "
            "LEFT JOIN (SELECT post, COUNT(*) AS n FROM comment GROUP BY post) AS commented "
            "ON commented.post = post.id "
            "WHERE COALESCE(likes + loves + laughs + wows + sads + angers, 0) "
            "<> COALESCE(reacted.n, 0) OR COALESCE(comments, 0) <> COALESCE(commented.n, 0)")[0]
      .get<std::uint64_t>(0);
}

}  // namespace

Json audit(understudy::Cluster cluster, const std::vector<Visitor>& visitors) {
  Json wrong = {
      {"lost_posts", 0}, {"lost_comments", 0}, {"wrong_reactions", 0}, {"unseen_posts", 0}};
  const auto add = [&wrong](const char* what, std::uint64_t count) {
    wrong[what] = wrong[what].get<std::uint64_t>() + count;
  };
  for (const Visitor& visitor : visitors) {
    add("lost_posts", lost(cluster, "post", visitor.record().posts));
    add("lost_comments", lost(cluster, "comment", visitor.record().comments));
    add("wrong_reactions", wrong_reactions(cluster, visitor.record()));
    add("unseen_posts", visitor.record().missing.size());
  }
  wrong["wrong_totals"] = wrong_totals(cluster);
  return wrong;
}

}  // namespace social
