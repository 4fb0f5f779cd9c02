#include "rows.h"

namespace social {
namespace {

constexpr std::size_t kTextCharactersMax = 500;
constexpr std::size_t kMediaCharactersMax = 300;

bool is_link(std::string_view media) {
  const auto begins = [media](std::string_view start) {
    return media.size() > start.size() && media.substr(0, start.size()) == start;
  };
  return begins("https://") || begins("http://") || begins("/media/");
}

// Anything else, above all javascript:, must not become a link that somebody clicks on.
void check_media(const std::optional<std::string>& media) {
  if (!media) return;
  const bool printable = std::all_of(media->begin(), media->end(),
                                     [](char each) { return each > ' ' && each < '\x7f'; });
  if (!is_link(*media) || !printable || media->size() > kMediaCharactersMax)
    throw std::invalid_argument("a media link begins with https://, http:// or /media/");
}

Comment comment_in(const understudy::Row& row) {
  return {row.get<std::uint64_t>("id"), row.get<std::uint64_t>("post"), author_in(row),
          row.get<understudy::DateTime>("created"), row.get<std::string>("text")};
}

}  // namespace

// One statement, so that a lost connection leaves one question only, whether the post is there, and
// the key answers it: the second attempt changes nothing if the first one did.
Answer<Post> Social::post(understudy::Session& session, std::uint64_t author, std::string_view text,
                          const std::optional<std::string>& media, std::string_view key) {
  check_text("the post", text, kTextCharactersMax);
  check_media(media);
  check_key(key);
  Post made;
  made.author = person(author);
  until_known([&] {
    return session.write(
        "INSERT IGNORE INTO post (author, created, text, media, client_key) "
        "VALUES (?, UTC_TIMESTAMP(6), ?, ?, ?)",
        author, text, media, key);
  });
  // The primary has it; a replica might have to be waited for.
  const auto found = session.read(
      on_primary(), "SELECT id, created, text, media FROM post WHERE author = ? AND client_key = ?",
      author, key);
  made.id = found[0].get<std::uint64_t>("id");
  made.created = found[0].get<understudy::DateTime>("created");
  made.text = found[0].get<std::string>("text");
  made.media = found[0].get<std::optional<std::string>>("media");
  return answer(std::move(made), found);
}

// A post never changes, so the answer stays in the cache.
std::uint64_t Social::author_of(std::uint64_t post) {
  constexpr std::string_view kAuthor =
      "/* understudy: cache */ SELECT author FROM post WHERE id = ?";
  auto found = cluster_.read({.consistency = understudy::Consistency::Eventual}, kAuthor, post);
  if (found.empty()) found = cluster_.read(on_primary(), kAuthor, post);
  if (found.empty()) throw NotFound("there is no post " + std::to_string(post));
  return found[0].get<std::uint64_t>(0);
}

// The comment first, and the totals last: whoever comments on a popular post holds the lock that
// all others want as briefly as possible, and nobody holds it while waiting for another.
Answer<Comment> Social::comment(understudy::Session& session, std::uint64_t post,
                                std::uint64_t author, std::string_view text, std::string_view key) {
  check_text("the comment", text, kTextCharactersMax);
  check_key(key);
  author_of(post);
  const auto found = until_known([&] {
    return session.transaction([&](understudy::Transaction& transaction) {
      const auto added = transaction.execute(
          "INSERT IGNORE INTO comment (post, author, created, text, client_key) "
          "VALUES (?, ?, UTC_TIMESTAMP(6), ?, ?)",
          post, author, text, key);
      auto row = transaction.execute(
          "SELECT comment.id, post, author, comment.created, text, name, display_name, region "
          "FROM comment JOIN person ON person.id = author WHERE author = ? AND client_key = ?",
          author, key);
      if (added.affected_rows() == 1) {
        transaction.execute(
            "INSERT INTO post_totals (post, comments) VALUES (?, 1) "
            "ON DUPLICATE KEY UPDATE comments = comments + 1",
            post);
      }
      return row;
    });
  });
  if (found.empty()) throw NotFound("there is nobody to comment, or no post");
  return answer(comment_in(found[0]), found);
}

Answer<Page<Comment>> Social::comments(understudy::Session& session, const Reader& reader,
                                       std::uint64_t post, const Cursor& from,
                                       std::uint32_t count) {
  count = std::clamp(count, 1U, kEntriesMax);
  const auto found = session.read(
      near(reader.region),
      "SELECT comment.id, post, author, comment.created, text, name, display_name, region "
      "FROM comment JOIN person ON person.id = comment.author WHERE post = ? "
      "AND comment.created <= ? AND (comment.created < ? OR comment.id < ?) "
      "ORDER BY comment.created DESC, comment.id DESC LIMIT ?",
      post, from.created, from.created, from.id, count + 1);
  Page<Comment> page;
  for (const understudy::Row& row : found)
    page.entries.push_back(comment_in(row));
  if (page.entries.size() > count) {
    page.entries.pop_back();
    page.next = Cursor{page.entries.back().created, page.entries.back().id};
  }
  return answer(std::move(page), found);
}

}  // namespace social
