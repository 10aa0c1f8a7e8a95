#include "bench/chatload/receipts.h"

#include <doctest/doctest.h>

namespace banterd::bench {

namespace {

using Verdict = Receipts::Verdict;

TEST_SUITE_BEGIN("bench/receipts");

TEST_CASE("messages in their order leave nothing missing") {
  Receipts receipts(2);
  for (uint32_t sequence = 0; sequence < 5; ++sequence) {
    CHECK(receipts.take(0, sequence) == Verdict::in_order);
    CHECK(receipts.take(1, sequence) == Verdict::in_order);
  }
  CHECK(receipts.count() == 10);
  CHECK(receipts.next(0) == 5);
  CHECK(receipts.missing(0, 5) == 0);
  CHECK(receipts.missing(1, 5) == 0);
}

TEST_CASE("what was jumped over is missing until it comes, late") {
  Receipts receipts(1);
  CHECK(receipts.take(0, 0) == Verdict::in_order);
  CHECK(receipts.take(0, 4) == Verdict::in_order);
  CHECK(receipts.missing(0, 5) == 3);
  CHECK(receipts.take(0, 2) == Verdict::late);
  CHECK(receipts.missing(0, 5) == 2);
  CHECK(receipts.take(0, 1) == Verdict::late);
  CHECK(receipts.take(0, 3) == Verdict::late);
  CHECK(receipts.missing(0, 5) == 0);
  CHECK(receipts.count() == 5);
}

TEST_CASE("a message that comes again is told apart from one that comes late") {
  Receipts receipts(1);
  CHECK(receipts.take(0, 0) == Verdict::in_order);
  CHECK(receipts.take(0, 0) == Verdict::twice);
  CHECK(receipts.take(0, 2) == Verdict::in_order);
  CHECK(receipts.take(0, 1) == Verdict::late);
  CHECK(receipts.take(0, 1) == Verdict::twice);
  CHECK(receipts.count() == 3);
}

TEST_CASE("a sender's gap is not another one's") {
  Receipts receipts(2);
  receipts.take(0, 3);
  receipts.take(1, 0);
  CHECK(receipts.missing(0, 4) == 3);
  CHECK(receipts.missing(1, 4) == 3);  // 1, 2, 3: the end has not come
  CHECK(receipts.missing(1, 1) == 0);
  CHECK(receipts.take(1, 0) == Verdict::twice);
}

TEST_CASE("a new beginning forgets gaps and expects what it is told") {
  Receipts receipts(1);
  receipts.take(0, 7);
  receipts.begin();
  receipts.expect(0, 10);
  CHECK(receipts.missing(0, 10) == 0);
  CHECK(receipts.count() == 0);
  CHECK(receipts.take(0, 10) == Verdict::in_order);
  CHECK(receipts.take(0, 9) == Verdict::twice);
}

TEST_CASE("the digest tells orders apart") {
  Receipts one(2);
  Receipts same(2);
  Receipts other(2);
  for (Receipts* const receipts : {&one, &same}) {
    receipts->note_order(0, 0);
    receipts->note_order(1, 0);
    receipts->note_order(0, 1);
  }
  other.note_order(1, 0);
  other.note_order(0, 0);
  other.note_order(0, 1);
  CHECK(one.order() == same.order());
  CHECK(one.order() != other.order());
  one.begin();
  CHECK(one.order() == Receipts(2).order());
}

TEST_SUITE_END();

}  // namespace

}  // namespace banterd::bench
