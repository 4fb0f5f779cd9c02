#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace understudy::test {

// One exchange of a recorded conversation; tools/record_conversation.py describes the files.
struct RecordedExchange {
  std::string name;
  Bytes sent;
  Bytes answer;
  std::vector<std::string> kinds;  // of the control packets in the answer
};

struct Conversation {
  std::string file;
  std::uint32_t capabilities = 0;
  std::string password;
  Bytes greeting;
  Bytes login;
  Bytes verdict;
  std::vector<RecordedExchange> exchanges;
};

inline Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

inline void take_line(Conversation& conversation, const std::string& word,
                      const std::string& rest) {
  if (word == "capabilities") {
    conversation.capabilities = static_cast<std::uint32_t>(std::stoul(rest, nullptr, 16));
  } else if (word == "password") {
    conversation.password = rest;
  } else if (word == "command") {
    conversation.exchanges.push_back({rest, {}, {}, {}});
  } else if (conversation.exchanges.empty()) {
    const bool before = conversation.login.empty();
    if (word == ">") append(conversation.login, from_hex(rest));
    if (word == "<") append(before ? conversation.greeting : conversation.verdict, from_hex(rest));
  } else {
    RecordedExchange& exchange = conversation.exchanges.back();
    if (word == ">") append(exchange.sent, from_hex(rest));
    if (word == "<") append(exchange.answer, from_hex(rest));
    std::istringstream kinds(word == "=" ? rest : "");
    for (std::string kind; kinds >> kind;)
      exchange.kinds.push_back(kind);
  }
}

inline Conversation read_conversation(const std::filesystem::path& path) {
  Conversation conversation;
  conversation.file = path.filename().string();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    take_line(conversation, line.substr(0, space), rest);
  }
  return conversation;
}

// All conversations of the corpus.
inline std::vector<Conversation> read_conversations() {
  std::vector<Conversation> conversations;
  const std::filesystem::path corpus =
      std::filesystem::path(UNDERSTUDY_SOURCE_DIR) / "tests/corpus/conversations";
  for (const auto& entry : std::filesystem::directory_iterator(corpus))
    if (entry.path().extension() == ".txt")
      conversations.push_back(read_conversation(entry.path()));
  return conversations;
}

}  // namespace understudy::test
