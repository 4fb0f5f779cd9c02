#include "serve.h"

#include "json.h"
#include "notifier.h"
#include "social.h"
#include "web/site.h"

namespace social {
namespace {

using web::Request;

constexpr const char* kToken = "social_token";
constexpr const char* kUser = "social_user";
constexpr std::uint32_t kPostsOfAPage = 20;
constexpr std::uint32_t kCommentsOfAPage = 10;

// Asks the network; what it answered is in the answer, and beside it where, and how quickly.
template <typename Ask>
Json answered(const char* name, Ask ask) {
  const auto began = std::chrono::steady_clock::now();
  const auto answer = ask();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  return {{name, to_json(answer.value)},
          {"answered", web::answered(answer.server, answer.staleness, took)}};
}

Cursor from(const Request& request) {
  const std::string text = request.text("from", "");
  return text.empty() ? newest() : to_cursor(text);
}

// Whoever asks: who it is, and a session that shows what he did before, through whichever
// application, since the token of his last write is in a cookie.
class Visit {
 public:
  Visit(Social& network, Request& request)
      : network_(network), request_(request), session_(network.session()) {
    try {
      session_.set_token(request.cookie(kToken).value_or(""));
    } catch (const std::invalid_argument&) {
      // None, or one of another cluster: then he has done nothing here.
    }
  }

  [[nodiscard]] std::optional<Person> person() {
    const std::string id = request_.cookie(kUser).value_or("");
    if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    try {
      return network_.person(std::stoull(id));
    } catch (const NotFound&) {
      return std::nullopt;
    }
  }
  Reader reader() {
    const auto who = person();
    if (!who) throw web::Refused(401, "sign in first");
    return {who->id, who->region};
  }
  Social& network() { return network_; }
  Request& request() { return request_; }
  understudy::Session& session() { return session_; }
  // After a write: the next request, to whichever application, shows it.
  void remember() { request_.set_cookie(kToken, session_.token()); }

