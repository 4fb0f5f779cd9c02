#include "replication/write_outcome.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "replication/statement_match.h"
#include "replication/write_answer.h"

namespace understudy::replication {
namespace {

constexpr std::string_view kOtherTransaction =
    "its connection logged a transaction that nobody acknowledged, but not with these statements";
constexpr std::string_view kSeveralOfConnection =
    "its connection logged several transactions with these statements that nobody acknowledged";
constexpr std::string_view kNoText =
    "transactions are logged that it may be, but their statements cannot be told";
constexpr std::string_view kOtherWriters =
    "a transaction with its statements is logged, but others write here whose answers are not "
    "known";
constexpr std::string_view kUnlogged = "no binary log tells of such statements";
constexpr std::string_view kFewer =
    "some of several writes of the same statements are logged, and which ones cannot be told";

// Whether a transaction is a write.
enum class Link : std::uint8_t {
  No,
  Maybe,
  Yes,     // by its texts
  Proved,  // by its texts and its connection
};

// The statements that say what the transaction did.
std::vector<const LoggedStatement*> deeds(const LoggedTransaction& transaction) {
  std::vector<const LoggedStatement*> found;
  for (const LoggedStatement& statement : transaction.statements)
    if (!statement.text.starts_with("SAVEPOINT ")) found.push_back(&statement);
  return found;
}

std::optional<std::uint32_t> thread_of(const LoggedTransaction& transaction) {
  for (const LoggedStatement& statement : transaction.statements)
    if (statement.thread_id) return statement.thread_id;
  return std::nullopt;
}

// Whether what is logged is the write's statements, or all but those that changed nothing. Maybe
// also if they only have some statement in common.
Match match_texts(const UnknownWrite& write, const LoggedTransaction& transaction) {
  Match in_order = Match::Yes;
  Match any = Match::No;
  std::size_t next = 0;
  for (const LoggedStatement* statement : deeds(transaction)) {
    Match found = Match::No;
    for (std::size_t i = 0; i < write.statements.size(); ++i) {
      const Match match =
          match_statement(write.statements[i], write.schema, write.modes, *statement);
      any = std::max(any, match);
      if (i < next || match == Match::No || found != Match::No) continue;
      found = match;
      next = i + 1;
    }
    in_order = std::min(in_order, found);
  }
  if (any == Match::No) return Match::No;
  const bool committed =
      transaction.commit != CommitKind::XaPrepare && transaction.commit != CommitKind::Rollback;
  return in_order == Match::Yes && committed ? Match::Yes : Match::Maybe;
}

// A statement of this write may have run others, which are logged instead.
bool runs_others(const UnknownWrite& write) {
  return std::ranges::any_of(write.statements, [&](const SentStatement& sent) {
    return kind_of(sent, write.modes) == StatementKind::Anything;
  });
}

Link link_of(const UnknownWrite& write, const LoggedTransaction& transaction) {
  const std::optional<std::uint32_t> thread = thread_of(transaction);
  if (thread && *thread != write.thread_id) return Link::No;
  const Match texts = match_texts(write, transaction);
  if (thread) return texts == Match::Yes ? Link::Proved : Link::Maybe;
  if (texts == Match::Yes) return Link::Yes;
  return texts == Match::Maybe || runs_others(write) ? Link::Maybe : Link::No;
}

bool is_unlogged(const UnknownWrite& write) {
  return std::ranges::any_of(write.statements, [&](const SentStatement& sent) {
    return kind_of(sent, write.modes) == StatementKind::Unlogged;
  });
}

class Resolution {
 public:
  Resolution(const OutcomeEvidence& evidence, std::span<const UnknownWrite> writes)
      : writes_(writes), outcomes_(writes.size()) {
    collect(evidence);
    links_.resize(writes.size());
    for (std::size_t w = 0; w < writes.size(); ++w)
      for (const LoggedTransaction* transaction : candidates_)
        links_[w].push_back(link_of(writes[w], *transaction));
  }

  std::vector<WriteOutcome> run() {
    for (std::size_t w = 0; w < writes_.size(); ++w)
      is_unlogged(writes_[w]) ? void(outcomes_[w] = Ambiguous{kUnlogged}) : settle_by_connection(w);
    find_other_writers();
    for (std::size_t w = 0; w < writes_.size(); ++w)
      if (!outcomes_[w]) settle_group(w);
    std::vector<WriteOutcome> all;
    for (std::optional<WriteOutcome>& outcome : outcomes_)
      all.push_back(*outcome);
    return all;
  }

 private:
  using Indexes = std::vector<std::size_t>;

  // Writes and transactions that are linked with each other and with no others.
  struct Group {
    Indexes writes;
    Indexes transactions;
    bool all_by_text = true;  // no link that is only possible
  };

  void collect(const OutcomeEvidence& evidence) {
    const std::set<TransactionId> acknowledged(evidence.acknowledged.begin(),
                                               evidence.acknowledged.end());
    for (const LoggedTransaction& transaction : evidence.transactions) {
      const bool ours = began_at(transaction.gtid, evidence.old_primary);
      if (ours && !acknowledged.contains(transaction.gtid)) {
        candidates_.push_back(&transaction);
      }
    }
  }

  [[nodiscard]] Indexes linked(std::size_t write, Link at_least) const {
    Indexes found;
    for (std::size_t t = 0; t < candidates_.size(); ++t)
      if (links_[write][t] >= at_least) found.push_back(t);
    return found;
  }

