#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "admin/admin_server.h"
#include "admin/router.h"
#include "base/bytes.h"
#include "net/stream.h"
#include "net/timer.h"

namespace understudy::admin {

// One HTTP connection: parses requests with Beast, answers them one after the other, or streams
// events until it is closed. Private to src/admin.
class HttpSession final : public net::StreamHandler {
 public:
  using OnDone = UniqueFunction<void(HttpSession&)>;

  // `on_done` is called once, last, from inside of the session: whoever destroys it then waits
  // until it has returned.
  HttpSession(net::Loop& loop, std::unique_ptr<net::Stream> stream, AdminApi& api,
              const AdminLimits& limits, OnDone on_done);

  void on_data(ByteView bytes) override;
  void on_closed(const Error& error) override;
  void on_drained() override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void expect_request();
  // Answers all complete requests in the buffer. Ends early while an answer waits to be taken.
  void process();
  void answer_request();
  void on_answer(HttpAnswer answer);
  void hand_over(HttpAnswer& answer);
  void follow_events(const HttpAnswer& answer);
  void send_events();
  void refuse(unsigned status, std::string_view message);
  void on_patience_over();
  void send(const HttpAnswer& answer, bool keep_alive, bool with_body = true);
  // Says goodbye after what is still to be sent.
  void finish();
  // Nothing that is still to come, an answer for example, finds the session alive.
  void end();

  net::Loop& loop_;
  std::unique_ptr<net::Stream> stream_;
  AdminApi& api_;
  const AdminLimits& limits_;
  OnDone on_done_;
  net::Timer patience_;
  std::optional<Parser> parser_;
  Bytes input_;              // not parsed yet
  bool keep_alive_ = false;  // of the request that is being answered
  bool with_body_ = true;
  bool answering_ = false;  // the answer has not come yet
  bool processing_ = false;
  bool finished_ = false;
  std::optional<std::uint64_t> events_after_;  // streaming: what was sent last
  net::Timer events_timer_;
  Instant last_sent_{};
  // Answers that come later look here whether this still lives.
  const std::shared_ptr<HttpSession*> alive_ = std::make_shared<HttpSession*>(this);
};

}  // namespace understudy::admin