 private:
  Social& network_;
  Request& request_;
  understudy::Session session_;
};

// --- reading ---

Json me(Visit& visit) {
  const auto who = visit.person();
  return {{"me", who ? to_json(*who) : Json(nullptr)},
          {"regions", kRegions},
          {"reactions", kReactions}};
}

Json feed(Visit& visit) {
  return answered("page", [&] {
    return visit.network().feed(visit.session(), visit.reader(), from(visit.request()),
                                kPostsOfAPage);
  });
}

Json person(Visit& visit) {
  const Reader reader = visit.reader();
  const auto profile =
      visit.network().profile(visit.session(), reader, visit.request().text("name"));
  Json answer = answered("page", [&] {
    return visit.network().posts_of(visit.session(), reader, profile.value.person.id,
                                    from(visit.request()), kPostsOfAPage);
  });
  answer["person"] = to_json(profile.value);
  return answer;
}

Json post(Visit& visit) {
  return answered("post", [&] {
    return visit.network().post(visit.session(), visit.reader(), visit.request().number("id"));
  });
}

Json comments(Visit& visit) {
  return answered("page", [&] {
    return visit.network().comments(visit.session(), visit.reader(), visit.request().number("post"),
                                    from(visit.request()), kCommentsOfAPage);
  });
}

Json suggestions(Visit& visit) {
  return answered("people",
                  [&] { return visit.network().suggestions(visit.session(), visit.reader(), 5); });
}

Json trending(Visit& visit) {
  return answered("trends", [&] { return visit.network().trending(visit.reader().region, 4); });
}

Json regions(Visit& visit) {
  visit.reader();
  Json all = Json::array();
  const auto began = std::chrono::steady_clock::now();
  for (const RegionActivity& each : visit.network().regions()) {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    all.push_back({{"region", each.region},
                   {"people", each.people},
                   {"posts", each.posts},
                   {"active", each.active},
                   {"answered", web::answered(each.server, each.staleness, took)}});
  }
  return {{"regions", std::move(all)}};
}

// --- writing ---

Json sign_in(Visit& visit) {
  const Json& body = visit.request().body();
  const auto name = body.at("name").get<std::string>();
  const Person person =
      visit.network().sign_in(visit.session(), name, body.value("display_name", name),
                              body.at("region").get<std::string>());
  visit.request().set_cookie(kUser, std::to_string(person.id));
  visit.remember();
  return {{"me", to_json(person)}};
}

Json write_post(Visit& visit) {
  const Json& body = visit.request().body();
  std::optional<std::string> media;
  if (const std::string link = body.value("media", ""); !link.empty()) media = link;
  Json answer = answered("post", [&] {
    return visit.network().post(visit.session(), visit.reader().id,
                                body.at("text").get<std::string>(), media,
                                body.at("key").get<std::string>());
  });
  visit.remember();
  return answer;
}

Json write_comment(Visit& visit) {
  const Json& body = visit.request().body();
  Json answer = answered("comment", [&] {
    return visit.network().comment(visit.session(), body.at("post").get<std::uint64_t>(),
                                   visit.reader().id, body.at("text").get<std::string>(),
                                   body.at("key").get<std::string>());
  });
  visit.remember();
  return answer;
}

// Without a kind the reaction is taken back.
Json react(Visit& visit) {
  const Json& body = visit.request().body();
  const auto post = body.at("post").get<std::uint64_t>();
  const std::string kind = body.at("kind").is_null() ? "" : body.at("kind").get<std::string>();
  Json answer = answered("totals", [&] {
    const std::uint64_t user = visit.reader().id;
    return kind.empty() ? visit.network().remove_reaction(visit.session(), post, user)
                        : visit.network().react(visit.session(), post, user, kind);
  });
  visit.remember();
  return answer;
}

Json follow(Visit& visit) {
  const Json& body = visit.request().body();
  const auto author = body.at("author").get<std::uint64_t>();
  const bool wanted = body.at("follow").get<bool>();
  const std::uint64_t user = visit.reader().id;
  if (wanted) {
    visit.network().follow(visit.session(), user, author);
  } else {
    visit.network().unfollow(visit.session(), user, author);
  }
  visit.remember();
  return {{"followed", wanted}};
}

web::Handler handler(Social& network, Json (*answer)(Visit&)) {
  return [&network, answer](Request& request) {
    try {
      Visit visit(network, request);
      return answer(visit);
    } catch (const NotFound& none) {
      throw web::Refused(404, none.what());
    }
  };
}

}  // namespace

void serve(const understudy::Cluster& cluster, const std::string& schema,
           const web::Serving& serving) {
  Social network(cluster);
  Notifier notifier(network, cluster, schema);
  web::Site site;
  const std::pair<const char*, Json (*)(Visit&)> reads[] = {{"/api/me", me},
                                                            {"/api/feed", feed},
                                                            {"/api/person", person},
                                                            {"/api/post", post},
                                                            {"/api/comments", comments},
                                                            {"/api/suggestions", suggestions},
                                                            {"/api/trending", trending},
                                                            {"/api/regions", regions}};
  const std::pair<const char*, Json (*)(Visit&)> writes[] = {{"/api/sign-in", sign_in},
                                                             {"/api/post", write_post},
                                                             {"/api/comment", write_comment},
                                                             {"/api/react", react},
                                                             {"/api/follow", follow}};
  for (const auto& [path, answer] : reads)
    site.get(path, handler(network, answer));
  for (const auto& [path, answer] : writes)
    site.post(path, handler(network, answer));
  site.stream("/api/events", [&](Request& request, const Notifier::Stream& stream) {
    Visit visit(network, request);
    notifier.listen(visit.reader().id, visit.session(), stream);
    stream->send("hello", Json::object());
  });
  site.serve("social", serving);
}

}  // namespace social
