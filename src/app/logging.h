#pragma once

#include "config/config.h"

namespace understudy::app {

// Sets the level and form of the program's log on standard error: one line an event, as text or as
// JSON. Not while other threads log.
void configure_log(const config::Log& settings);

}  // namespace understudy::app
