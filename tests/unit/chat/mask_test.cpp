#include "chat/mask.h"

#include <doctest/doctest.h>

#include <vector>

using namespace banterd::chat;

namespace {

std::string completed(std::string_view text) { return complete_mask(text).value_or("none"); }
std::string completed_for_list(std::string_view text) {
  return complete_list_mask(text).value_or("none");
}

Profile person(std::string_view nick, std::string_view account = "") {
  Profile profile;
  profile.nick = Nick::parse(nick).value();
  profile.user = "user";
  profile.host = "home.example";
  profile.account = account;
  return profile;
}

}  // namespace

TEST_SUITE("chat/mask") {
  TEST_CASE("a word has no spaces and controls, and no colon in front") {
    for (const std::string& text :
         {std::string(), std::string(":a"), std::string("a b"), std::string(" "),
          std::string("a\x1f"), std::string("\x7f"), std::string("a\0", 2), std::string("a\n")}) {
      CAPTURE(text);
      CHECK_FALSE(is_word(text));
    }
    for (const char* text : {"a", "a:", "!@", ",", "\xc3\xbc", "\xff"}) {
      CAPTURE(text);
      CHECK(is_word(text));
    }
    CHECK(is_word(std::string(100'000, 'x')));
  }

  TEST_CASE("what is left out of a mask stands for anything") {
    struct Row {
      const char* text;
      const char* mask;
    };
    const std::vector<Row> rows = {
        {"nick", "nick!*@*"},
        {"*", "*!*@*"},
        {"ni*k?", "ni*k?!*@*"},
        {"u@h", "*!u@h"},
        {"n!u", "n!u@*"},
        {"n!u@h", "n!u@h"},
        {"n!", "n!*@*"},
        {"!u", "*!u@*"},
        {"@h", "*!*@h"},
        {"u@", "*!u@*"},
        {"n!@h", "n!*@h"},
        {"n!u@", "n!u@*"},
        {"!", "*!*@*"},
        {"@", "*!*@*"},
        {"!@", "*!*@*"},
        // No nick has a dot or a colon.
        {"10.0.0.1", "*!*@10.0.0.1"},
        {"*.example", "*!*@*.example"},
        {"2001:db8::1", "*!*@2001:db8::1"},
        // In a host or a user, and doubled, the delimiters mean nothing more.
        {"u@2001:db8::1", "*!u@2001:db8::1"},
        {"n!u@h@x", "n!u@h@x"},
        {"n!u!x@h", "n!u!x@h"},
        {"n@x!u", "n@x!u@*"},
        {"~user@h", "*!~user@h"},
        {"n!~user@h", "n!~user@h"},
        {"~user@2001:db8::1", "*!~user@2001:db8::1"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      CHECK(completed(row.text) == row.mask);
      CHECK(completed_for_list(row.text) == row.mask);
      CHECK(completed(row.mask) == row.mask);
    }
  }

  TEST_CASE("what is no mask is not completed") {
    for (const char* text : {"", ":n!u@h", "n u", "n\x02", "n\x7f", "~", "~x", "~x:a", "~x:n!u@h",
                             "~account:a", "~:", "~a", "~m", "~M:a", "~A:a"}) {
      CAPTURE(text);
      CHECK(completed(text) == "none");
      CHECK(completed_for_list(text) == "none");
    }
  }

  TEST_CASE("extended masks are for lists of rooms alone, and their insides are completed") {
    CHECK(completed_for_list("~a:kit") == "~a:kit");
    CHECK(completed_for_list("~a:*") == "~a:*");
    CHECK(completed_for_list("~m:nick") == "~m:nick!*@*");
    CHECK(completed_for_list("~m:u@h") == "~m:*!u@h");
    CHECK(completed_for_list("~m:n!u@h") == "~m:n!u@h");
    CHECK(completed_for_list("~m:~a:kit") == "~m:~a:kit");
    for (const char* text : {"~a:", "~m:", "~m:~a:", "~m:~m:nick", "~m:~x:nick", "~a:a b", "~a::a",
                             "~m::a", "~m:~a:a\x01"}) {
      CAPTURE(text);
      CHECK(completed_for_list(text) == "none");
    }
    for (const char* text : {"~a:kit", "~m:nick", "~m:~a:kit"}) {
      CAPTURE(text);
      CHECK(completed(text) == "none");
    }
  }

  TEST_CASE("a mask has at most 256 bytes when it is complete") {
    const auto of = [](size_t bytes) { return std::string(bytes, 'x'); };
    CHECK(complete_mask(of(252)).value().size() == kMaxModeArgumentBytes);
    CHECK(completed(of(253)) == "none");
    CHECK(complete_mask(of(252) + "!*@*").has_value());
    CHECK(completed(of(253) + "!*@*") == "none");
    CHECK(complete_list_mask("~a:" + of(253)).has_value());
    CHECK(completed_for_list("~a:" + of(254)) == "none");
    CHECK(complete_list_mask("~m:" + of(249)).value().size() == kMaxModeArgumentBytes);
    CHECK(completed_for_list("~m:" + of(250)) == "none");
    CHECK(complete_list_mask("~m:~a:" + of(250)).has_value());
    CHECK(completed_for_list("~m:~a:" + of(251)) == "none");
    CHECK(completed(of(1'000'000)) == "none");
  }

  TEST_CASE("a plain mask matches nick!user@host, whatever is asked") {
    const Profile ann = person("Ann");
    for (const bool speaking : {false, true}) {
      CHECK(MaskSubject(ann).fits("ann!*@*", speaking));
      CHECK(MaskSubject(ann).fits("*!USER@*.example", speaking));
      CHECK_FALSE(MaskSubject(ann).fits("bob!*@*", speaking));
    }
  }

  TEST_CASE("a mute counts for speaking alone") {
    const Profile ann = person("Ann", "Kit");
    for (const char* mask : {"~m:ann!*@*", "~m:~a:kit"}) {
      CAPTURE(mask);
      CHECK(MaskSubject(ann).fits(mask, true));
      CHECK_FALSE(MaskSubject(ann).fits(mask, false));
    }
    CHECK_FALSE(MaskSubject(ann).fits("~m:bob!*@*", true));
    CHECK_FALSE(MaskSubject(ann).fits("~m:~a:bob", true));
  }

  TEST_CASE("an account is matched without case, and never that of who has none") {
    const Profile kit = person("Ann", "Kit");
    CHECK(MaskSubject(kit).fits("~a:kIT", false));
    CHECK(MaskSubject(kit).fits("~a:k*", true));
    CHECK(MaskSubject(kit).fits("~a:*", false));
    CHECK_FALSE(MaskSubject(kit).fits("~a:ann", false));
    const Profile nobody = person("Ann");
    CHECK_FALSE(MaskSubject(nobody).fits("~a:*", false));
    CHECK_FALSE(MaskSubject(nobody).fits("~m:~a:*", true));
    CHECK_FALSE(MaskSubject(nobody).fits("~a:ann", false));
  }
}
