#include "control/access_refusal.h"

namespace understudy::control {

// Codes: MariaDB, include/mysqld_error.h.
unsigned refusal_status(const Error& error) {
  constexpr unsigned kBadRequest = 400;
  constexpr unsigned kForbidden = 403;
  constexpr unsigned kNotFound = 404;
  constexpr unsigned kUnavailable = 503;
  if (error.kind == ErrorKind::Invalid) return kBadRequest;
  if (error.kind != ErrorKind::Server) return kUnavailable;
  switch (error.code) {
    case 1044:  // ER_DBACCESS_DENIED_ERROR
    case 1045:  // ER_ACCESS_DENIED_ERROR
    case 1142:  // ER_TABLEACCESS_DENIED_ERROR
    case 1143:  // ER_COLUMNACCESS_DENIED_ERROR
    case 1227:  // ER_SPECIFIC_ACCESS_DENIED_ERROR
    case 1698:  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 1820:  // ER_MUST_CHANGE_PASSWORD
    case 1862:  // ER_MUST_CHANGE_PASSWORD_LOGIN
    case 4151:  // ER_ACCOUNT_HAS_BEEN_LOCKED
      return kForbidden;
    case 1049:  // ER_BAD_DB_ERROR
    case 1146:  // ER_NO_SUCH_TABLE
      return kNotFound;
    case 1054:  // ER_BAD_FIELD_ERROR
    case 1102:  // ER_WRONG_DB_NAME
    case 1103:  // ER_WRONG_TABLE_NAME
      return kBadRequest;
    default:
      return kUnavailable;
  }
}

bool is_refusal(const Error& error) {
  return refusal_status(error) != 503;
}

}  // namespace understudy::control
