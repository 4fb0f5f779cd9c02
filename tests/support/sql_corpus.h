#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sql/statement.h"

// The files of tests/corpus/sql: lines of fields with tabs between; `#` begins a comment, and
// "@modes NAME…" holds for the lines behind it.
namespace understudy::sql {

struct CorpusLine {
  int number = 0;
  Modes modes;
  std::vector<std::string> fields;
};

// Resolves \n, \t, \xHH and \\.
inline std::string unescape_corpus(const std::string& written) {
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 == written.size()) {
      text += written[i];
      continue;
    }
    switch (written[++i]) {
      case 'n':
        text += '\n';
        break;
      case 't':
        text += '\t';
        break;
      case 'x':
        text += static_cast<char>(std::stoi(written.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        text += written[i];
        break;
    }
  }
  return text;
}

inline std::vector<CorpusLine> load_corpus(const std::string& name, std::size_t field_count) {
  std::ifstream file(UNDERSTUDY_SOURCE_DIR "/tests/corpus/sql/" + name);
  std::vector<CorpusLine> lines;
  Modes modes;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("@modes")) {
      modes = {line.find("ansi_quotes") != std::string::npos,
               line.find("no_backslash_escapes") != std::string::npos,
               line.find("multibyte_quotes") != std::string::npos};
      continue;
    }
    std::vector<std::string> fields;
    std::stringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');)
      fields.push_back(field);
    EXPECT_EQ(fields.size(), field_count) << name << ", line " << number;
    if (fields.size() == field_count) lines.push_back({number, modes, fields});
  }
  return lines;
}

}  // namespace understudy::sql
