// One Unix-domain stream socket between two processes of banterd: frames, and descriptors passed
// beside them (unix(7), SCM_RIGHTS), in order, both ways. Used for control channels and for the
// bus.
//
// Sending only queues; flush() writes. A channel is always read, also while its own queue is full:
// two peers that stop reading each other would wait for ever. The queue is bounded by
// kMaxChannelQueueBytes; overflow ends the channel (the peer is not reading: credit keeps what
// clients cause far below).
//
// A frame that says it carries descriptors but some of whose descriptors the kernel dropped (this
// process ran out: MSG_CTRUNC) is given with `descriptors_lost` and none: refuse what it brought,
// the channel itself is sound.
//
// When the peer takes nothing any more (EPIPE) what it sent before is still read and given, then
// the channel ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/uv/poll.h"
#include "ipc/frame.h"

namespace banterd::ipc {

// A descriptor that several may hold until it is sent: the queue of a channel, and the table of
// those not yet acknowledged.
using SharedFd = std::shared_ptr<base::UniqueFd>;

class Channel {
 public:
  struct Frame {
    std::string_view payload;  // dies when the callback returns
    std::vector<base::UniqueFd> descriptors;
    bool descriptors_lost = false;
  };
  using FrameCallback = std::function<void(Frame frame)>;
  // The peer is gone (end of stream, reset) or misbehaved (`error`): called once, after every frame
  // that came before. The callback may destroy the channel; so may the frame callback.
  using EndCallback = std::function<void(const base::Error& why)>;

  // Owns `socket` from now on, watches it in `loop`.
  static base::Result<std::unique_ptr<Channel>> create(base::Loop& loop, base::UniqueFd socket,
                                                       FrameCallback on_frame, EndCallback on_end);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  // Queues one frame. Nothing is sent on a channel that has ended. At most kMaxFrameBytes and
  // kMaxFrameDescriptors, all of them valid: anything else is our own error and panics.
  void send(std::string_view payload, std::vector<SharedFd> descriptors = {});
  // Queues bytes that are whole frames already and carry no descriptor: one encoding for many
  // channels.
  void send_frames(std::string_view frames);

  // Writes what is queued, as far as the socket takes it now; the rest leaves when it is writable.
  // Call once per iteration.
  void flush();

  // From now on what is queued leaves in flush() only, which is called once per iteration anyway:
  // nothing leaves before its time.
  void leave_in_flush_only();

  [[nodiscard]] size_t queued_bytes() const;
  [[nodiscard]] bool ended() const;

  // Nothing is queued, and nothing has been read that was not given, neither a part of a frame nor
  // a descriptor: what the peer sends from here on is still in the socket, which may go on in
  // another image of this process (execve(2)).
  [[nodiscard]] bool at_boundary() const;
  // The socket, which stays the channel's.
  [[nodiscard]] int descriptor() const;

 private:
  // Bytes of whole frames, several of which leave in one sendmsg; a frame with descriptors is a
  // segment of its own, and leaves in a sendmsg of its own.
  struct Segment;
  struct State;
  explicit Channel(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// A connected pair of stream sockets, both CLOEXEC and non-blocking, with send buffers large enough
// for a batch of frames.
base::Result<std::pair<base::UniqueFd, base::UniqueFd>> make_channel_pair();

}  // namespace banterd::ipc
