#include "backend/login.h"

#include "protocol/native_password.h"

namespace understudy::backend {

std::shared_ptr<const Login> make_login(std::string_view user, std::string_view password) {
  auto login = std::make_shared<Login>();
  login->user = user;
  login->has_password = !password.empty();
  if (login->has_password) login->password_sha1 = protocol::password_sha1(password);
  return login;
}

}  // namespace understudy::backend
