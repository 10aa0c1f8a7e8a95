#include "master/handover.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/fault.h"

namespace banterd::master {

namespace {

base::Error unexpected(const Worker& worker, std::string_view what) {
  return {base::Errc::invalid, "slot " + std::to_string(worker.slot) + " says \"" +
                                   std::string(what) + "\" when nobody asked"};
}

base::Error failed(std::string_view who, const Worker& worker, const std::string& why) {
  return {base::Errc::system,
          std::string(who) + " slot " + std::to_string(worker.slot) + ": " + why};
}

}  // namespace

Handover::Handover(WorkerTable& from, WorkerTable& to, uint64_t attempt)
    : from_(from),
      to_(to),
      attempt_(attempt),
      old_(from.slots()),
      imported_(to.slots()),
      ends_(from.slots()) {}

void Handover::freeze() {
  step_ = Step::freezing;
  from_.tell_all(ipc::Freeze{});
}

void Handover::thaw() { from_.tell_all(ipc::Thaw{}); }

base::Result<void> Handover::begin_export() {
  step_ = Step::exporting;
  for (Worker& worker : from_) {
    std::vector<ipc::SharedFd> exporters;
    for (ipc::Slot slot = 0; slot < to_.slots(); ++slot) {
      if (base::fault("pipes")) {
        return base::Error{base::Errc::out_of_descriptors,
                           "make a socket pair: a fault was asked for"};
      }
      auto ends = ipc::make_channel_pair();
      if (!ends) return ends.error();
      exporters.push_back(std::make_shared<base::UniqueFd>(std::move(ends->first)));
      ends_[worker.slot].push_back(std::make_shared<base::UniqueFd>(std::move(ends->second)));
    }
    worker.channel->send(ipc::encode(ipc::Export{attempt_}), std::move(exporters));
    // What has been written holds no descriptor of ours any more.
    worker.channel->flush();
  }
  return {};
}

void Handover::pass_on(const Worker& worker, base::UniqueFd memory) {
  const auto shared = std::make_shared<base::UniqueFd>(std::move(memory));
  const std::string import = ipc::encode(ipc::Import{worker.slot});
  std::vector<ipc::SharedFd>& ends = ends_[worker.slot];
  for (Worker& importer : to_) {
    importer.channel->send(import, {shared, std::move(ends[importer.slot])});
    importer.channel->flush();
  }
}

base::Result<void> Handover::on_old(Worker& worker, const ipc::ToMaster& message,
                                    ipc::Channel::Frame& frame) {
  Old& state = old_[worker.slot];
  if (const auto* failure = std::get_if<ipc::HandoverFailed>(&message))
    return failed("old", worker, failure->why);
  if (std::holds_alternative<ipc::Frozen>(message)) {
    if (step_ != Step::freezing || state != Old::asked) return unexpected(worker, "frozen");
    state = Old::frozen;
    return {};
  }
  const auto* exported = std::get_if<ipc::Exported>(&message);
  if (exported == nullptr) return {};
  if (step_ != Step::exporting || state != Old::frozen) return unexpected(worker, "exported");
  if (frame.descriptors.size() != 1)
    return failed("old", worker, "its export did not come: out of descriptors");
  state = Old::exported;
  pass_on(worker, std::move(frame.descriptors[0]));
  return {};
}

base::Result<void> Handover::on_new(Worker& worker, const ipc::ToMaster& message) {
  if (const auto* failure = std::get_if<ipc::HandoverFailed>(&message))
    return failed("new", worker, failure->why);
  if (!std::holds_alternative<ipc::Imported>(message)) return {};
  if (step_ != Step::exporting || imported_[worker.slot]) return unexpected(worker, "imported");
  imported_[worker.slot] = true;
  return {};
}

bool Handover::all_frozen() const {
  return step_ == Step::freezing &&
         std::ranges::all_of(old_, [](Old state) { return state == Old::frozen; });
}

bool Handover::has_exported(const Worker& worker) const {
  return old_[worker.slot] == Old::exported;
}

bool Handover::is_complete() const {
  return step_ == Step::exporting &&
         std::ranges::all_of(old_, [](Old state) { return state == Old::exported; }) &&
         std::ranges::all_of(imported_, std::identity{});
}

std::string Handover::missing() const {
  std::string slots;
  const auto add = [&](std::string_view what, size_t slot) {
    slots += (slots.empty() ? "" : ", ") + std::string(what) + " slot " + std::to_string(slot);
  };
  const Old wanted = step_ == Step::exporting ? Old::exported : Old::frozen;
  for (size_t slot = 0; slot < old_.size(); ++slot) {
    if (old_[slot] < wanted) add("old", slot);
  }
  for (size_t slot = 0; step_ == Step::exporting && slot < imported_.size(); ++slot) {
    if (!imported_[slot]) add("new", slot);
  }
  return slots;
}

}  // namespace banterd::master
