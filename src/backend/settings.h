#pragma once

#include "backend/dispatcher.h"
#include "backend/session.h"
#include "config/config.h"
#include "sql/statement.h"

// From the configuration to what the parts of this folder are given. Pure.
namespace understudy::backend {

sql::Consistency to_sql(config::Consistency consistency);
// How sessions read that asked for nothing else.
SessionOptions session_options(const config::Reads& reads);
DispatcherSettings dispatcher_settings(const config::Config& config,
                                       std::shared_ptr<const Login> service);
// Null if the configuration wants none.
std::shared_ptr<SharedCache> make_shared_cache(const config::Config& config);

}  // namespace understudy::backend
