// What a person sees: a terminal's screen, drawn from the bytes that a program writes to it. Knows
// the part of xterm (ctlseqs, "VT100 Mode") that line editors use; every character is one column
// wide.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace banterd::tests {

class Screen {
 public:
  Screen(int rows, int columns);

  void feed(std::string_view bytes);

  // Keeps the cells where they are, as xterm does; no line is wrapped anew.
  void resize(int rows, int columns);

  // The row counted from 0, without blanks at its end.
  [[nodiscard]] std::string row(int index) const;
  // All rows down to the last that is not empty, each with LF.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] int cursor_row() const { return row_; }
  [[nodiscard]] int cursor_column() const { return column_; }

 private:
  using Cells = std::vector<std::string>;  // a character each; " " is a blank

  void put(char byte);
  void control(char byte);
  void end_sequence(char final_byte);
  void print(std::string character);
  void line_feed();
  void erase(int row, int from, int to);

  int rows_;
  int columns_;
  std::vector<Cells> cells_;
  int row_ = 0;
  int column_ = 0;
  bool wraps_next_ = false;  // the last column was printed: the next character starts a row
  std::string sequence_;     // of an escape sequence what has come so far, without its escape
  bool in_sequence_ = false;
};

}  // namespace banterd::tests
