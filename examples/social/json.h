#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "social.h"

// What the page gets of each.
namespace social {

using Json = nlohmann::json;

Json to_json(const Person& person);
Json to_json(const Totals& totals);
Json to_json(const Post& post);
Json to_json(const Comment& comment);
Json to_json(const Profile& profile);
Json to_json(const Trend& trend);

template <typename T>
Json to_json(const std::vector<T>& list) {
  Json all = Json::array();
  for (const T& each : list)
    all.push_back(to_json(each));
  return all;
}

template <typename T>
Json to_json(const Page<T>& page) {
  return {{"entries", to_json(page.entries)},
          {"next", page.next ? Json(to_text(*page.next)) : Json(nullptr)}};
}

}  // namespace social
