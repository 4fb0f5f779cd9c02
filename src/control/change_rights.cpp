// Rights change while subscribers are served: each is asked for again.
#include <fmt/format.h>

#include <map>

#include "control/access_refusal.h"
#include "control/change_feed.h"
#include "feed/statement_effect.h"

namespace understudy::control {

void ChangeFeed::note_rights(const replication::BinlogEvent& event) {
  if (rights_changed_) return;
  if (const auto* query = std::get_if<replication::QueryEvent>(&event.body)) {
    const feed::StatementEffect effect = feed::effect_of(query->text, query->schema, {});
    rights_changed_ = effect.kind == feed::StatementEffect::Kind::Rights;
  } else if (const auto* rows = std::get_if<replication::RowsEvent>(&event.body)) {
    rights_changed_ = rows->table != nullptr && rows->table->schema == "mysql";
  }
}

void ChangeFeed::check_rights() {
  rights_changed_ = false;
  access_.forget();
  using Login = std::shared_ptr<const backend::Login>;
  std::map<std::pair<std::string, const backend::Login*>, std::pair<Login, feed::Selection>> asked;
  for (const auto& lane : lanes_) {
    for (const auto& subscriber : lane->subscribers()) {
      const Login& login = subscriber->login();
      asked.try_emplace({lane->key(), login.get()}, login, lane->selection());
    }
  }
  for (const auto& [key, question] : asked) {
    access_.check(question.first, question.second,
                  [this, lane_key = key.first, login = question.first](
                      const Result<void>& allowed) { on_rights(lane_key, login, allowed); });
  }
}

void ChangeFeed::on_rights(const std::string& lane_key,
                           const std::shared_ptr<const backend::Login>& login,
                           const Result<void>& allowed) {
  if (allowed.ok()) return;
  // Without an answer it is asked once more, until there is one.
  if (!is_refusal(allowed.error())) {
    rights_changed_ = true;
    return;
  }
  for (const auto& lane : lanes_) {
    if (lane->key() != lane_key) continue;
    lane->flush();
    lane->refuse(*login, refusal_status(allowed.error()), allowed.error().message);
  }
  tend_soon();
}

}  // namespace understudy::control
