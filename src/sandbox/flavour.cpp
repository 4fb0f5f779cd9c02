#include "sandbox/flavour.h"

namespace understudy::sandbox {

const Flavour* find_flavour(std::string_view name) {
  if (name == "mariadb") return &mariadb();
  if (name == "mysql") return &mysql();
  return nullptr;
}

const Flavour& flavour_of(const State& state) {
  const Flavour* flavour = find_flavour(state.flavour);
  return flavour == nullptr ? mariadb() : *flavour;
}

std::string value_after(const std::string& text, std::string_view name) {
  const std::size_t found = text.find(name);
  if (found == std::string::npos) return {};
  const std::size_t begin = found + name.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace understudy::sandbox
