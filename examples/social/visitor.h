#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dice.h"
#include "social.h"

namespace social {

// Comes back to the same people again and again; nobody else acts for them, so it knows what they
// have to find. Each action is one of a page: a session of its own, with the token of that person's
// last write.
class Visitor {
 public:
  enum class Action : std::uint8_t {
    Feed,
    Older,
    Profile,
    Comments,
    Trending,
    React,
    Comment,
    Post
  };
  static constexpr std::array<std::string_view, 8> kActions = {
      "feed", "older", "profile", "comments", "trending", "react", "comment", "post"};

  struct Made {
    std::uint64_t id = 0;
    understudy::DateTime created;
    std::string key;
  };
  // What was done, and what the network has said about it.
  struct Record {
    std::array<std::vector<double>, kActions.size()> took_ms;
    std::map<std::uint64_t, std::vector<Made>> posts;     // by author
    std::map<std::uint64_t, std::vector<Made>> comments;  // by author
    // The last reaction of each person to each post; nothing if it is not known.
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::optional<std::string>> reactions;
    std::vector<std::string> errors;
    std::vector<std::string> missing;  // own posts that a feed should have shown
  };

  // Acts for the people `index` + 1, `index` + 1 + `step`, ... up to `people`. `only`: one of
  // kActions, or empty; throws std::invalid_argument.
  Visitor(Social& social, std::uint64_t index, std::uint64_t step, std::uint64_t people,
          std::uint64_t seed, std::string_view only);

  void act();
  [[nodiscard]] const Record& record() const { return record_; }

 private:
  void perform(Action action);
  void read_feed(bool older);
  void check_own(const Page<Post>& page, const Cursor& from);
  void react();
  void comment();
  void post();
  std::string next_key();
  [[nodiscard]] understudy::Session session() const;
  void remember(understudy::Session& session);

  Social& social_;
  const std::uint64_t index_;
  const std::uint64_t step_;
  const std::uint64_t people_;
  const std::string prefix_;  // of keys
  std::optional<Action> only_;
  Dice dice_;
  Record record_;
  std::uint64_t keys_ = 0;
  std::map<std::uint64_t, std::string> tokens_;
  std::deque<std::uint64_t> seen_;  // posts in feeds, newest last
  Reader reader_;                   // whose turn it is
};

}  // namespace social
