#include "rows.h"

// What a page of a feed costs does not depend on how much there is to read from. Of each author
// that one follows the newest post older than the cursor is looked up, the first entry of his in
// the index (author, created, id); then at most `count` entries are read of each of those `count`
// authors whose newest posts are the newest. No other author has a post among the newest `count`,
// since one post of each of these is newer than his newest. (Further down the index is walked past
// what the reader has already seen, and no more.) To merge all posts of all authors would read
// whatever they ever wrote, and a list for each reader, written when somebody posts, would make
// hundreds of thousands of rows of a post by somebody famous.
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
  const auto found =
      session.read(near(reader.region),
                   "SELECT who.author, (SELECT CONCAT(created, ',', LPAD(id, 20, '0')) FROM post "
                   "WHERE post.author = who.author AND created <= ? AND (created < ? OR id < ?) "
                   "ORDER BY created DESC, id DESC LIMIT 1) AS newest FROM "
                   "(SELECT author FROM follow WHERE follower = ? UNION ALL SELECT ?) AS who "
                   "ORDER BY newest DESC LIMIT ?",
                   from.created, from.created, from.id, reader.id, reader.id, count);
  Newest newest;
  for (const understudy::Row& row : found) {
    if (row.is_null("newest")) break;  // has posted nothing, as all that follow
    if (newest.authors.empty()) {
      // What comes between this statement and the next is for the next visit: one post of these
      // authors would be shown, and one of another, made before it, would not.
      newest.from = to_cursor(row.get<std::string>("newest"));
      ++newest.from.id;
    }
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
