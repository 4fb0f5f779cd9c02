// Any bytes are SQL to the classifier. The first byte picks the quoting modes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/same_classification.h"
#include "sql/classifier.h"
#include "sql/key_pin.h"
#include "sql/lexer.h"
#include "sql/session_model.h"
#include "sql/statement.h"

namespace {

using namespace understudy::sql;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool inside(std::string_view view, std::string_view text) {
  return view.data() == nullptr || view.empty() ||
         (view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size());
}

void check_views(const Classification& result, std::string_view text) {
  require(!result.reason.empty(), "every class has a reason");
  require(inside(result.own_value, text), "the own value views into the text");
  require(inside(result.hints.tag, text) && inside(result.hints.server, text) &&
              inside(result.hints.unknown, text),
          "hints view into the text");
  for (const TableName& table : result.tables.tables()) {
    require(inside(table.schema, text) && inside(table.name, text), "tables view into the text");
  }
}

// Only a cacheable query of one table pins anything.
void check_pins(const Classification& result, std::string_view text, const Modes& modes) {
  const bool cacheable = result.cache_obstacle.empty();
  require(!cacheable || (result.kind == StatementClass::Read && result.statement_count == 1 &&
                         !result.tables.tables().empty()),
          "only one read of tables is cacheable");
  const KeyPins pins = key_pins(text, modes);
  require(pins.empty() || (cacheable && result.tables.tables().size() == 1),
          "only cacheable queries of one table have pins");
  std::size_t parameters = 0;
  Lexer lexer(text, modes);
  for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next())
    parameters += token.kind == TokenKind::Parameter ? 1 : 0;
  for (const KeyPin& pin : pins.pins()) {
    require(!pin.column.empty() && inside(pin.column, text), "pins view into the text");
    const auto* parameter = std::get_if<PinParameter>(&pin.value);
    require(parameter == nullptr || parameter->index < parameters, "the parameter is there");
  }
}

// Tokens come in order and cover nothing twice.
void check_tokens(std::string_view text, const Modes& modes) {
  Lexer lexer(text, modes);
  std::size_t end = 0;
  for (;;) {
    const Token token = lexer.next();
    require(token.offset >= end && token.end >= token.offset && token.end <= text.size(),
            "tokens come in order");
    end = token.end;
    if (token.kind == TokenKind::End) return;
    require(inside(token.text, text), "tokens view into the text");
    require(token.kind == TokenKind::Invalid || token.end > token.offset, "tokens have a length");
  }
}

// Who has seen the statement with other values says of it what is said of it alone.
void check_shape(const Classification& result, std::string_view text, const Modes& modes) {
  static Shape shape;
  if (!shape.read(text, modes)) return;
  const std::string other_values(shape.text());
  require(shape.read(other_values, modes) && shape.text() == other_values,
          "a shape is a text of its own shape");
  static Classifier classifier(1);
  Classification recalled;
  for (int i = 0; i < 3; ++i)
    classifier.classify(other_values, modes, recalled);
  classifier.classify(text, modes, recalled);
  check_views(recalled, text);
  require(understudy::test::difference(recalled, result).empty(), "values do not matter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Modes modes{(data[0] & 1) != 0, (data[0] & 2) != 0, (data[0] & 4) != 0};
  const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};

  check_tokens(text, modes);
  const Classification result = classify(text, modes);
  check_views(result, text);
  check_pins(result, text, modes);
  check_shape(result, text, modes);
  require(result.kind != StatementClass::Read || !result.writes, "a read does not write");
  require(result.statement_count != 0 || result.kind == StatementClass::Primary,
          "an empty text is for the primary");

  // Whatever the text is, a write behind it is seen: it is not inside a literal or a comment of a
  // text that was taken for a read.
  std::string more(text);
  more += "\n;INSERT INTO appended VALUES(1)";
  require(classify(more, modes).kind >= StatementClass::Primary, "an appended write is seen");

  SessionModel model;
  model.set_modes(modes);
  model.apply(result, text);
  check_views(model.explain("SELECT 1"), {});
  return 0;
}
