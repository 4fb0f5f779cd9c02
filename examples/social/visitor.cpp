#include "visitor.h"

#include "phrases.h"

namespace social {
namespace {

using Action = Visitor::Action;

constexpr std::size_t kSeenMax = 500;
constexpr std::uint32_t kPage = 20;

// People read far more than they write.
Action choose(Dice& dice) {
  constexpr std::array<std::pair<Action, double>, 8> kShares = {{{Action::Feed, 0.52},
                                                                 {Action::Older, 0.10},
                                                                 {Action::Profile, 0.06},
                                                                 {Action::Comments, 0.08},
                                                                 {Action::Trending, 0.06},
                                                                 {Action::React, 0.11},
                                                                 {Action::Comment, 0.03},
                                                                 {Action::Post, 0.04}}};
  double left = dice.unit();
  for (const auto& [action, share] : kShares) {
    if (left < share) return action;
    left -= share;
  }
  return Action::Feed;
}

std::optional<Action> action_named(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto found = std::find(Visitor::kActions.begin(), Visitor::kActions.end(), name);
  if (found == Visitor::kActions.end())
    throw std::invalid_argument("there is no action " + std::string(name));
  return static_cast<Action>(found - Visitor::kActions.begin());
}

std::string sentence(Dice& dice) {
  return std::string(dice.one_of(kOpenings)) + " " + std::string(dice.one_of(kTopics)) +
         std::string(dice.one_of(kEndings));
}

bool newer(const Cursor& left, const Cursor& right) {
  return std::tie(left.created, left.id) > std::tie(right.created, right.id);
}

}  // namespace

Visitor::Visitor(Social& social, std::uint64_t index, std::uint64_t step, std::uint64_t people,
                 std::uint64_t seed, std::string_view only)
    : social_(social),
      index_(index),
      step_(step),
      people_(people),
      prefix_("load-" + std::to_string(seed) + "-" + std::to_string(index) + "-"),
      only_(action_named(only)),
      dice_(seed * 1000 + index) {}

void Visitor::act() {
  const std::uint64_t mine = (people_ - index_ + step_ - 1) / step_;
  reader_ = {index_ + 1 + step_ * dice_.below(mine), std::string(dice_.one_of(kRegions))};
  const Action action = only_.value_or(choose(dice_));
  const auto began = std::chrono::steady_clock::now();
  try {
    perform(action);
  } catch (const std::exception& error) {
    record_.errors.push_back(std::string(kActions[static_cast<std::size_t>(action)]) + ": " +
                             error.what());
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  record_.took_ms[static_cast<std::size_t>(action)].push_back(took.count());
}

void Visitor::perform(Action action) {
  switch (action) {
    case Action::Feed:
      return read_feed(false);
    case Action::Older:
      return read_feed(true);
    case Action::Profile: {
      auto session = this->session();
      social_.posts_of(session, reader_, dice_.zipf(people_) + 1, newest(), kPage);
      return;
    }
    case Action::Comments: {
      if (seen_.empty()) return read_feed(false);
      auto session = this->session();
      social_.comments(session, reader_, dice_.one_of(seen_), newest(), kPage);
      return;
    }
    case Action::Trending:
      social_.trending(reader_.region, 10);
      return;
    case Action::React:
      return react();
    case Action::Comment:
      return comment();
    case Action::Post:
      return post();
  }
}

void Visitor::read_feed(bool older) {
  auto session = this->session();
  Cursor from = newest();
  auto page = social_.feed(session, reader_, from, kPage).value;
  check_own(page, from);
  for (const Post& post : page.entries) {
    seen_.push_back(post.id);
    if (seen_.size() > kSeenMax) seen_.pop_front();
  }
  if (!older || !page.next) return;
  from = *page.next;
  check_own(social_.feed(session, reader_, from, kPage).value, from);
}

// Of the reader's own posts, those that belong between the beginning and the end of a page have to
// be on it.
void Visitor::check_own(const Page<Post>& page, const Cursor& from) {
  const auto posts = record_.posts.find(reader_.id);
  if (posts == record_.posts.end()) return;
  for (const Made& made : posts->second) {
    const Cursor place{made.created, made.id};
    const bool on_page = newer(from, place) && (!page.next || !newer(*page.next, place));
    const bool shown = std::any_of(page.entries.begin(), page.entries.end(),
                                   [&made](const Post& post) { return post.id == made.id; });
    if (on_page && !shown) record_.missing.push_back(made.key);
  }
}

void Visitor::react() {
  if (seen_.empty()) return read_feed(false);
  const std::uint64_t post = dice_.one_of(seen_);
  std::optional<std::string>& known = record_.reactions[{reader_.id, post}];
  known.reset();
  auto session = this->session();
  if (dice_.unit() < 0.1) {
    social_.remove_reaction(session, post, reader_.id);
    known = "";
  } else {
    const std::string kind(dice_.one_of(kReactions));
    social_.react(session, post, reader_.id, kind);
    known = kind;
  }
  remember(session);
}

void Visitor::comment() {
  if (seen_.empty()) return read_feed(false);
  auto session = this->session();
  const std::string key = next_key();
  const auto made =
      social_.comment(session, dice_.one_of(seen_), reader_.id, dice_.one_of(kComments), key).value;
  remember(session);
  record_.comments[reader_.id].push_back({made.id, made.created, key});
}

// And looks at once, as the page does, through another session that has the token only.
void Visitor::post() {
  const std::string key = next_key();
  {
    auto session = this->session();
    const auto media =
        dice_.unit() < 0.2 ? std::optional<std::string>(dice_.one_of(kPictures)) : std::nullopt;
    const auto made = social_.post(session, reader_.id, sentence(dice_), media, key).value;
    remember(session);
    record_.posts[reader_.id].push_back({made.id, made.created, key});
  }
  auto session = this->session();
  check_own(social_.feed(session, reader_, newest(), kPage).value, newest());
}

std::string Visitor::next_key() {
  return prefix_ + std::to_string(++keys_);
}

understudy::Session Visitor::session() const {
  auto session = social_.session();
  const auto token = tokens_.find(reader_.id);
  if (token != tokens_.end()) session.set_token(token->second);
  return session;
}

void Visitor::remember(understudy::Session& session) {
  tokens_[reader_.id] = session.token();
}

}  // namespace social
