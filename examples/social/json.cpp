#include "json.h"

namespace social {
namespace {

std::string to_iso(const understudy::DateTime& moment) {
  std::string text = to_text(moment);
  text[10] = 'T';
  return text + "Z";
}

}  // namespace

Json to_json(const Person& person) {
  return {{"id", person.id},
          {"name", person.name},
          {"display_name", person.display_name},
          {"region", person.region}};
}

Json to_json(const Totals& totals) {
  return {{"reactions", totals.reactions}, {"comments", totals.comments}};
}

Json to_json(const Post& post) {
  Json made = to_json(post.totals);
  made.update({{"id", post.id},
               {"author", to_json(post.author)},
               {"created", to_iso(post.created)},
               {"text", post.text},
               {"media", nullptr},
               {"mine", nullptr}});
  if (post.media) made["media"] = *post.media;
  if (post.mine) made["mine"] = *post.mine;
  return made;
}

Json to_json(const Comment& comment) {
  return {{"id", comment.id},
          {"author", to_json(comment.author)},
          {"created", to_iso(comment.created)},
          {"text", comment.text}};
}

Json to_json(const Profile& profile) {
  Json made = to_json(profile.person);
  made.update({{"followers", profile.followers},
               {"more", profile.followers == kFollowersCounted},
               {"followed", profile.followed}});
  return made;
}

Json to_json(const Trend& trend) {
  Json made = to_json(trend.post);
  made["score"] = trend.score;
  return made;
}

}  // namespace social
