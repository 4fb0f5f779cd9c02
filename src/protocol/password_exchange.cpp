#include "protocol/password_exchange.h"

#include "protocol/caching_sha2.h"
#include "protocol/handshake.h"

namespace understudy::protocol {
namespace {

// How a client says that it has no password: nothing, or the zero alone.
bool is_empty_password(ByteView response) {
  return response.empty() || (response.size() == 1 && response[0] == 0);
}

}  // namespace

std::string_view PasswordExchange::plugin() const {
  return question_.kind == PasswordKind::Native ? kNativePasswordPlugin : kCachingSha2Plugin;
}

PasswordExchange::Verdict PasswordExchange::begin(std::string_view client_plugin, ByteView response,
                                                  Bytes& out) {
  // Clients too old to name a plugin know one.
  if (client_plugin.empty()) client_plugin = kNativePasswordPlugin;
  if (client_plugin == plugin()) return take_response(response, out);
  append_auth_switch_payload(out, plugin(), question_.scramble);
  return Verdict::Goes;
}

PasswordExchange::Verdict PasswordExchange::feed(ByteView answer, Bytes& out) {
  switch (state_) {
    case State::AwaitingResponse:
      return take_response(answer, out);
    case State::AwaitingPassword:
      return take_password(answer, out);
    case State::AwaitingEncrypted:
      return take_encrypted(answer);
  }
  return Verdict::Refused;
}

PasswordExchange::Verdict PasswordExchange::take_response(ByteView response, Bytes& out) {
  return question_.kind == PasswordKind::Native ? take_native(response) : take_sha2(response, out);
}

PasswordExchange::Verdict PasswordExchange::take_native(ByteView response) {
  const auto sha1 = verify_native_password(response, question_.scramble, question_.stored);
  if (!sha1) return Verdict::Refused;
  proved_.empty = question_.stored.empty();
  proved_.sha1 = *sha1;
  return Verdict::Proved;
}

PasswordExchange::Verdict PasswordExchange::take_sha2(ByteView response, Bytes& out) {
  if (is_empty_password(response))
    return opens_without_password(question_.kind, question_.stored) ? prove("") : Verdict::Refused;
  if (question_.known && verify_caching_sha2(response, question_.scramble, *question_.known)) {
    out = {kAuthMoreHeader, kFastAuthOk};
    return prove(*question_.known);
  }
  out = {kAuthMoreHeader, kFullAuth};
  state_ = State::AwaitingPassword;
  return Verdict::Goes;
}

PasswordExchange::Verdict PasswordExchange::take_password(ByteView answer, Bytes& out) {
  if (question_.secure) return check(answer);
  // Without a secure connection nobody should send more than a request for the key, or, knowing
  // the key already, what was encrypted with it.
  if (question_.public_key.empty()) return Verdict::Refused;
  if (answer.size() != 1 || answer[0] != kPublicKeyRequest) return take_encrypted(answer);
  out = {kAuthMoreHeader};
  append(out, as_bytes(question_.public_key));
  state_ = State::AwaitingEncrypted;
  return Verdict::Goes;
}

PasswordExchange::Verdict PasswordExchange::take_encrypted(ByteView answer) {
  const std::optional<Bytes> masked = question_.decrypt(answer);
  if (!masked) return Verdict::Refused;
  return check(mask_with_scramble(*masked, question_.scramble));
}

PasswordExchange::Verdict PasswordExchange::check(ByteView with_zero) {
  if (with_zero.empty() || with_zero.back() != 0) return Verdict::Refused;
  pending_ = {question_.kind, question_.stored,
              std::string(as_text(with_zero.first(with_zero.size() - 1)))};
  return Verdict::Checks;
}

PasswordExchange::Verdict PasswordExchange::prove(std::string password) {
  proved_.empty = password.empty();
  proved_.sha1 = password_sha1(password);
  proved_.password = std::move(password);
  return Verdict::Proved;
}

}  // namespace understudy::protocol
