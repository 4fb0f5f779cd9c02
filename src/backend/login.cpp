#include "backend/login.h"

#include <utility>

#include "protocol/constants.h"
#include "protocol/native_password.h"

namespace understudy::backend {

std::shared_ptr<const Login> make_login(std::string_view user, std::string_view password,
                                        std::shared_ptr<const net::TlsSource> tls,
                                        protocol::Compression compression) {
  auto login = std::make_shared<Login>();
  login->user = user;
  login->tls = std::move(tls);
  login->capabilities = protocol::kPsMultiResults;
  login->compression = compression;
  login->has_password = !password.empty();
  login->password = password;
  if (login->has_password) login->password_sha1 = protocol::password_sha1(password);
  return login;
}

}  // namespace understudy::backend
