#include "rows.h"

// A page of a feed costs the same however much there is to read from: for each author that one
// follows one look into the index (author, created, id), which finds his newest post, and then at
// most `count` entries of each of those `count` authors whose newest posts are the newest. No other
// author has a post among the newest `count` of all, since his newest is older than one of each of
// these. To merge all authors' posts would read as much as they ever wrote, and a list for each
// reader, written when somebody posts, would make a post by somebody famous hundreds of thousands
// of rows.
namespace social {
namespace {

constexpr const char* kNewestFirst = "ORDER BY post.created DESC, post.id DESC";

// Authors whose newest posts older than `from` are the newest, and where these begin.
struct Newest {
  std::vector<std::uint64_t> authors;
  Cursor from;
};

Newest newest_authors(understudy::Session& session, const Reader& reader, const Cursor& from,
                      std::uint32_t count) {
  const auto found = session.read(
      near(reader.region),
      "SELECT newest.author, post.created, post.id FROM "
      "(SELECT who.author, (SELECT id FROM post WHERE post.author = who.author "
      "AND created <= ? AND (created < ? OR id < ?) "
      "ORDER BY created DESC, id DESC LIMIT 1) AS post FROM "
      "(SELECT author FROM follow WHERE follower = ? UNION ALL SELECT ?) AS who) AS newest "
      "JOIN post ON post.id = newest.post ORDER BY post.created DESC, post.id DESC LIMIT ?",
      from.created, from.created, from.id, reader.id, reader.id, count);
  Newest newest;
  for (const understudy::Row& row : found) {
    // What comes in between this statement and the next may be of other authors, too: it is for the
    // next visit, or a post of one of these would hide that one of another is missing.
    if (newest.authors.empty())
      newest.from = {row.get<understudy::DateTime>("created"), row.get<std::uint64_t>("id") + 1};
    newest.authors.push_back(row.get<std::uint64_t>("author"));
  }
  return newest;
}

}  // namespace

Answer<Page<Post>> Social::newest_posts(understudy::Session& session, const Reader& reader,
                                        const std::vector<std::uint64_t>& authors,
                                        const Cursor& from, std::uint32_t count) {
  std::string page;
  std::vector<understudy::Value> values;
  for (const std::uint64_t author : authors) {
    page += page.empty() ? "(" : " UNION ALL (";
    page +=
        "SELECT id, created FROM post WHERE author = ? AND created <= ? "
        "AND (created < ? OR id < ?) ORDER BY created DESC, id DESC LIMIT ?)";
    values.insert(values.end(),
                  {author, from.created, from.created, from.id, std::uint64_t{count} + 1});
  }
  page += " ORDER BY created DESC, id DESC LIMIT ?";
  values.insert(values.end(), {std::uint64_t{count} + 1, reader.id});
  const auto found =
      session.run_read(near(reader.region), shown_posts(page) + kNewestFirst, values);
  Page<Post> posts;
  for (const understudy::Row& row : found)
    posts.entries.push_back(post_in(row));
  if (posts.entries.size() > count) {
    posts.entries.pop_back();
    posts.next = Cursor{posts.entries.back().created, posts.entries.back().id};
  }
  return answer(std::move(posts), found);
}

Answer<Page<Post>> Social::feed(understudy::Session& session, const Reader& reader,
                                const Cursor& from, std::uint32_t count) {
  count = std::clamp(count, 1U, kEntriesMax);
  const Newest newest = newest_authors(session, reader, from, count + 1);
  if (newest.authors.empty()) return posts_of(session, reader, reader.id, from, count);
  return newest_posts(session, reader, newest.authors, newest.from, count);
}

Answer<Page<Post>> Social::posts_of(understudy::Session& session, const Reader& reader,
                                    std::uint64_t author, const Cursor& from, std::uint32_t count) {
  return newest_posts(session, reader, {author}, from, std::clamp(count, 1U, kEntriesMax));
}

Answer<Post> Social::post(understudy::Session& session, const Reader& reader, std::uint64_t id) {
  const auto found =
      session.read(near(reader.region), shown_posts("SELECT ? AS id"), id, reader.id);
  if (found.empty()) throw NotFound("there is no post " + std::to_string(id));
  return answer(post_in(found[0]), found);
}

}  // namespace social
