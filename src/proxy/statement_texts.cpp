#include "proxy/statement_texts.h"

#include <algorithm>

namespace understudy::proxy {

std::shared_ptr<const StatementText> StatementTexts::get(std::string_view text,
                                                         const sql::Modes& modes) {
  const auto [begin, end] = texts_.equal_range(text);
  for (auto found = begin; found != end; ++found)
    if (found->second->modes == modes) return found->second;
  if (texts_.size() >= full_) forget_unused();
  const auto added = std::make_shared<StatementText>();
  added->text = text;
  added->modes = modes;
  added->what = sql::classify(added->text, modes);
  texts_.emplace(added->text, added);
  return added;
}

void StatementTexts::forget_unused() {
  std::erase_if(texts_, [](const auto& entry) { return entry.second.use_count() == 1; });
  full_ = std::max(kUnusedMin, 2 * texts_.size());
}

}  // namespace understudy::proxy
