#include "backend/connection_budget.h"

#include <algorithm>

namespace understudy::backend {

bool ConnectionBudget::try_take() {
  const std::lock_guard lock(mutex_);
  if (used_ >= limit_) return false;
  ++used_;
  return true;
}

void ConnectionBudget::give_back() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    --used_;
    return;
  }
  grant_next();
}

// The place stays taken on its way, so that nobody gets ahead of the one who waits.
void ConnectionBudget::grant_next() {
  const std::shared_ptr<Member> member = members_[waiting_.front()];
  waiting_.pop_front();
  member->loop->post([self = shared_from_this(), member] {
    if (member->left) {
      self->give_back();
    } else {
      member->granted();
    }
  });
}

ConnectionBudget::MemberId ConnectionBudget::join(Member member) {
  const std::lock_guard lock(mutex_);
  members_.push_back(std::make_shared<Member>(std::move(member)));
  return members_.size() - 1;
}

void ConnectionBudget::leave(MemberId id) {
  const std::lock_guard lock(mutex_);
  members_[id]->left = true;
  members_[id].reset();
  std::erase(waiting_, id);
}

void ConnectionBudget::want(MemberId id) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(waiting_, id) == waiting_.end()) waiting_.push_back(id);
  // One may have been given back since this member looked: nobody else would tell it.
  if (used_ < limit_) {
    ++used_;
    return grant_next();
  }
  for (MemberId other = 0; other < members_.size(); ++other) {
    if (other == id || !members_[other]) continue;
    members_[other]->loop->post([member = members_[other]] {
      if (!member->left) member->wanted();
    });
  }
}

void ConnectionBudget::stop_wanting(MemberId id) {
  const std::lock_guard lock(mutex_);
  std::erase(waiting_, id);
}

bool ConnectionBudget::others_want(MemberId id) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(waiting_, [id](MemberId waiting) { return waiting != id; });
}

std::size_t ConnectionBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace understudy::backend