  void settle_by_connection(std::size_t w) {
    const Indexes proved = linked(w, Link::Proved);
    if (proved.empty()) return;
    if (proved.size() > 1) {
      outcomes_[w] = Ambiguous{kSeveralOfConnection};
    } else {
      outcomes_[w] = happened(w, proved.front());
    }
    // No other write has this connection.
    for (const std::size_t t : proved)
      explained_.insert(t);
  }

  void find_other_writers() {
    for (std::size_t t = 0; t < candidates_.size() && !others_; ++t) {
      const bool somebodys = std::ranges::any_of(
          links_, [&](const std::vector<Link>& links) { return links[t] != Link::No; });
      others_ = !somebodys;
    }
  }

  // All that is linked with a write, directly or through others.
  Group group_of(std::size_t first) {
    Group group;
    std::vector<bool> seen(candidates_.size());
    group.writes.push_back(first);
    std::vector<bool> in_group(writes_.size());
    in_group[first] = true;
    for (std::size_t i = 0; i < group.writes.size(); ++i) {
      for (const std::size_t t : linked(group.writes[i], Link::Maybe)) {
        if (explained_.contains(t)) continue;
        group.all_by_text = group.all_by_text && links_[group.writes[i]][t] == Link::Yes;
        if (seen[t]) continue;
        seen[t] = true;
        group.transactions.push_back(t);
        for (std::size_t w = 0; w < writes_.size(); ++w) {
          if (in_group[w] || outcomes_[w] || links_[w][t] == Link::No) continue;
          in_group[w] = true;
          group.writes.push_back(w);
        }
      }
    }
    return group;
  }

  void settle_group(std::size_t first) {
    const Group group = group_of(first);
    const auto all = [&](const WriteOutcome& outcome) {
      for (const std::size_t w : group.writes)
        outcomes_[w] = outcome;
    };
    if (group.transactions.empty()) return all(DidNotHappen{});
    if (!group.all_by_text) {
      const bool connection = thread_of(*candidates_[group.transactions.front()]).has_value();
      return all(Ambiguous{connection ? kOtherTransaction : kNoText});
    }
    if (others_ || group.transactions.size() > group.writes.size()) {
      return all(Ambiguous{kOtherWriters});
    }
    if (group.transactions.size() < group.writes.size()) return all(Ambiguous{kFewer});
    assign(group);
  }

  // Each transaction is one of the writes, and each write is one of them.
  void assign(const Group& group) {
    if (group.writes.size() == 1) {
      outcomes_[group.writes[0]] = happened(group.writes[0], group.transactions[0]);
      return;
    }
    std::vector<std::optional<std::size_t>> owner(candidates_.size());
    for (const std::size_t w : group.writes) {
      std::vector<bool> tried(candidates_.size());
      if (find_place(w, owner, tried)) continue;
      for (const std::size_t other : group.writes)
        outcomes_[other] = Ambiguous{kOtherWriters};
      return;
    }
    for (const std::size_t t : group.transactions)
      outcomes_[*owner[t]] = one_of(*owner[t], t, group);
  }

  // Finds a transaction for a write, and other ones for those that have to give way (the augmenting
  // paths of a matching).
  bool find_place(std::size_t w, std::vector<std::optional<std::size_t>>& owner,
                  std::vector<bool>& tried) const {
    for (const std::size_t t : linked(w, Link::Yes)) {
      if (tried[t] || explained_.contains(t)) continue;
      tried[t] = true;
      if (owner[t] && !find_place(*owner[t], owner, tried)) continue;
      owner[t] = w;
      return true;
    }
    return false;
  }

  [[nodiscard]] WriteAnswer answer(std::size_t w, std::size_t t) const {
    const UnknownWrite& write = writes_[w];
    if (write.statements.size() > 1) return {0, 0, true, {}};  // COMMIT
    const std::vector<const LoggedStatement*> statements = deeds(*candidates_[t]);
    if (statements.size() != 1) return {};
    return answer_of(*statements[0], write.found_rows, write.modes);
  }

  [[nodiscard]] Happened happened(std::size_t w, std::size_t t) const {
    const WriteAnswer known = answer(w, t);
    return {candidates_[t]->gtid, known.affected_rows, known.last_insert_id, false, known.inserted};
  }

  // What does not depend on which of the transactions it is.
  [[nodiscard]] Happened one_of(std::size_t w, std::size_t t, const Group& group) const {
    Happened outcome = happened(w, t);
    outcome.one_of_equals = true;
    const WriteAnswer own = answer(w, t);
    if (own.literal) return outcome;
    for (const std::size_t other : group.transactions) {
      const WriteAnswer theirs = answer(w, other);
      if (theirs.affected_rows != own.affected_rows) outcome.affected_rows.reset();
      if (theirs.last_insert_id != own.last_insert_id) outcome.last_insert_id.reset();
    }
    outcome.inserted.reset();
    return outcome;
  }

  std::span<const UnknownWrite> writes_;
  std::vector<const LoggedTransaction*> candidates_;  // unacknowledged, of the old primary
  std::vector<std::vector<Link>> links_;              // by write, then by candidate
  std::set<std::size_t> explained_;                   // candidates whose connection has told
  bool others_ = false;                               // some candidate is nobody's
  std::vector<std::optional<WriteOutcome>> outcomes_;
};

}  // namespace

std::vector<WriteOutcome> resolve_writes(const OutcomeEvidence& evidence,
                                         std::span<const UnknownWrite> writes) {
  return Resolution(evidence, writes).run();
}

}  // namespace understudy::replication
