#include "conf/locate.h"

#include <algorithm>
#include <variant>

#include "conf/json_tree.h"

namespace banterd::conf {

std::string locate(std::string_view text, std::string_view file_name,
                   std::initializer_list<std::string_view> keys) {
  std::string where(file_name);
  const auto tree = read_json(text);
  const Value* value = std::get_if<Value>(&tree);
  for (const std::string_view key : keys) {
    if (value == nullptr || value->kind != Value::Kind::object) return where;
    const auto found = std::find_if(value->children.begin(), value->children.end(),
                                    [&](const Value& child) { return child.key == key; });
    value = found == value->children.end() ? nullptr : &*found;
  }
  if (value == nullptr) return where;
  return where + ":" + std::to_string(value->place.line) + ":" +
         std::to_string(value->place.column);
}

}  // namespace banterd::conf
