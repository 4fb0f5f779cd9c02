#pragma once

#include <string>
#include <string_view>

namespace understudy::control {

enum class Severity { Note, Warning, Problem };  // a Problem keeps Understudy from working

constexpr std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::Note:
      return "note";
    case Severity::Warning:
      return "warning";
    case Severity::Problem:
      return "problem";
  }
  return "problem";
}

struct Finding {
  Severity severity = Severity::Problem;
  std::string server;  // empty: the cluster as a whole
  std::string what;
  std::string mend;  // what to do, SQL where there is one; may be empty
};

}  // namespace understudy::control
