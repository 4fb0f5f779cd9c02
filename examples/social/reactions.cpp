#include "rows.h"

namespace social {
namespace {

// One more of one kind (if any), one less of another (if any). The last lock of a transaction.
void change_totals(understudy::Transaction& transaction, std::uint64_t post,
                   std::optional<std::size_t> more, std::optional<std::size_t> less) {
  if (more == less) return;
  const auto add = [](std::size_t reaction, const char* change) {
    const std::string column(totals_column(reaction));
    return column + " = " + column + change;
  };
  std::string changes = more ? add(*more, " + 1") : "";
  if (less) changes += (more ? ", " : "") + add(*less, " - 1");
  if (more && !less) {
    const std::string column(totals_column(*more));
    transaction.execute("INSERT INTO post_totals (post, " + column +
                            ") VALUES (?, 1) ON DUPLICATE KEY UPDATE " + changes,
                        post);
  } else {
    transaction.execute("UPDATE post_totals SET " + changes + " WHERE post = ?", post);
  }
}

Answer<Totals> read_totals(understudy::Transaction& transaction, std::uint64_t post) {
  const auto found = transaction.execute("SELECT * FROM post_totals WHERE post = ?", post);
  return answer(found.empty() ? Totals{} : totals_in(found[0]), found);
}

}  // namespace

// The reaction first, where two people never want the same row, and the totals, which all want,
// last, just before the commit: nobody waits for a lock while he holds that one, so there is no
// circle. The post's row gets only shared locks (foreign keys), and nobody ever changes it.
Answer<Totals> Social::react(understudy::Session& session, std::uint64_t post, std::uint64_t user,
                             std::string_view kind) {
  const std::size_t wanted = reaction_index(kind);
  author_of(post);
  return until_known([&] {
    return session.transaction([&](understudy::Transaction& transaction) {
      // Assignments are made from left to right, so `previous` is what there was before.
      const auto changed = transaction.execute(
          "INSERT INTO reaction (post, person, kind, created) VALUES (?, ?, ?, UTC_TIMESTAMP(6)) "
          "ON DUPLICATE KEY UPDATE previous = kind, kind = VALUES(kind)",
          post, user, kind);
      std::optional<std::size_t> less;
      if (changed.affected_rows() == 1) {  // there was none
        change_totals(transaction, post, wanted, less);
      } else if (changed.affected_rows() == 2) {  // there was one
        const auto before = transaction.execute(
            "SELECT previous FROM reaction WHERE post = ? AND person = ?", post, user);
        less = reaction_index(before[0].get<std::string>(0));
        change_totals(transaction, post, wanted, less);
      }
      return read_totals(transaction, post);
    });
  });
}

Answer<Totals> Social::remove_reaction(understudy::Session& session, std::uint64_t post,
                                       std::uint64_t user) {
  return until_known([&] {
    return session.transaction([&](understudy::Transaction& transaction) {
      const auto found = transaction.execute(
          "SELECT kind FROM reaction WHERE post = ? AND person = ? FOR UPDATE", post, user);
      if (!found.empty()) {
        transaction.execute("DELETE FROM reaction WHERE post = ? AND person = ?", post, user);
        change_totals(transaction, post, std::nullopt,
                      reaction_index(found[0].get<std::string>(0)));
      }
      return read_totals(transaction, post);
    });
  });
}

}  // namespace social
