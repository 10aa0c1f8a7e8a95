#include "tests/support/screen.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace banterd::tests {

namespace {

constexpr char kEscape = '\x1b';

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

Screen::Screen(int rows, int columns)
    : rows_(rows),
      columns_(columns),
      cells_(static_cast<size_t>(rows), Cells(static_cast<size_t>(columns), " ")) {}

void Screen::feed(std::string_view bytes) {
  for (const char byte : bytes) put(byte);
}

void Screen::resize(int rows, int columns) {
  rows_ = rows;
  columns_ = columns;
  cells_.resize(static_cast<size_t>(rows), Cells(static_cast<size_t>(columns), " "));
  for (Cells& cells : cells_) cells.resize(static_cast<size_t>(columns), " ");
  row_ = std::min(row_, rows - 1);
  column_ = std::min(column_, columns - 1);
  wraps_next_ = false;
}

std::string Screen::row(int index) const {
  std::string text;
  for (const std::string& cell : cells_.at(static_cast<size_t>(index))) text += cell;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string Screen::text() const {
  std::string text;
  for (int i = 0; i < rows_; ++i) text += row(i) + "\n";
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

void Screen::put(char byte) {
  if (in_sequence_) {
    sequence_ += byte;
    const bool begins = sequence_ == "[";
    if (!begins && byte >= 0x40 && byte <= 0x7e) end_sequence(byte);
  } else if (byte == kEscape) {
    in_sequence_ = true;
    sequence_.clear();
  } else if (continues_character(byte)) {
    // The character has been printed with its first byte.
    const int column = wraps_next_ ? column_ : column_ - 1;
    cells_[static_cast<size_t>(row_)].at(static_cast<size_t>(column)) += byte;
  } else if (static_cast<unsigned char>(byte) < 0x20) {
    control(byte);
  } else {
    print(std::string(1, byte));
  }
}

void Screen::control(char byte) {
  if (byte == '\a') return;
  wraps_next_ = false;
  if (byte == '\r') column_ = 0;
  if (byte == '\b') column_ = std::max(0, column_ - 1);
  if (byte == '\n') line_feed();
}

void Screen::print(std::string character) {
  if (wraps_next_) {
    column_ = 0;
    line_feed();
  }
  cells_[static_cast<size_t>(row_)][static_cast<size_t>(column_)] = std::move(character);
  wraps_next_ = column_ == columns_ - 1;
  if (!wraps_next_) ++column_;
}

void Screen::line_feed() {
  if (row_ < rows_ - 1) {
    ++row_;
    return;
  }
  cells_.erase(cells_.begin());
  cells_.emplace_back(static_cast<size_t>(columns_), " ");
}

void Screen::erase(int row, int from, int to) {
  Cells& cells = cells_[static_cast<size_t>(row)];
  for (int i = from; i < to; ++i) cells[static_cast<size_t>(i)] = " ";
}

void Screen::end_sequence(char final_byte) {
  in_sequence_ = false;
  const bool is_csi = sequence_.starts_with("[");
  const bool is_private = sequence_.starts_with("[?");
  if (!is_csi || is_private || final_byte == 'm') return;
  const int given = std::atoi(sequence_.c_str() + 1);
  const int count = std::max(1, given);
  Cells& cells = cells_[static_cast<size_t>(row_)];
  const auto at_cursor = cells.begin() + column_;
  const int room = std::min(count, columns_ - column_);
  wraps_next_ = false;
  switch (final_byte) {
    case 'A':
      row_ = std::max(0, row_ - count);
      return;
    case 'B':
      row_ = std::min(rows_ - 1, row_ + count);
      return;
    case 'C':
      column_ = std::min(columns_ - 1, column_ + count);
      return;
    case 'D':
      column_ = std::max(0, column_ - count);
      return;
    case 'J':
      for (int i = row_ + 1; i < rows_; ++i) erase(i, 0, columns_);
      [[fallthrough]];
    case 'K':
      // Only "to the end" is of use to a line editor.
      if (given == 0) erase(row_, column_, columns_);
      return;
    case 'P':
      cells.erase(at_cursor, at_cursor + room);
      cells.resize(static_cast<size_t>(columns_), " ");
      return;
    case '@':
      cells.insert(at_cursor, static_cast<size_t>(room), " ");
      cells.resize(static_cast<size_t>(columns_));
      return;
    default:
      throw std::runtime_error("the screen does not know the sequence ESC " + sequence_);
  }
}

}  // namespace banterd::tests
